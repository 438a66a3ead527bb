//! A body is gone from the disk, another one is cut short, then a page of the database rots: each is a finding that names
//! it, whoever is not hit reads on, mail goes on coming in, and what is put back is whole again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use tests::clients::flood::noise;
use tests::clients::imap::Reader;
use tests::clients::smtp::Conversation;
use tests::clients::{PYTHON, script};
use tests::lab::net::{Host, Net};
use tests::lab::run::succeed;
use tests::stage::Stage;

const HIT: &str = "accueil@corp.test";
const SPARED: &str = "maire@corp.test";
/// A body of this size lies beside the database; one of [`WITHIN`] lies in it, alone on its page.
const BESIDE: usize = 400_000;
const WITHIN: usize = 14_000;

pub fn play(dir: &Path) -> Result<()> {
    let mut stage = Stage::reception(dir, |parts| parts)?;
    let net = stage.world.net.clone();
    let (hit, spared) = (stage.reader("accueil")?, stage.reader("maire")?);
    for (number, size) in (0..).zip([WITHIN, WITHIN, WITHIN, BESIDE, BESIDE]) {
        deliver(&stage, HIT, number, size)?;
        deliver(&stage, SPARED, number + 10, WITHIN)?;
    }
    bodies_are_lost(&mut stage, &hit)?;
    stage.relais.kill_hard()?;
    let database = region_file(&stage.relais.data())?;
    // The third body in the database is the second one of whoever is hit.
    println!("         {}", succeed(damage(&database).arg("2"))?.trim());
    stage.relais.start()?;
    let found = finding(&stage, "damage")?.context("a page that rotted is no finding")?;
    ensure!(found.contains("region") && found.contains("database"), "{found}");
    println!("         {found}");
    ensure!(read(&hit, &net, 2).is_err(), "a message was read from a page that rotted");
    for uid in [1, 3, 4, 5] {
        read(&hit, &net, uid).with_context(|| format!("message {uid} of whoever was hit"))?;
    }
    for uid in 1..=5 {
        read(&spared, &net, uid).with_context(|| format!("message {uid} of whoever was spared"))?;
    }
    deliver(&stage, HIT, 20, WITHIN)?;
    deliver(&stage, SPARED, 21, WITHIN)?;
    read(&hit, &net, 6)?;
    read(&spared, &net, 6)?;
    ensure!(!stage.relais.said().contains("panicked"), "it panicked: {}", stage.relais.said());
    Ok(())
}

/// The two bodies that lie beside the database: one goes away, one is cut short; then both are put back.
fn bodies_are_lost(stage: &mut Stage, hit: &Reader) -> Result<()> {
    let net = stage.world.net.clone();
    stage.relais.kill_hard()?;
    let bodies = files(&stage.relais.data().join("blobs"))?;
    ensure!(bodies.len() == 2, "{} bodies beside the database", bodies.len());
    let whole: Vec<Vec<u8>> = bodies.iter().map(fs::read).collect::<Result<_, _>>()?;
    fs::remove_file(&bodies[0])?;
    fs::write(&bodies[1], &whole[1][..1000])?;
    stage.relais.start()?;
    let found = finding(stage, "damage")?.context("a body that is gone is no finding")?;
    let name = |path: &PathBuf| path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    ensure!(found.contains(&name(&bodies[0])), "{found}: not {:?}", bodies[0]);
    println!("         {found}");
    for uid in [4, 5] {
        ensure!(read(hit, &net, uid).is_err(), "message {uid} was read though its body is lost");
    }
    let found = finding(stage, "integrity")?.context("a body that was cut short is no finding")?;
    ensure!(found.contains(&name(&bodies[1])), "{found}: not {:?}", bodies[1]);
    for uid in 1..=3 {
        read(hit, &net, uid)?;
    }
    for (body, whole) in bodies.iter().zip(&whole) {
        fs::write(body, whole)?;
        // Relais reads its files as itself.
        std::os::unix::fs::chown(body, Some(owner(&stage.relais.data())?), None)?;
    }
    ensure!(finding(stage, "damage")?.is_none(), "what was put back is still called lost");
    for uid in 4..=5 {
        read(hit, &net, uid)?;
    }
    Ok(())
}

fn owner(path: &Path) -> Result<u32> {
    Ok(std::os::unix::fs::MetadataExt::uid(&fs::metadata(path)?))
}

fn damage(database: &Path) -> Command {
    let mut command = Command::new(PYTHON);
    command.arg(script("damage.py")).arg(database);
    command
}

/// Reads a whole message by its UID, and looks at both of its ends.
fn read(reader: &Reader, net: &Net, uid: u32) -> Result<()> {
    let raw = reader.act(net, &["raw", "INBOX", &uid.to_string()], b"")?;
    ensure!(raw.contains("Subject: octets-") && raw.contains("the-end"), "{} octets came", raw.len());
    Ok(())
}

/// Mail with a body that does not compress.
pub(super) fn deliver(stage: &Stage, to: &str, number: u32, size: usize) -> Result<()> {
    let mut client = Conversation::open(&stage.world.net, Host::Partner, 25)?;
    client.expect("EHLO mail.partner.test", 250)?;
    client.expect("MAIL FROM:<ami@partner.test>", 250)?;
    client.expect(&format!("RCPT TO:<{to}>"), 250)?;
    client.expect("DATA", 354)?;
    client.send(format!("Subject: octets-{number}\r\n\r\n").as_bytes())?;
    client.send(&noise(number, size))?;
    client.expect("\r\nthe-end\r\n.", 250)?;
    Ok(())
}

/// What `relais check` says under a name.
pub(super) fn finding(stage: &Stage, name: &str) -> Result<Option<String>> {
    let check = stage.relais.json(&["check"])?;
    let findings = check["findings"].as_array().cloned().unwrap_or_default();
    let named = findings.into_iter().find(|finding| finding["name"] == name);
    Ok(named.map(|finding| finding["what"].as_str().unwrap_or_default().to_owned()))
}

fn region_file(data: &Path) -> Result<PathBuf> {
    let all = fs::read_dir(data)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    let is_region = |path: &&PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        name.starts_with("region-") && name.ends_with(".db")
    };
    all.iter().find(is_region).cloned().context("no database of a region")
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
