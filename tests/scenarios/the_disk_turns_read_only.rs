//! The file system meets an error and makes itself read-only under load, as ext4 does: senders are told to come again,
//! `relais check` says why, mail is read on. Checked, mounted and started again, what got its 250 is there, once.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use tests::clients::flood::Flood;
use tests::lab::disk::Ext4;
use tests::lab::net::Host;
use tests::stage::Stage;
use tests::wait::until_true;

use super::an_acknowledged_message_is_lost::{all_are_there_once, still_works};
use super::the_disk_cannot_sync::deliver;
use super::the_disk_is_damaged::finding;

const TO: &str = "accueil@corp.test";
const LARGE: usize = 300_000;
const SMALL: usize = 1_000;

pub fn play(dir: &Path) -> Result<()> {
    let disk = Ext4::mount(&dir.join("disk.img"), &dir.join("relais/data"), 96)?;
    let mut stage = Stage::reception(dir, |parts| parts)?;
    let net = Arc::clone(&stage.world.net);
    let reader = stage.reader("accueil")?;
    let flood = Flood::persevere(&net, Host::Standby, 4, TO, "remounted");
    until_true("eighty acknowledged letters", || Ok(flood.acknowledged() >= 80))?;
    disk.meet_an_error()?;
    for size in [SMALL, LARGE] {
        let answer = deliver(&net, 1, size)?;
        // RFC 5321 §4.2.2: a local error, never 5xx.
        ensure!(matches!(answer.code, 451 | 452) && answer.is_enhanced(), "{size} octets, read-only: {answer:?}");
    }
    let acknowledged = flood.finish();
    let found = finding(&stage, "writing")?.context("a disk that is read-only is no finding")?;
    println!("         {found}");
    all_are_there_once(&reader.look(&net)?, &acknowledged).context("read while the disk is read-only")?;
    stage.relais.kill_hard()?;
    disk.check_and_mount()?;
    stage.relais.start()?;
    stage.relais.wait_for_phase("active")?;
    all_are_there_once(&reader.look(&net)?, &acknowledged)?;
    println!("         {} acknowledged letters are there, once", acknowledged.len());
    for name in ["damage", "integrity", "writing"] {
        ensure!(finding(&stage, name)?.is_none(), "{name}: {:?}", finding(&stage, name)?);
    }
    ensure!(!stage.relais.said().contains("panicked"), "it panicked: {}", stage.relais.said());
    still_works(&stage)
}
