//! The clock of the machine jumps back by a day: it is a finding, mail comes in and stands after what was there, and nothing
//! of what was there is lost or changed.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use tests::lab::shims::clock_back;
use tests::stage::Stage;

use super::the_disk_is_damaged::{deliver, finding};

const TO: &str = "accueil@corp.test";
const DAY_S: u32 = 86_400;

pub fn play(dir: &Path) -> Result<()> {
    let mut stage = Stage::reception(dir, |parts| parts)?;
    let net = stage.world.net.clone();
    let reader = stage.reader("accueil")?;
    for number in 0..3 {
        deliver(&stage, TO, number, 1_000)?;
    }
    ensure!(finding(&stage, "clock")?.is_none(), "a clock that is right is called wrong");
    let before = reader.look(&net)?.remove("INBOX").context("no inbox")?;
    stage.relais.kill_hard()?;
    let yesterday = clock_back(dir, DAY_S)?;
    stage.relais.wrapped(&yesterday.iter().map(String::as_str).collect::<Vec<_>>());
    stage.relais.start()?;
    let found = finding(&stage, "clock")?.context("a clock that went back is no finding")?;
    println!("         {found}");
    for number in 3..6 {
        deliver(&stage, TO, number, 1_000)?;
    }
    let after = reader.look(&net)?.remove("INBOX").context("no inbox")?;
    ensure!(after.uidvalidity == before.uidvalidity, "UIDVALIDITY changed");
    ensure!(after.messages.len() == 6, "{} of 6 messages", after.messages.len());
    let uids: Vec<u64> = after.messages.iter().map(|message| message.uid).collect();
    ensure!(uids.is_sorted_by(|one, next| one < next), "UIDs {uids:?}");
    let newest: Vec<&str> = after.messages[3..].iter().map(|message| message.subject.as_str()).collect();
    ensure!(newest == ["octets-3", "octets-4", "octets-5"], "what came last is {newest:?}");
    ensure!(after.messages[..3] == before.messages[..], "what was there changed");
    Ok(())
}
