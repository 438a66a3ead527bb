//! Syncs fail for a while, over and over, under load, as from a disk that is dying: senders are told to come again and
//! `relais check` says why; as soon as syncs succeed mail is taken again, by nobody's hand. Then the power is cut, and
//! with it goes whatever a failed sync lost. What got its 250 is there, once.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use tests::clients::flood::{Flood, noise};
use tests::clients::smtp::{Answer, Conversation};
use tests::lab::net::{Host, Net};
use tests::lab::shims::PowerCut;
use tests::stage::Stage;
use tests::wait::until_true;

use super::an_acknowledged_message_is_lost::{all_are_there_once, still_works};
use super::the_disk_is_damaged::finding;

const TO: &str = "accueil@corp.test";
const SESSIONS: usize = 4;
const FAILURES: u32 = 5;
/// Letters that are taken between two failures: some of them are large, and lie beside the database.
const BETWEEN: usize = 30;
const LARGE: usize = 300_000;
const SMALL: usize = 1_000;

pub fn play(dir: &Path) -> Result<()> {
    let power = PowerCut::build(dir, &dir.join("relais"))?;
    let mut stage = Stage::reception_under(dir, &power.wrapper())?;
    let net = Arc::clone(&stage.world.net);
    let flood = Flood::persevere(&net, Host::Standby, SESSIONS, TO, "sync");
    for number in 0..FAILURES {
        let wanted = flood.acknowledged() + BETWEEN;
        until_true("letters to be taken again", || Ok(flood.acknowledged() >= wanted))?;
        power.fail()?;
        it_refuses_and_says_why(&stage, number)?;
        if number + 1 < FAILURES {
            power.mend()?;
        }
    }
    stage.relais.kill_hard()?;
    let acknowledged = flood.finish();
    power.cut(&["data"])?;
    stage.relais.wrapped(&[]);
    stage.relais.start()?;
    stage.relais.wait_for_phase("active")?;
    let seen = stage.reader("accueil")?.look(&net)?;
    all_are_there_once(&seen, &acknowledged)?;
    let there = seen.get("INBOX").context("no inbox")?.messages.len();
    println!(
        "         {} acknowledged letters are there, once, after {FAILURES} failures; {} more were refused and kept",
        acknowledged.len(),
        there.saturating_sub(acknowledged.len())
    );
    for name in ["damage", "integrity", "writing"] {
        ensure!(finding(&stage, name)?.is_none(), "{name}: {:?}", finding(&stage, name)?);
    }
    stage.relais.order(&["audit", "verify"])?;
    ensure!(!stage.relais.said().contains("panicked"), "it panicked: {}", stage.relais.said());
    still_works(&stage)
}

fn it_refuses_and_says_why(stage: &Stage, number: u32) -> Result<()> {
    for size in [SMALL, LARGE] {
        let answer = deliver(&stage.world.net, number, size)?;
        // RFC 5321 §4.2.2: a local error, never 5xx.
        ensure!(answer.code == 451 && answer.is_enhanced(), "{size} octets on a disk that cannot sync: {answer:?}");
    }
    let found = finding(stage, "writing")?.context("a disk that cannot sync is no finding")?;
    ensure!(found.contains("region"), "{found}");
    if number == 0 {
        println!("         {found}");
    }
    Ok(())
}

/// Sends a body that does not compress; any refusal on the way is the answer.
pub(super) fn deliver(net: &Net, number: u32, size: usize) -> Result<Answer> {
    let mut client = Conversation::open(net, Host::Partner, 25)?;
    client.expect("EHLO mail.partner.test", 250)?;
    for line in ["MAIL FROM:<ami@partner.test>", &format!("RCPT TO:<{TO}>"), "DATA"] {
        let answer = client.say(line)?;
        if answer.code >= 400 {
            return Ok(answer);
        }
    }
    client.send(format!("Subject: refused-{number}-{size}\r\n\r\n").as_bytes())?;
    client.send(&noise(number, size))?;
    client.say("\r\n.")
}
