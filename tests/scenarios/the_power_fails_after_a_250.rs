//! A kill leaves the page cache; a power cut does not. Relais runs on a disk that keeps only what was synced; the
//! power fails in the middle of many sessions; what got its 250 is there when it comes back.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, ensure};
use tests::clients::flood::Flood;
use tests::lab::shims::PowerCut;
use tests::stage::Stage;
use tests::wait::until_true;

use crate::an_acknowledged_message_is_lost::{all_are_there_once, still_works};

pub fn play(dir: &Path) -> Result<()> {
    let power = PowerCut::build(dir, &dir.join("relais"))?;
    let wrapper = power.wrapper();
    let mut stage = Stage::reception_under(dir, &wrapper)?;
    let net = Arc::clone(&stage.world.net);
    let password = stage.app_password("accueil@corp.test")?;
    let flood = Flood::start(&net, 4, "accueil@corp.test", "power");
    until_true("eighty acknowledged letters", || Ok(flood.acknowledged() >= 80))?;
    stage.relais.kill_hard()?;
    let acknowledged = flood.finish();
    power.cut(&["data"])?;
    stage.relais.wrapped(&[]);
    stage.relais.start()?;
    let phase = stage.relais.status()?["phase"].clone();
    ensure!(phase == "active", "after the power cut the phase is {phase}");
    let reader = tests::clients::imap::Reader::at_standby("accueil@corp.test", &password);
    until_true("the mailbox to open", || Ok(reader.refused(&net)?.is_none()))?;
    all_are_there_once(&reader.look(&net)?, &acknowledged)?;
    still_works(&stage)
}
