//! A page that somebody cannot read: axe-core, paper, the dark and 320 px are asked of every template and state of webmail
//! and console, in three languages. A template that no journey shows fails, too.

use std::path::Path;

use anyhow::Result;
use tests::browser::{Demo, play as journeys};

pub fn play(dir: &Path) -> Result<()> {
    let demo = Demo::start(dir, false)?;
    let all = ["console_in_peacetime", "console_by_keys", "console_in_the_storm", "staff_pages", "every_template"];
    journeys(dir, demo.world(), &all).map(drop)
}
