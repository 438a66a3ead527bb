//! The demo does not show what it promises: who receives mail, an attack before one's eyes, sign-ins that work; and with
//! the failover already made, reading and answering with scripts and without, by keys alone, in three languages.

use std::path::Path;

use anyhow::Result;
use tests::browser::{Demo, play as journeys};

pub fn play(dir: &Path) -> Result<()> {
    let standby = Demo::start(&dir.join("standby"), false)?;
    journeys(dir, standby.world(), &["stage_page"])?;
    drop(standby);
    let active = Demo::start(&dir.join("active"), true)?;
    journeys(
        dir,
        active.world(),
        &["read_and_answer", "without_scripts", "keyboard_alone", "three_languages", "passkey"],
    )?;
    journeys(dir, active.world_inviting("accueil@mairie.test")?, &["enrol"]).map(drop)
}
