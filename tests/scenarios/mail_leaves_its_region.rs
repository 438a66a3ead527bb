//! Two regions, each with a disk and an unlock key of its own. A partner writes to people of both in one go: each gets the
//! letter, and no word of what only one region's people were sent lies in the other's folder. With one region's disk gone
//! its people wait, and the others do not.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use tests::clients::smtp::Conversation;
use tests::clients::submission::{Letter, partner_sends};
use tests::clients::{PYTHON, script};
use tests::lab::config::Parts;
use tests::lab::net::Host;
use tests::lab::run::{feed, succeed};
use tests::stage::Stage;
use tests::wait::until_true;

const ROWS: &str = "kind,name,address,region,members\n\
    person,Ada,ada@corp.test,,\n\
    person,Bert,bert@corp.test,bonn,\n\
    person,Cleo,cleo@corp.test,,\n\
    group,Rhin,rhin@corp.test,,cleo@corp.test\n";

pub fn play(dir: &Path) -> Result<()> {
    let bonn = dir.join("bonn");
    let mut stage = Stage::reception_for(dir, ROWS, 3, |parts| two_regions(parts, dir, &bonn))?;
    for (to, word) in [
        ("ada@corp.test", "motparisien"),
        ("bert@corp.test", "motrhenan"),
        ("cleo@corp.test", "motdugroupe"),
        ("ada@corp.test,bert@corp.test", "motcommun"),
    ] {
        let body = format!("{word} {word} {word}");
        partner_sends(&stage.world.net, &Letter { from: "ami@partner.test", to, subject: word, body: &body })?;
    }
    for (who, words) in [
        ("ada", vec!["motparisien", "motcommun"]),
        ("bert", vec!["motrhenan", "motcommun"]),
        ("cleo", vec!["motdugroupe"]),
    ] {
        has_exactly(&stage, who, &words)?;
    }
    the_second_region_is_told_to_come_again(&stage)?;
    each_body_is_in_its_region(&stage, &bonn)?;
    a_lost_disk_hinders_its_own(&mut stage, &bonn)
}

pub fn two_regions(parts: Parts, dir: &Path, bonn: &Path) -> Parts {
    let key = dir.join("bonn-key");
    let public = public_half(&key).unwrap_or_default();
    let (bonn, key) = (bonn.display(), key.join("unlock.key"));
    parts.with_sections(&format!(
        "[[region]]\nname = \"main\"\n\n[[region]]\nname = \"bonn\"\ncountry = \"DE\"\nplace = \"eu-central-1\"\n\
         data = \"{bonn}\"\nunlock_public = \"{public}\"\nunlock_key_file = \"{}\"\n\n\
         [pinning]\ngroups = [{{ group = \"rhin@corp.test\", region = \"bonn\" }}]\n",
        key.display()
    ))
}

pub fn public_half(out: &Path) -> Result<String> {
    let said = succeed(Command::new(tests::lab::relais::binary()?).args(["keys", "new", "--out"]).arg(out))?;
    let mut words = said.split(|letter: char| letter.is_whitespace() || letter == '"');
    words.rfind(|word| word.len() == 44).map(str::to_owned).context("no public half")
}

/// These letters are in the inbox, each once, and no others.
fn has_exactly(stage: &Stage, who: &str, words: &[&str]) -> Result<()> {
    let reader = stage.reader(who)?;
    until_true(&format!("the letters to {who}"), || {
        let seen = reader.look(&stage.world.net)?;
        let mut subjects: Vec<String> =
            seen.get("INBOX").into_iter().flat_map(|folder| &folder.messages).map(|one| one.subject.clone()).collect();
        subjects.sort();
        let mut wanted: Vec<&str> = words.to_vec();
        wanted.sort_unstable();
        Ok(subjects == wanted)
    })
}

fn the_second_region_is_told_to_come_again(stage: &Stage) -> Result<()> {
    let mut client = Conversation::open(&stage.world.net, Host::Partner, 25)?;
    client.expect("EHLO mail.partner.test", 250)?;
    client.expect("MAIL FROM:<ami@partner.test>", 250)?;
    client.expect("RCPT TO:<ada@corp.test>", 250)?;
    let answer = client.expect("RCPT TO:<bert@corp.test>", 452)?;
    ensure!(answer.text.starts_with("4.5.3"), "the second region got {answer:?}");
    client.expect("QUIT", 221).map(drop)
}

/// Sealed everywhere; so what tells is which database holds how many contents, and who has a mailbox in it.
fn each_body_is_in_its_region(stage: &Stage, bonn: &Path) -> Result<()> {
    let main = stage.relais.data().join("region-main.db");
    let of_bonn = bonn.join("region-bonn.db");
    for (database, owners, contents) in [(main, "ada@corp.test", 2), (of_bonn, "bert@corp.test cleo@corp.test", 3)] {
        let found =
            asked(&database, "SELECT group_concat(address, ' ') FROM (SELECT address FROM mailbox ORDER BY address)")?;
        ensure!(found == owners, "{} has mailboxes of {found}", database.display());
        let found = asked(&database, "SELECT count(*) FROM content")?;
        ensure!(found == contents.to_string(), "{} has {found} contents", database.display());
    }
    let words = "motparisien\nmotrhenan\nmotcommun\nmotdugroupe";
    for folder in [stage.relais.data(), bonn.to_path_buf()] {
        let found = feed(Command::new(PYTHON).arg(script("leaks.py")).arg(&folder), words.as_bytes())?;
        ensure!(found.is_empty(), "read in {}:\n{found}", folder.display());
    }
    Ok(())
}

pub fn asked(database: &Path, sql: &str) -> Result<String> {
    let read = "import sqlite3,sys\nprint(sqlite3.connect(sys.argv[1]).execute(sys.argv[2]).fetchone()[0])";
    let said = succeed(Command::new(PYTHON).args(["-c", read]).arg(database).arg(sql))?;
    Ok(said.trim().to_owned())
}

fn a_lost_disk_hinders_its_own(stage: &mut Stage, bonn: &Path) -> Result<()> {
    stage.relais.kill_hard()?;
    let unmounted: PathBuf = bonn.with_extension("unmounted");
    std::fs::rename(bonn, &unmounted)?;
    stage.relais.start()?;
    stage.relais.wait_for_phase("active")?;
    let mut client = Conversation::open(&stage.world.net, Host::Partner, 25)?;
    client.expect("EHLO mail.partner.test", 250)?;
    client.expect("MAIL FROM:<ami@partner.test>", 250)?;
    client.expect("RCPT TO:<bert@corp.test>", 451)?;
    client.expect("RCPT TO:<ada@corp.test>", 250)?;
    client.expect("QUIT", 221)?;
    let refused = stage.reader("bert")?.refused(&stage.world.net)?.context("a mailbox without its disk opened")?;
    ensure!(refused.contains("UNAVAILABLE"), "bert is told {refused}");
    let findings = stage.relais.json(&["check"])?["findings"].to_string();
    let says = ["region bonn is closed", "2 mailboxes wait", "is its disk mounted?"];
    ensure!(says.iter().all(|word| findings.contains(word)), "the findings are {findings}");
    has_exactly(stage, "ada", &["motparisien", "motcommun"])?;
    ensure!(!bonn.exists(), "an empty region was made where the disk is missing");
    stage.relais.kill_hard()?;
    std::fs::rename(&unmounted, bonn)?;
    stage.relais.start()?;
    stage.relais.wait_for_phase("active")?;
    has_exactly(stage, "bert", &["motrhenan", "motcommun"])
}
