//! Somebody loses what they typed, or is not told what happened: stale tabs, ended sessions, a button pressed twice, a file
//! of 100 MB, a locked screen; and names with quotes, pictures and another direction of writing, everywhere they show.

use std::path::Path;

use anyhow::Result;
use tests::browser::{Demo, play as journeys};

pub fn play(dir: &Path) -> Result<()> {
    let demo = Demo::start(dir, false)?;
    journeys(dir, demo.world(), &["odd_names", "nothing_is_lost"]).map(drop)
}
