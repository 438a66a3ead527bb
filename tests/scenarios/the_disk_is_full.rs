//! The data folder fills up while mail arrives: senders are told to come again, nothing acknowledged is lost, reading
//! goes on, and with room again so does everything.

use std::path::Path;

use anyhow::{Result, ensure};
use tests::clients::flood::noise;
use tests::clients::imap::Reader;
use tests::clients::smtp::{Answer, Conversation};
use tests::lab::disk::Disk;
use tests::lab::net::Host;
use tests::stage::Stage;
use tests::wait::until_true;

use crate::an_acknowledged_message_is_lost::all_are_there_once;

const TO: &str = "accueil@corp.test";

pub fn play(dir: &Path) -> Result<()> {
    let disk = Disk::mount(&dir.join("relais/data"), 24)?;
    let mut stage = Stage::reception(dir, |parts| parts)?;
    let password = stage.app_password(TO)?;
    let mut acknowledged = Vec::new();
    let refusal = fill(&stage, &mut acknowledged)?;
    // RFC 5321 §4.2.2: 452 is for insufficient storage, 451 for local errors; never 5xx.
    ensure!(matches!(refusal.code, 451 | 452) && refusal.is_enhanced(), "a full disk answers {refusal:?}");
    ensure!(acknowledged.len() >= 3, "full after {} messages", acknowledged.len());
    let reader = Reader::at_standby(TO, &password);
    all_are_there_once(&reader.look(&stage.world.net)?, &acknowledged)?;
    println!("         full after {} messages: {refusal:?}", acknowledged.len());
    disk.remount("size=128m")?;
    until_true("mail to flow again", || Ok(send(&stage, acknowledged.len(), &mut acknowledged.clone())?.code == 250))?;
    all_are_there_once(&reader.look(&stage.world.net)?, &acknowledged)?;
    stage.relais.kill_hard()?;
    disk.remount("ro")?;
    it_does_not_start_on_a_read_only_disk(&mut stage)
}

fn fill(stage: &Stage, acknowledged: &mut Vec<String>) -> Result<Answer> {
    for number in 0..200 {
        let answer = send(stage, number, acknowledged)?;
        if answer.code != 250 {
            return Ok(answer);
        }
    }
    anyhow::bail!("200 messages of a megabyte fit into 24 MB")
}

/// Sends a megabyte that does not compress; any refusal on the way is the answer.
fn send(stage: &Stage, number: usize, acknowledged: &mut Vec<String>) -> Result<Answer> {
    let mut client = Conversation::open(&stage.world.net, Host::Partner, 25)?;
    client.expect("EHLO mail.partner.test", 250)?;
    for line in ["MAIL FROM:<ami@partner.test>", &format!("RCPT TO:<{TO}>"), "DATA"] {
        let answer = client.say(line)?;
        if answer.code >= 400 {
            return Ok(answer);
        }
    }
    let subject = format!("octets-{number}");
    client.send(format!("Subject: {subject}\r\n\r\n").as_bytes())?;
    client.send(&noise(u32::try_from(number)?, 1_000_000))?;
    client.send(b"\r\n")?;
    let answer = client.say(".")?;
    if answer.code == 250 {
        acknowledged.push(subject);
    }
    Ok(answer)
}

fn it_does_not_start_on_a_read_only_disk(stage: &mut Stage) -> Result<()> {
    stage.relais.spawn()?;
    let code = stage.relais.daemon()?.wait_for_end()?;
    let said = stage.relais.daemon()?.said();
    ensure!(code != 0 && said.contains("cannot be written"), "on a read-only folder it ended with {code}: {said}");
    ensure!(!said.contains("panicked"), "it panicked: {said}");
    Ok(())
}
