//! A mailbox with a month of mail moves to another region, killed on the way and begun again: all of it is there and
//! nothing is left behind, the proof is in the audit log, and the signed report says so to openssl as well as to us.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use tests::clients::{PYTHON, script};
use tests::lab::config::Parts;
use tests::lab::run::{feed, run, succeed};
use tests::stage::Stage;

use crate::mail_leaves_its_region::{asked, public_half};

const WHO: &str = "accueil@corp.test";

/// Runs a command and kills it as soon as the new region knows of the mailbox; prints how it ended.
const KILLER: &str = "import sqlite3,subprocess,sys
nowhere = subprocess.DEVNULL
moves = subprocess.Popen(sys.argv[2:], stdout=nowhere, stderr=nowhere)
database = sqlite3.connect(sys.argv[1])
while moves.poll() is None:
    try:
        if database.execute('SELECT count(*) FROM moving').fetchone()[0]:
            moves.kill()
    except sqlite3.Error:
        pass
print(moves.wait())";

pub fn play(dir: &Path) -> Result<()> {
    let bonn = dir.join("bonn");
    let mut stage = Stage::standby_with(dir, |parts| two_regions(parts, dir, &bonn))?;
    let main = stage.relais.data().join("region-main.db");
    let contents: u64 = asked(
        &main,
        "SELECT count(*) FROM content_key WHERE mailbox = (SELECT id FROM mailbox WHERE address = 'accueil@corp.test')",
    )?
    .parse()?;
    ensure!(contents > 20, "only {contents} messages to move");
    let running = stage.relais.command(&["region", "move", WHO, "--to", "bonn", "--by", "dpo"])?;
    ensure!(running.code == 2 && running.all().contains("stop the other relais"), "{}", running.all());
    stage.relais.kill_hard()?;
    moves(&stage, &bonn)?;
    ensure!(asked(&main, "SELECT count(*) FROM mailbox WHERE address = 'accueil@corp.test'")? == "0", "a row stayed");
    let there = asked(&bonn.join("region-bonn.db"), "SELECT count(*) FROM content")?;
    ensure!(there == contents.to_string(), "{there} of {contents} messages arrived");
    nothing_can_be_read(&stage, &bonn)?;
    stage.relais.start()?;
    reported(&stage, dir, contents)?;
    stage.wait_until_followed()?;
    let after = asked(&bonn.join("region-bonn.db"), "SELECT count(*) FROM content")?;
    ensure!(after == there, "sync fetched again what had moved: {after}");
    stage.show_key()?;
    let _progress = stage.take_over()?;
    let seen = stage.reader("accueil")?.look(&stage.world.net)?;
    for one in &stage.expected {
        let found = seen
            .get(one.folder)
            .map_or(0, |folder| folder.messages.iter().filter(|message| message.message_id == one.message_id).count());
        ensure!(found == 1, "{} is {found} times in {}", one.message_id, one.folder);
    }
    Ok(())
}

fn two_regions(parts: Parts, dir: &Path, bonn: &Path) -> Parts {
    let key = dir.join("bonn-key");
    let public = public_half(&key).unwrap_or_default();
    let (bonn, key) = (bonn.display(), key.join("unlock.key"));
    parts.with_sections(&format!(
        "[[region]]\nname = \"main\"\n\n[[region]]\nname = \"bonn\"\ncountry = \"DE\"\nplace = \"eu-central-1\"\n\
         data = \"{bonn}\"\nunlock_public = \"{public}\"\nunlock_key_file = \"{}\"\n",
        key.display()
    ))
}

