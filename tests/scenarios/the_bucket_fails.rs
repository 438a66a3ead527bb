//! The S3 service is busy, slow, ends its answers and cuts its requests short: large letters wait at their senders or come late,
//! small ones come at once, and whatever got its 250 is there, whole.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use tests::clients::flood::noise;
use tests::clients::smtp::{Answer, Conversation};
use tests::lab::net::Host;
use tests::lab::s3::{Bucket, FRONT, Front, Mood};
use tests::stage::Stage;

use super::the_disk_is_damaged::finding;

const TO: &str = "accueil@corp.test";
const LARGE: usize = 300_000;
const SMALL: usize = 1_000;

pub fn play(dir: &Path) -> Result<()> {
    let mut bucket = None;
    let mut front = None;
    let stage = Stage::reception_with(dir, |world, parts| {
        bucket = Some(Bucket::start(&world.net, dir)?);
        front = Some(Front::start(&world.net)?);
        parts.with_bucket(FRONT)
    })?;
    let front = front.context("just started")?;
    let mut taken = Vec::new();
    let mut send = |size, number| -> Result<Answer> {
        let answer = deliver(&stage, number, size)?;
        if answer.code == 250 {
            taken.push((number, size));
        }
        Ok(answer)
    };
    ensure!(send(LARGE, 1)?.code == 250, "a service that is well");
    front.is(Mood::Busy);
    let answer = send(LARGE, 2)?;
    ensure!(answer.code == 451 && answer.is_enhanced(), "a busy service: {answer:?}");
    ensure!(send(SMALL, 3)?.code == 250, "a small letter waits for the busy service");
    let found = finding(&stage, "damage")?.context("a busy service is no finding")?;
    ensure!(found.contains("blob store"), "{found}");
    println!("         busy: {answer:?}; {found}");
    front.is(Mood::Slow);
    ensure!(send(LARGE, 4)?.code == 250, "a slow service");
    front.is(Mood::Cutting);
    let answer = send(LARGE, 5)?;
    ensure!(answer.code == 451, "a service that cuts requests: {answer:?}");
    front.is(Mood::Truncating);
    let reader = stage.reader("accueil")?;
    let net = &stage.world.net;
    ensure!(reader.act(net, &["raw", "INBOX", "1"], b"").is_err(), "half a body was shown");
    front.is(Mood::Well);
    ensure!(send(LARGE, 6)?.code == 250, "the service is well again");
    let inbox = reader.look(net)?.remove("INBOX").context("no inbox")?;
    for (number, size) in &taken {
        let subject = format!("octets-{number}");
        let found: Vec<_> = inbox.messages.iter().filter(|one| one.subject == subject).collect();
        ensure!(found.len() == 1, "{subject} is there {} times", found.len());
        let raw = reader.act(net, &["raw", "INBOX", &found[0].uid.to_string()], b"")?;
        ensure!(raw.len() > *size && raw.ends_with("the-end\r\n"), "{subject} has {} octets", raw.len());
    }
    ensure!(inbox.messages.len() == taken.len(), "{} letters for {} times 250", inbox.messages.len(), taken.len());
    ensure!(finding(&stage, "damage")?.is_none(), "{:?}", finding(&stage, "damage")?);
    Ok(())
}

/// Sends a body that does not compress; the answer to its end.
fn deliver(stage: &Stage, number: u32, size: usize) -> Result<Answer> {
    let mut client = Conversation::open(&stage.world.net, Host::Partner, 25)?;
    client.expect("EHLO mail.partner.test", 250)?;
    client.start_data("ami@partner.test", TO)?;
    client.send(format!("Subject: octets-{number}\r\n\r\n").as_bytes())?;
    client.send(&noise(number, size))?;
    client.say("\r\nthe-end\r\n.")
}
