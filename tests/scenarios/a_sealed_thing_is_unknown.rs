//! Every kind of sealed thing lies in one store: mail, folders, keywords, the index, drafts with what hangs on them, contacts, an
//! authenticator app's seed, mail that waits. A program that was written from `docs/format.md` alone opens all of it with the keys, from
//! the disk and from a backup, nothing without, and no column of octets is left that the format says nothing of.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use tests::clients::flood::Flood;
use tests::clients::imap::Reader;
use tests::clients::{PYTHON, script};
use tests::lab::net::Host;
use tests::lab::run::{Said, feed, run, succeed};
use tests::stage::Stage;
use tests::wait::until_true;

use crate::mail_leaves_its_region::asked;

/// So many letters that they are indexed after the next start.
const INDEXED: usize = 80;
/// Stands in everything that is written.
const WORD: &str = "xylographe";

pub fn play(dir: &Path) -> Result<()> {
    let place = dir.join("copies");
    let section = format!("[backup]\nto = \"{}\"\n", place.display());
    let mut stage = Stage::standby_with(dir, |parts| parts.with_sections(&section))?;
    let keyword = format!("mot-{WORD}");
    Reader::at_primary("accueil").act(&stage.world.net, &["store", "INBOX", "1:*", "+FLAGS", &keyword], b"")?;
    stage.wait_until_followed()?;
    stage.show_key()?;
    let _progress = stage.take_over()?;
    everything_is_there(&mut stage)?;
    stage.relais.order(&["backup"])?;
    stage.relais.kill_hard()?;
    let (key, secrets) = (stage.hidden_key(), stage.relais.dir().join("secrets"));
    let keys = Keys { unlock: &key, secrets: &secrets };
    let data = stage.relais.data();
    let from_disk = keys.open(&[&data])?;
    ensure!(from_disk.code == 0, "{}", from_disk.all());
    let kinds = counted(&from_disk.out)?;
    for (kind, count) in &kinds {
        ensure!(*count > 0, "nothing of {kind} was there to be opened:\n{}", from_disk.out);
    }
    let copy = dir.join("copy");
    let from_backup = keys.open(&[Path::new("--backup"), &place, &copy])?;
    ensure!(from_backup.code == 0, "{}", from_backup.all());
    let same = |kind: &str| from_disk.out.lines().find(|line| line.starts_with(kind)).map(str::to_owned);
    for kind in ["content.raw", "mailbox.private", "draft_part.body", "credential.secret_hash"] {
        let line = same(kind).with_context(|| format!("no {kind}"))?;
        ensure!(from_backup.out.contains(&line), "the backup has other {kind}: {}", from_backup.out);
    }
    println!("         {} kinds of sealed things were opened, on the disk and in a backup", kinds.len());
    nothing_without_keys(&stage, keys)?;
    let words = [WORD, "Texte xylographe", "xylographe.txt"].join("\n");
    for folder in [&data, &place] {
        let found = feed(Command::new(PYTHON).arg(script("leaks.py")).arg(folder), words.as_bytes())?;
        ensure!(found.is_empty(), "read in {}:\n{found}", folder.display());
    }
    Ok(())
}

fn everything_is_there(stage: &mut Stage) -> Result<()> {
    let net = &Arc::clone(&stage.world.net);
    let reader = stage.reader("accueil")?;
    reader.act(net, &["create", &format!("Dossier {WORD}")], b"")?;
    reader.act(net, &["store", "INBOX", "1", "+FLAGS", &format!("mot-{WORD}")], b"")?;
    let flood = Flood::start(net, 8, "accueil@corp.test", WORD);
    until_true("enough letters for an index", || Ok(flood.acknowledged() >= INDEXED))?;
    flood.finish();
    stage.relais.kill_hard()?;
    stage.relais.start()?;
    stage.relais.wait_for_phase("active")?;
    let database = stage.relais.data().join("region-main.db");
    until_true("an index", || Ok(asked(&database, "SELECT count(*) FROM segment_block")? != "0"))?;
    net.unplug(Host::Partner)?;
    let said = stage.relais.json(&["people", "invite", "accueil@corp.test"])?;
    let code = said["activation_code"].as_str().context("no activation code")?;
    let mut leave = net.command(Host::Staff, PYTHON);
    leave.arg(script("traces.py")).args([&Host::Standby.address(), "8080", "accueil@corp.test", code, WORD]);
    succeed(&mut leave)?;
    until_true("the letter to wait with a reply", || {
        let waiting = stage.relais.json(&["queue", "list"])?;
        let waiting = waiting["waiting"].as_array().cloned().unwrap_or_default();
        Ok(waiting.iter().any(|one| one["last_reply"].is_string()))
    })
}

/// What is brought to open it all.
#[derive(Clone, Copy)]
struct Keys<'a> {
    unlock: &'a Path,
    secrets: &'a Path,
}

impl Keys<'_> {
    fn open(self, rest: &[&Path]) -> Result<Said> {
        run(Command::new(PYTHON).arg(script("everything.py")).arg(self.unlock).arg(self.secrets).args(rest))
    }
}

fn nothing_without_keys(stage: &Stage, keys: Keys<'_>) -> Result<()> {
    let other = stage.dir().join("other");
    let mut new = Command::new(tests::lab::relais::binary()?);
    succeed(new.args(["keys", "new", "--out"]).arg(&other))?;
    let said = Keys { unlock: &other.join("unlock.key"), ..keys }.open(&[&stage.relais.data()])?;
    ensure!(said.code != 0 && said.all().contains("these keys do not open it"), "another key opens it: {}", said.all());
    let strange = stage.dir().join("strange");
    std::fs::create_dir_all(&strange)?;
    for name in ["integrity", "hash", "transit"] {
        std::fs::copy(other.join("unlock.key"), strange.join(format!("{name}.key")))?;
    }
    let said = Keys { secrets: &strange, ..keys }.open(&[
        Path::new("--backup"),
        &stage.dir().join("copies"),
        &stage.dir().join("none"),
    ])?;
    ensure!(said.code != 0 && said.out.is_empty(), "a backup opens without the secrets: {}", said.all());
    Ok(())
}

fn counted(said: &str) -> Result<BTreeMap<String, u64>> {
    let line = |line: &str| {
        let mut words = line.split(' ');
        Some((words.next()?.to_owned(), words.next()?.parse().ok()?))
    };
    said.lines().map(|text| line(text).with_context(|| text.to_owned())).collect()
}
