//! Somebody who can write the database alters the audit log, cuts it, puts an older one back: `relais audit verify` names the
//! first entry, while relais is stopped. Outside, an export is followed by its documentation and openssl alone, and a
//! collector of logs (rsyslog) has every entry in order, though it was killed in between.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use tests::clients::{PYTHON, script};
use tests::lab::daemon::Daemon;
use tests::lab::rsyslog::{HOST, NAME, PORT, Rsyslog};
use tests::lab::run::{run, succeed};
use tests::stage::Stage;
use tests::wait::until;

/// Changes the log: each prints nothing, and is named in `verify`'s answer as the second says.
const WRITERS: [(&str, &str); 4] = [
    ("UPDATE audit SET actor = 'nobody' WHERE seq = 2", "Entry 2: this entry was altered"),
    ("DELETE FROM audit WHERE seq = 2", "Entry 2: this entry is missing"),
    (
        "UPDATE audit SET seq = -2 WHERE seq = 2; UPDATE audit SET seq = 2 WHERE seq = 3;
         UPDATE audit SET seq = 3 WHERE seq = -2",
        "Entry 2: this entry was altered",
    ),
    ("DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)", "the end of the log was cut"),
];

pub fn play(dir: &Path) -> Result<()> {
    let witness = dir.join("heads");
    let mut stage = Stage::reception(dir, |parts| {
        parts.with_sections(&format!(
            "[audit]\nwitness_file = \"{}\"\nsyslog = {{ address = \"{}:{PORT}\", name = \"{NAME}\", ca_file = \"{}\" }}\n",
            witness.display(),
            HOST.address(),
            dir.join("pki/ca.pem").display()
        ))
    })?;
    let collector = Rsyslog::prepare(dir, &stage.world.pki)?;
    add_admins(&stage, "early")?;
    let older = dir.join("older");
    let running = collected(&stage, &collector)?;
    exported(&stage, dir)?;
    drop(running);
    add_admins(&stage, "late")?;
    stage.relais.daemon()?.stop()?;
    copy(&stage.relais.data(), &older)?;
    stage.relais.start()?;
    add_admins(&stage, "last")?;
    until("the witness's last head", || {
        let told = std::fs::read_to_string(&witness)?;
        Ok(told.contains(&format!(" {} ", newest(&stage)?)).then_some(()))
    })?;
    stage.relais.daemon()?.stop()?;
    named(&stage, dir, &older)?;
    settled(&mut stage)
}

/// An admin goes on with the older log: from then on the witness agrees, until the log goes back once more.
fn settled(stage: &mut Stage) -> Result<()> {
    stage.relais.start()?;
    stage.relais.order(&["audit", "settle", "--by", "dsi", "--reason", "restored from a copy"])?;
    add_admins(stage, "after")?;
    let agrees = stage.relais.command(&["audit", "verify"])?;
    ensure!(agrees.code == 0 && agrees.out.contains("The witness agrees"), "{}", agrees.all());
    stage.relais.daemon()?.stop()?;
    let last = "DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)";
    succeed(Command::new("sqlite3").arg(stage.relais.data().join("directory.db")).arg(last))?;
    let verified = stage.relais.command(&["audit", "verify"])?;
    ensure!(verified.code == 1 && verified.out.contains("The witness contradicts"), "{}", verified.all());
    Ok(())
}

fn add_admins(stage: &Stage, name: &str) -> Result<()> {
    (1..=3).try_for_each(|number| stage.relais.order(&["admin", "add", &format!("{name}{number}")]).map(drop))
}

fn newest(stage: &Stage) -> Result<i64> {
    let export = stage.relais.json(&["audit", "export"])?;
    let last = export["entries"].as_array().and_then(|all| all.last()).context("an empty log")?;
    last["seq"].as_i64().context("an entry without number")
}

/// The collector gets what was logged before it was there, and what is logged while it is away.
fn collected(stage: &Stage, collector: &Rsyslog) -> Result<Daemon> {
    let mut running = collector.start(&stage.world.net)?;
    has_all(collector, newest(stage)?)?;
    running.kill_hard()?;
    add_admins(stage, "meanwhile")?;
    let running = collector.start(&stage.world.net)?;
    has_all(collector, newest(stage)?)?;
    let said = collector.received();
    ensure!(said.iter().any(|line| line.contains(" checkpoint [audit@32473 seq=")), "no checkpoint came: {said:?}");
    ensure!(said.iter().all(|line| line.starts_with("<109>1 ")), "{said:?}");
    println!("         {} messages at rsyslog", said.len());
    Ok(running)
}

