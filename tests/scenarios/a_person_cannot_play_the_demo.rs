//! The demo does not show what it promises: who receives mail, an attack before one's eyes, sign-ins that work.

use std::path::Path;

use anyhow::Result;
use tests::browser::{Demo, play as journeys};

pub fn play(dir: &Path) -> Result<()> {
    let demo = Demo::start(dir, false)?;
    journeys(dir, demo.world(), &["stage_page"]).map(drop)
}
