//! The whole story by hand, in Chromium: enrol at the counter in peacetime, be attacked, fail over from the console, read,
//! find, answer with an attachment, fail back. `make screenshots` lets it take the pictures of the README.

use std::path::Path;

use anyhow::Result;
use tests::browser::{Demo, play as journeys};

pub fn play(dir: &Path) -> Result<()> {
    let demo = Demo::start(&dir.join("story"), false)?;
    journeys(dir, demo.world(), &["the_whole_story"])?;
    drop(demo);
    let demo = Demo::start(&dir.join("pictures"), true)?;
    journeys(dir, demo.world(), &["pictures"]).map(drop)
}