/// Every entry up to this one came, each after the one before it.
fn has_all(collector: &Rsyslog, newest: i64) -> Result<()> {
    until("the log at its collector", || {
        let mut seen = BTreeSet::new();
        for line in collector.received() {
            let Some((_, rest)) = line.split_once(" audit [audit@32473 seq=\"") else { continue };
            let seq: i64 = rest.split('"').next().unwrap_or_default().parse()?;
            ensure!(seq == 1 || seen.contains(&(seq - 1)), "entry {seq} came before the one before it");
            seen.insert(seq);
        }
        Ok((seen.len() == usize::try_from(newest)?).then_some(()))
    })
}

/// Nothing of relais's is needed to follow an export; its own check needs no configuration.
fn exported(stage: &Stage, dir: &Path) -> Result<()> {
    let file = dir.join("export.jsonl");
    let text = stage.relais.order(&["audit", "export"])?;
    std::fs::write(&file, &text)?;
    let [signed, signature, public] = ["signed", "signature", "public"].map(|name| dir.join(name));
    let followed =
        succeed(Command::new(PYTHON).arg(script("follow_log.py")).args([&file, &signed, &signature, &public]))?;
    ensure!(followed.trim() == newest(stage)?.to_string(), "{followed} entries were followed");
    let mut openssl = Command::new("openssl");
    openssl.args(["pkeyutl", "-verify", "-rawin", "-keyform", "DER", "-pubin"]).arg("-inkey").arg(&public);
    succeed(openssl.arg("-in").arg(&signed).arg("-sigfile").arg(&signature))?;
    let key = stage.relais.json(&["audit", "export"])?["public"].as_str().context("no public half")?.to_owned();
    let check = |text: &str| -> Result<tests::lab::run::Said> {
        std::fs::write(&file, text)?;
        run(stage.relais.bare(&["audit", "verify", "--key", &key, "--file"])?.arg(&file).current_dir("/"))
    };
    let whole = check(&text)?;
    ensure!(whole.code == 0 && whole.out.contains("each as it was written"), "{}", whole.all());
    let forged = check(&text.replacen("early2", "late22", 1))?;
    ensure!(forged.code == 1 && forged.out.contains("was altered"), "{}", forged.all());
    // One that no checkpoint follows at once, which would be what is named.
    let lines: Vec<&str> = text.lines().collect();
    let is_entry = |line: &&str| line.contains("\"kind\":\"entry\"");
    let inner = lines.windows(2).find(|pair| pair.iter().all(is_entry)).and_then(|pair| pair.first());
    let inner = *inner.context("no two entries in a row")?;
    let seq = serde_json::from_str::<Value>(inner)?["seq"].clone();
    let others = lines.iter().filter(|line| **line != inner).map(|line| format!("{line}\n"));
    let cut = check(&others.collect::<String>())?;
    ensure!(cut.code == 1 && cut.out.contains(&format!("entry {seq} is missing")), "{}", cut.all());
    let syslog = stage.relais.order(&["audit", "export", "--format", "syslog", "--since", "2"])?;
    ensure!(syslog.lines().next().is_some_and(|line| line.contains("seq=\"3\"")), "{syslog}");
    Ok(())
}

/// While relais is stopped, the first entry that is not as it was written is named.
fn named(stage: &Stage, dir: &Path, older: &Path) -> Result<()> {
    let (data, untouched) = (stage.relais.data(), dir.join("untouched"));
    let whole = stage.relais.command(&["audit", "verify"])?;
    ensure!(whole.code == 0 && whole.out.contains("The witness agrees"), "{}", whole.all());
    copy(&data, &untouched)?;
    for (change, says) in WRITERS {
        copy(&untouched, &data)?;
        succeed(Command::new("sqlite3").arg(data.join("directory.db")).arg(change))?;
        let verified = stage.relais.command(&["audit", "verify"])?;
        ensure!(verified.code == 1 && verified.out.contains(says), "{change}: {}", verified.all());
    }
    copy(older, &data)?;
    let verified = stage.relais.command(&["audit", "verify"])?;
    ensure!(verified.code == 1 && verified.out.contains("The witness contradicts"), "{}", verified.all());
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    if to.exists() {
        std::fs::remove_dir_all(to)?;
    }
    succeed(Command::new("cp").arg("-a").arg(from).arg(to)).map(drop)
}
