//! Somebody who can write the database, and has none of the keys, changes or removes a row while nobody looks: that is a
//! finding of `relais check`, and it is not used.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};
use tests::clients::imap::Subjects as _;
use tests::clients::{PYTHON, script};
use tests::lab::net::Host;
use tests::lab::run::succeed;
use tests::stage::Stage;

pub fn play(dir: &Path) -> Result<()> {
    let mut stage = Stage::standby(dir)?;
    ensure!(integrity(&stage)?.is_none(), "an untouched database is called forged");
    let untouched = dir.join("untouched");
    stage.relais.kill_hard()?;
    copy(&stage.relais.data(), &untouched)?;
    for what in ["person", "film", "removed", "mailbox"] {
        copy(&untouched, &stage.relais.data())?;
        forge(&stage, what)?;
        stage.relais.start()?;
        let finding = integrity(&stage)?;
        ensure!(finding.is_some(), "a forged {what} is not noticed: {}", stage.relais.command(&["check"])?.all());
        println!("         {what}: {}", finding.unwrap_or_default());
        if what == "person" {
            the_forged_person_is_not_used(&stage)?;
        }
        stage.relais.kill_hard()?;
    }
    copy(&untouched, &stage.relais.data())?;
    forge(&stage, "version")?;
    stage.relais.spawn()?;
    let code = stage.relais.daemon()?.wait_for_end()?;
    let said = stage.relais.daemon()?.said();
    ensure!(code != 0 && said.contains("newer"), "on data of a newer release it ended with {code}: {said}");
    Ok(())
}

fn forge(stage: &Stage, what: &str) -> Result<()> {
    succeed(Command::new(PYTHON).arg(script("forge.py")).arg(stage.relais.data()).arg(what)).map(drop)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    if to.exists() {
        std::fs::remove_dir_all(to)?;
    }
    succeed(Command::new("cp").arg("-a").arg(from).arg(to)).map(drop)
}

/// What `relais check` says of rows that do not verify.
fn integrity(stage: &Stage) -> Result<Option<String>> {
    let check = stage.relais.json(&["check"])?;
    let findings = check["findings"].as_array().cloned().unwrap_or_default();
    let named = findings.into_iter().find(|finding| finding["name"] == "integrity");
    Ok(named.map(|finding| finding["what"].as_str().unwrap_or_default().to_owned()))
}

/// The forged address must not be taken for anybody's.
fn the_forged_person_is_not_used(stage: &Stage) -> Result<()> {
    stage.show_key()?;
    let _progress = stage.take_over()?;
    let mut client = tests::clients::smtp::Conversation::open(&stage.world.net, Host::Partner, 25)?;
    client.expect("EHLO mail.partner.test", 250)?;
    client.expect("MAIL FROM:<ami@partner.test>", 250)?;
    let answer = client.say("RCPT TO:<acc0eil@corp.test>")?;
    ensure!(answer.code >= 400, "the forged address is accepted: {answer:?}");
    let seen = stage.reader("maire")?.look(&stage.world.net)?;
    ensure!(seen.places("bienvenue") == ["INBOX"], "others suffer from the forged row");
    Ok(())
}