/// Killed when something has arrived, and begun again.
fn moves(stage: &Stage, bonn: &Path) -> Result<()> {
    let key = stage.hidden_key().display().to_string();
    let without = stage.relais.command(&["region", "move", WHO, "--to", "bonn", "--by", "dpo"])?;
    ensure!(without.code == 2 && without.all().contains("bring the unlock key"), "{}", without.all());
    let order = ["region", "move", WHO, "--to", "bonn", "--by", "dpo", "--key", &key];
    let mut killer = Command::new(PYTHON);
    killer.args(["-c", KILLER]).arg(bonn.join("region-bonn.db")).arg(tests::lab::relais::binary()?);
    let ended = succeed(killer.args(order).arg("-c").arg(stage.relais.config()))?;
    ensure!(ended.trim() == "-9", "it was not killed on the way: {ended}");
    let said = stage.relais.order(&order)?;
    println!("         {}", said.trim().replace('\n', "\n         "));
    let again = stage.relais.order(&["region", "move", WHO, "--to", "bonn", "--by", "dpo"])?;
    ensure!(again.contains("and nowhere else"), "{again}");
    Ok(())
}

fn nothing_can_be_read(stage: &Stage, bonn: &Path) -> Result<()> {
    let words: Vec<String> = stage.expected.iter().map(|one| one.word.clone()).collect();
    for folder in [stage.relais.data(), bonn.to_path_buf()] {
        let found = feed(Command::new(PYTHON).arg(script("leaks.py")).arg(&folder), words.join("\n").as_bytes())?;
        ensure!(found.is_empty(), "read in {}:\n{found}", folder.display());
    }
    Ok(())
}

/// The report names the move with its proof, and a program that is not ours finds it whole.
fn reported(stage: &Stage, dir: &Path, contents: u64) -> Result<()> {
    let file = dir.join("report.json");
    let text = stage.relais.order(&["region", "report"])?;
    std::fs::write(&file, &text)?;
    let signed: Value = serde_json::from_str(&text)?;
    let report: Value = serde_json::from_str(signed["report"].as_str().context("no report")?)?;
    let bonn = &report["regions"][1];
    ensure!(bonn["name"] == "bonn" && bonn["mailboxes"] == 1 && bonn["messages"] == contents, "bonn is {bonn}");
    ensure!(bonn["place"]["declared"] == "eu-central-1", "bonn is {bonn}");
    let moves = report["moves"].as_array().context("no moves")?;
    let proofs = moves.iter().filter(|entry| entry["what"] == "region.moved");
    let proof = proofs.map(|entry| &entry["detail"]["moved"]["removed"][0]).find(|removed| removed.is_object());
    let proof = proof.context("no proof of deletion")?;
    let is_whole = proof["region"] == "main" && proof["contents"] == contents;
    ensure!(is_whole && proof["digest"].as_str().is_some_and(|digest| digest.len() == 64), "the proof is {proof}");
    let public = signed["public"].as_str().context("no key")?.to_owned();
    let verify = |file: &Path| {
        let mut command = Command::new(tests::lab::relais::binary()?);
        run(command.args(["region", "verify"]).arg(file).args(["--public", &public]))
    };
    ensure!(verify(&file)?.code == 0, "our own report is refused");
    openssl_finds_it_whole(&file, true)?;
    let forged = dir.join("forged.json");
    std::fs::write(&forged, text.replace("eu-central-1", "eu-central-2"))?;
    ensure!(verify(&forged)?.code == 1, "a changed report is believed");
    openssl_finds_it_whole(&forged, false)
}

fn openssl_finds_it_whole(file: &Path, is_whole: bool) -> Result<()> {
    // RFC 8410 §4: the twelve octets before an Ed25519 key.
    let parts = "import base64,json,sys\nd=json.load(open(sys.argv[1]))\nb=base64.b64decode\n\
                 open(sys.argv[1]+'.der','wb').write(bytes.fromhex('302a300506032b6570032100')+b(d['public']))\n\
                 open(sys.argv[1]+'.sig','wb').write(b(d['signature']))\n\
                 open(sys.argv[1]+'.txt','w').write(d['report'])";
    succeed(Command::new(PYTHON).args(["-c", parts]).arg(file))?;
    let part = |end: &str| format!("{}.{end}", file.display());
    let mut openssl = Command::new("openssl");
    openssl.args(["pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", &part("der"), "-rawin"]);
    let said = run(openssl.args(["-in", &part("txt"), "-sigfile", &part("sig")]))?;
    ensure!((said.code == 0) == is_whole, "openssl says {}", said.all());
    Ok(())
}
