//! In standby, with the unlock key elsewhere, the data folder is copied away and searched.
//!
//! Nothing of what people wrote or how they named their folders is in it, in any packing; a program that was written
//! from `docs/format.md` alone (`clients/decrypt.py`) reads everything with the key and nothing without.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};
use tests::clients::{PYTHON, script};
use tests::lab::history;
use tests::lab::run::{feed, run, succeed};
use tests::stage::Stage;

pub fn play(dir: &Path) -> Result<()> {
    let mut stage = Stage::standby(dir)?;
    // The disk is stolen from a running machine: nothing had a chance to tidy up.
    stage.relais.kill_hard()?;
    let stolen = dir.join("stolen");
    succeed(Command::new("cp").arg("-a").arg(stage.relais.data()).arg(&stolen))?;
    let words = words(&stage);
    let found = leaks(&stolen, &words)?;
    ensure!(found.is_empty(), "read on the stolen disk:\n{found}");
    the_search_finds_what_is_there(dir)?;
    decrypts_with_the_key_only(&stage, &stolen)
}

/// Words from bodies, subjects and folder names.
pub fn words(stage: &Stage) -> Vec<String> {
    let bodies = stage.expected.iter().map(|one| one.word.clone());
    let fixed = ["Élus", "École Zola", "Projets", "Marches", "bienvenue", "Cordialement", "motp017", "ami@partner.test"];
    bodies.chain(fixed.map(str::to_owned)).collect()
}

pub fn leaks(folder: &Path, words: &[String]) -> Result<String> {
    feed(Command::new(PYTHON).arg(script("leaks.py")).arg(folder), words.join("\n").as_bytes())
}

/// A search that finds nothing proves nothing, unless it finds what was hidden for it.
fn the_search_finds_what_is_there(dir: &Path) -> Result<()> {
    let planted = dir.join("planted");
    std::fs::create_dir_all(&planted)?;
    let mut text = b"some noise ".repeat(40);
    text.extend_from_slice("motplante et Élus".as_bytes());
    std::fs::write(planted.join("text"), &text)?;
    succeed(Command::new("zstd").args(["-q", "--rm"]).arg(planted.join("text")))?;
    let packed = std::fs::read(planted.join("text.zst"))?;
    std::fs::write(planted.join("text.zst"), [b"0123456789".to_vec(), packed].concat())?;
    let found = leaks(&planted, &["motplante".to_owned(), "Élus".to_owned()])?;
    let in_frames = found.lines().filter(|line| line.contains("zstd frame")).count();
    ensure!(in_frames == 2, "the search missed what was hidden for it: {found}");
    Ok(())
}

fn decrypts_with_the_key_only(stage: &Stage, stolen: &Path) -> Result<()> {
    let decrypt = |key: &Path| {
        let mut command = Command::new(PYTHON);
        command.arg(script("decrypt.py")).arg(stolen).arg(key).arg("accueil@corp.test");
        run(&mut command)
    };
    let said = decrypt(&stage.hidden_key())?;
    ensure!(said.code == 0, "the independent program fails with the key: {}", said.all());
    for one in &stage.expected {
        ensure!(said.out.contains(&one.word), "{} was not decrypted", one.word);
        ensure!(said.out.contains(one.folder), "the folder {} was not decrypted", one.folder);
    }
    ensure!(!said.out.contains(history::TOO_OLD_WORD), "mail from before the window was kept");
    let other = stage.dir().join("other");
    let mut new = Command::new(tests::lab::relais::binary()?);
    succeed(new.args(["keys", "new", "--out"]).arg(&other))?;
    let said = decrypt(&other.join("unlock.key"))?;
    ensure!(said.code != 0 && !said.out.contains("mot0x0"), "another key opens it: {}", said.all());
    Ok(())
}
