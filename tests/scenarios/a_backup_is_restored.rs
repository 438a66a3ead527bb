//! The store is copied while mail comes in, the disk is lost, and the copy is put back: what was acknowledged before a copy
//! was begun is there once, nothing of it could be read where it lay, and what was damaged there is named.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use tests::clients::flood::Flood;
use tests::clients::{PYTHON, script};
use tests::lab::net::Host;
use tests::lab::run::feed;
use tests::stage::Stage;
use tests::wait::until_true;

use super::an_acknowledged_message_is_lost::{all_are_there_once, still_works};
use super::the_disk_is_damaged::finding;

const TO: &str = "accueil@corp.test";

pub fn play(dir: &Path) -> Result<()> {
    let place = dir.join("copies");
    let section = format!("[backup]\nto = \"{}\"\nkeep = 2\n", place.display());
    let mut stage = Stage::reception(dir, |parts| parts.with_sections(&section))?;
    let net = Arc::clone(&stage.world.net);
    let reader = stage.reader("accueil")?;
    let flood = |name: &str, count: usize| {
        let flood = Flood::persevere(&net, Host::Standby, 4, TO, name);
        until_true("acknowledged letters", || Ok(flood.acknowledged() >= count)).map(|()| flood)
    };
    let mut acknowledged = flood("before", 60)?.finish();
    copied(&stage)?;
    let again = copied(&stage)?;
    ensure!(again.written * 3 < again.pieces, "nothing came, and {} of {} pieces are new", again.written, again.pieces);
    let coming = flood("meanwhile", 10)?;
    let under_load = copied(&stage)?;
    acknowledged.extend(coming.finish());
    let coming = flood("later", 10)?;
    let last = copied(&stage)?;
    let lost = coming.finish();
    println!(
        "         new of all pieces: {} of {} when nothing came, {} of {} and {} of {} under load",
        again.written, again.pieces, under_load.written, under_load.pieces, last.written, last.pieces
    );
    stage.relais.kill_hard()?;
    std::fs::remove_dir_all(stage.relais.data())?;

    nothing_can_be_read(&place)?;
    damage_is_named(&stage, &place)?;
    let data = stage.relais.data();
    let whole = stage.relais.command(&["restore", "--verify"])?;
    ensure!(whole.code == 0 && whole.all().contains("it is whole"), "{}", whole.all());
    restore(&stage, &data)?;
    stage.relais.start()?;
    stage.relais.wait_for_phase("active")?;
    let seen = reader.look(&net)?;
    all_are_there_once(&seen, &acknowledged)?;
    let there: Vec<&str> =
        seen.get("INBOX").context("no inbox")?.messages.iter().map(|message| message.subject.as_str()).collect();
    let late = lost.iter().filter(|subject| there.contains(&subject.as_str())).count();
    println!(
        "         {} from before the copies are there, once, and {late} of {} from after",
        acknowledged.len(),
        lost.len()
    );
    for name in ["damage", "integrity", "writing"] {
        ensure!(finding(&stage, name)?.is_none(), "{name}: {:?}", finding(&stage, name)?);
    }
    stage.relais.order(&["audit", "verify"])?;
    let log = stage.relais.order(&["audit", "export"])?;
    ensure!(log.contains("backup.made") && log.contains("backup.restored"), "{log}");
    ensure!(!data.join("restored").exists(), "it is told at every start that it is a copy");
    still_works(&stage)
}

struct Copied {
    pieces: u64,
    written: u64,
}

fn copied(stage: &Stage) -> Result<Copied> {
    let made = stage.relais.json(&["backup"])?;
    let made = made.pointer("/made/0").with_context(|| made.to_string())?;
    let count = |name: &str| made.get(name).and_then(Value::as_u64).with_context(|| made.to_string());
    Ok(Copied { pieces: count("pieces")?, written: count("written")? })
}

/// Not the letters, not the names of people, and not what the database is made of.
fn nothing_can_be_read(place: &Path) -> Result<()> {
    let words = ["before-0-", "meanwhile-", "accueil", "corp.test", "CREATE TABLE", "noise"];
    let found = feed(Command::new(PYTHON).arg(script("leaks.py")).arg(place), words.join("\n").as_bytes())?;
    ensure!(found.is_empty(), "read where the copies lie:\n{found}");
    Ok(())
}

fn restore(stage: &Stage, to: &Path) -> Result<String> {
    let to = to.to_str().context("no path")?;
    let said = stage.relais.command(&["restore", "--to", to])?;
    ensure!(said.code == 0, "{}", said.all());
    Ok(said.all())
}

/// One octet of one piece.
fn damage_is_named(stage: &Stage, place: &Path) -> Result<()> {
    let piece = largest(&place.join("chunks"))?;
    let whole = std::fs::read(&piece)?;
    let mut hit = whole.clone();
    let middle = hit.len() / 2;
    *hit.get_mut(middle).context("an empty piece")? ^= 1;
    std::fs::write(&piece, hit)?;
    let name = piece.file_name().and_then(|name| name.to_str()).context("no name")?.to_owned();
    let said = stage.relais.command(&["restore", "--verify"])?;
    ensure!(said.code == 1 && said.all().contains(&name), "a damaged piece is not named: {}", said.all());
    let to = stage.dir().join("half");
    let refused = restore(stage, &to).err().context("a damaged backup was put back")?;
    ensure!(refused.to_string().contains(&name) && !to.exists(), "{refused}");
    std::fs::write(&piece, whole).map_err(Into::into)
}

fn largest(folder: &Path) -> Result<PathBuf> {
    let mut pieces = Vec::new();
    for shard in std::fs::read_dir(folder)? {
        for piece in std::fs::read_dir(shard?.path())? {
            let piece = piece?;
            pieces.push((piece.metadata()?.len(), piece.path()));
        }
    }
    pieces.into_iter().max().map(|(_, path)| path).context("no piece")
}
