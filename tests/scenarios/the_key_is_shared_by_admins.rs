//! The unlock key is on no machine: three admins hold shares, two of them open the mailboxes. One share opens nothing,
//! nor does a share of another day or of another house; mail is accepted all the while. Debian's `age` opens the files.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail, ensure};
use tests::clients::flood::Flood;
use tests::lab::config::unlock_key;
use tests::lab::run::{feed, succeed};
use tests::stage::Stage;
use tests::wait::{until, until_true};

use crate::an_acknowledged_message_is_lost::all_are_there_once;

const ADMINS: [&str; 3] = ["anne", "bruno", "chloe"];

pub fn play(dir: &Path) -> Result<()> {
    let mut stage = Stage::installed(dir)?;
    let safe = dir.join("safe");
    std::fs::create_dir_all(&safe)?;
    for admin in ADMINS {
        succeed(Command::new("age-keygen").arg("-o").arg(safe.join(format!("{admin}.identity"))))?;
    }
    let lines = split(&safe, &unlock_key(stage.dir()), "friday")?;
    split(&safe, &unlock_key(stage.dir()), "saturday")?;
    succeed(Command::new(tests::lab::relais::binary()?).args(["keys", "new", "--out"]).arg(safe.join("other")))?;
    split(&safe, &safe.join("other/unlock.key"), "elsewhere")?;
    take_the_key_away(&stage, &lines)?;
    stage.relais.start()?;
    stage.wait_until_followed()?;
    leaves_no_core(&mut stage)?;

    stage.relais.order(&["failover", "start", "--detach", "--clean-point", "everything"])?;
    let reader = stage.reader("accueil")?;
    let net = Arc::clone(&stage.world.net);
    waits_for(&stage, "0 of 2")?;
    let flood = Flood::start(&net, 4, "accueil@corp.test", "sealed");
    until_true("twenty acknowledged letters", || Ok(flood.acknowledged() >= 20))?;
    let acknowledged = flood.finish();

    gives(&stage, &decrypted(&safe, "anne", "friday")?, Ok("1 of 2"))?;
    waits_for(&stage, "1 of 2")?;
    ensure!(reader.refused(&net)?.is_some(), "a mailbox opened with one share");
    gives(&stage, &decrypted(&safe, "anne", "friday")?, Ok("1 of 2"))?;
    gives(&stage, &decrypted(&safe, "bruno", "saturday")?, Err("ceremony"))?;
    gives(&stage, &decrypted(&safe, "bruno", "elsewhere")?, Err("another unlock key"))?;
    gives(&stage, "relais-share-1:nonsense", Err("share"))?;
    ensure!(reader.refused(&net)?.is_some(), "a mailbox opened with shares that do not belong together");
    let share = decrypted(&safe, "chloe", "friday")?;
    gives(&stage, &share, Ok("2 of 2"))?;
    stage.relais.wait_for_phase("active")?;
    all_are_there_once(&reader.look(&net)?, &acknowledged)?;
    is_written_nowhere(stage.relais.dir(), &share)
}

/// Splits a key among the three; what it prints for the configuration.
fn split(safe: &Path, key: &Path, day: &str) -> Result<String> {
    let mut command = Command::new(tests::lab::relais::binary()?);
    command.args(["keys", "split", "--needed", "2", "--key"]).arg(key).arg("--out").arg(safe.join(day));
    for admin in ADMINS {
        let identity = safe.join(format!("{admin}.identity"));
        let recipient = succeed(Command::new("age-keygen").arg("-y").arg(identity))?;
        command.arg("--admin").arg(format!("{admin}={}", recipient.trim()));
    }
    succeed(&mut command)
}

/// An admin at their own machine, with their own tool.
fn decrypted(safe: &Path, admin: &str, day: &str) -> Result<String> {
    let (identity, file) = (safe.join(format!("{admin}.identity")), safe.join(day).join(format!("{admin}.share.age")));
    succeed(Command::new("age").args(["--decrypt", "-i"]).arg(identity).arg(file))
}

/// The key leaves for good, and the configuration says who has it now.
fn take_the_key_away(stage: &Stage, lines: &str) -> Result<()> {
    std::fs::remove_file(unlock_key(stage.dir()))?;
    let lines: String = lines.lines().filter(|line| !line.starts_with('[')).map(|line| format!("{line}\n")).collect();
    let toml = std::fs::read_to_string(stage.relais.config())?;
    Ok(std::fs::write(stage.relais.config(), toml.replacen("[seal]\n", &format!("[seal]\n{lines}"), 1))?)
}

fn leaves_no_core(stage: &mut Stage) -> Result<()> {
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", stage.relais.daemon()?.pid()))?;
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).context("no limit of core files")?;
    let words: Vec<&str> = core.split_whitespace().collect();
    ensure!(words.get(4..6) == Some(&["0", "0"]), "{core}");
    Ok(())
}

fn waits_for(stage: &Stage, shares: &str) -> Result<()> {
    until(&format!("the switch to wait with {shares} shares"), || {
        let findings = stage.relais.status()?["findings"].clone();
        let found = findings.as_array().into_iter().flatten().find(|finding| finding["name"] == "unlock-key");
        let remedy = found.and_then(|finding| finding["remedy"].as_str()).unwrap_or_default();
        Ok((remedy.contains(shares) && remedy.contains("keys unseal")).then_some(()))
    })
}

/// Gives a share on standard input; the answer, or the refusal, has these words.
fn gives(stage: &Stage, share: &str, expected: Result<&str, &str>) -> Result<()> {
    let mut command = stage.relais.bare(&["keys", "unseal"])?;
    let said = feed(command.arg("-c").arg(stage.relais.config()), share.as_bytes());
    match (expected, said) {
        (Ok(words), Ok(said)) => ensure!(said.contains(words), "it said {said}"),
        (Err(words), Err(refusal)) => ensure!(refusal.to_string().contains(words), "it said {refusal}"),
        (Ok(_), Err(refusal)) => return Err(refusal),
        (Err(words), Ok(said)) => bail!("it was to be refused for its {words}, and was taken: {said}"),
    }
    Ok(())
}

/// Neither the share nor its secret part is in any file of the installation, its log included.
fn is_written_nowhere(folder: &Path, share: &str) -> Result<()> {
    let secret = share.trim().rsplit(':').nth(1).context("a share has a value")?.as_bytes();
    let mut folders: Vec<PathBuf> = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.is_file() {
                let bytes = std::fs::read(&path)?;
                ensure!(!bytes.windows(secret.len()).any(|some| some == secret), "a share is in {}", path.display());
            }
        }
    }
    Ok(())
}
