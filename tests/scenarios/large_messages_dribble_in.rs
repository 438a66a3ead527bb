//! Fifty clients begin a large message each and do not end it: what they hold together stays below the limit, the
//! others are told to come again, small mail passes all the while, and room comes back.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use tests::clients::imap::Subjects as _;
use tests::clients::smtp::Conversation;
use tests::clients::submission::{Letter, swaks};
use tests::lab::Net;
use tests::lab::net::Host;
use tests::stage::Stage;

const TO: &str = "accueil@corp.test";
const FROM: &str = "ami@partner.test";
const CLIENTS: usize = 50;
const LARGE_BYTES: usize = 3_500_000;
const HELD_MAX_BYTES: usize = 12_000_000;
/// Without a limit it were 175 MB. With it: twelve, what storing two at a time and fifty sessions take, and what the
/// allocator has not given back yet.
const GROWTH_MAX_KB: u64 = 100_000;

pub fn play(dir: &Path) -> Result<()> {
    let limits = format!("size_max_bytes = 4000000\nheld_max_bytes = {HELD_MAX_BYTES}");
    let mut stage = Stage::reception(dir, |parts| parts.with_smtp(&limits))?;
    let before_kb = resident_kb(&mut stage)?;
    let mut clients = Vec::new();
    for number in 0..CLIENTS {
        clients.push(begin(&stage.world.net, &format!("large-{number}"))?);
    }
    let grown_kb = resident_kb(&mut stage)?.saturating_sub(before_kb);
    ensure!(grown_kb < GROWTH_MAX_KB, "{CLIENTS} unfinished messages hold {grown_kb} kB");
    let net = stage.world.net.clone();
    let letter = Letter { from: FROM, to: TO, subject: "small", body: "x" };
    let said = swaks(&net, Host::Partner, Host::Standby, &letter, &["--timeout", "10"])?;
    ensure!(said.code == 0, "small mail does not pass beside large: {}", said.all());
    let (mut taken, mut put_off) = (Vec::new(), 0);
    for (number, client) in clients.iter_mut().enumerate() {
        let answer = client.say(".")?;
        match answer.code {
            250 => taken.push(format!("large-{number}")),
            // RFC 5321 §4.2.2
            452 if answer.is_enhanced() => put_off += 1,
            _ => anyhow::bail!("large-{number} got {answer:?}"),
        }
    }
    println!("         {} taken, {put_off} put off, {grown_kb} kB more in memory", taken.len());
    ensure!(!taken.is_empty() && taken.len() * LARGE_BYTES <= HELD_MAX_BYTES, "{} were taken at once", taken.len());
    let again = begin(&net, "again")?.say(".")?;
    ensure!(again.code == 250, "the room did not come back: {again:?}");
    let seen = stage.reader("accueil")?.look(&net)?;
    let large = seen.values().flat_map(|folder| &folder.messages).filter(|one| one.subject.starts_with("large-"));
    ensure!(large.count() == taken.len(), "what was put off is there, or what was taken is not");
    for subject in taken.iter().map(String::as_str).chain(["small", "again"]) {
        ensure!(seen.places(subject) == ["INBOX"], "{subject} is in {:?}", seen.places(subject));
    }
    Ok(())
}

/// All of a large message but its end.
fn begin(net: &Net, subject: &str) -> Result<Conversation> {
    let mut client = Conversation::open(net, Host::Partner, 25)?;
    client.start_data(FROM, TO)?;
    client.send(format!("Subject: {subject}\r\n\r\n").as_bytes())?;
    client.send("all work and no play makes a dull day\r\n".repeat(LARGE_BYTES / 39).as_bytes())?;
    Ok(client)
}

fn resident_kb(stage: &mut Stage) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", stage.relais.daemon()?.pid()))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|rest| rest.split_whitespace().next()).and_then(|kb| kb.parse().ok()).context("relais is gone")
}
