//! A new unlock key, region by region, and `kill -9` while mailboxes are wrapped for it: the rest is told by a finding, run again it goes
//! on, and in the end the new key alone opens what the old one did. A region with a key of its own is rotated by itself.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use tests::clients::PYTHON;
use tests::clients::imap::{Reader, Subjects as _};
use tests::clients::submission::{Letter, partner_sends};
use tests::lab::config::unlock_key;
use tests::lab::relais::binary;
use tests::lab::run::succeed;
use tests::stage::{Stage, people_csv};
use tests::wait::until_true;

use crate::mail_leaves_its_region::{public_half, two_regions};
use crate::the_disk_is_damaged::finding;

/// Several pages of a thousand rows: a kill finds some of them done.
const PEOPLE: usize = 2500;
const WHO: [&str; 2] = ["accueil", "bert"];

/// Keeps what is there, runs a command, kills it as soon as a mailbox is wrapped anew; prints how it ended and how many were.
const KILLER: &str = "import sqlite3,subprocess,sys
nowhere = subprocess.DEVNULL
database = sqlite3.connect(sys.argv[1])
wrapped = 'SELECT id, private FROM mailbox'
before = dict(database.execute(wrapped))
anew = lambda: sum(before[id] != private for id, private in database.execute(wrapped))
rotates = subprocess.Popen(sys.argv[2:], stdout=nowhere, stderr=nowhere)
while rotates.poll() is None:
    if anew():
        rotates.kill()
print(rotates.wait(), 0 < anew() < len(before))";

pub fn play(dir: &Path) -> Result<()> {
    let bonn = dir.join("bonn");
    let mut stage = Stage::reception_for(dir, &rows(), PEOPLE + 1, |parts| two_regions(parts, dir, &bonn))?;
    let readers = WHO.map(|who| stage.reader(who)).into_iter().collect::<Result<Vec<_>>>()?;
    for who in WHO {
        partner_writes(&stage, who, "avant")?;
    }
    read(&stage, &readers, "avant")?;
    let (main, own) = (unlock_key(dir), dir.join("bonn-key/unlock.key"));
    let (new_main, new_own) = (new_key(&dir.join("new"))?, new_key(&dir.join("bonn-new"))?);
    stage.relais.kill_hard()?;
    is_cut_down(&stage, &main, &new_main)?;

    stage.relais.start()?;
    let told = finding(&stage, "rotation")?.context("nobody says that a rotation has not ended")?;
    ensure!(told.contains("has not ended"), "it says {told}");
    ensure!(finding(&stage, "integrity")?.is_none(), "{:?}", finding(&stage, "integrity")?);
    partner_writes(&stage, "accueil", "pendant")?;
    stage.relais.kill_hard()?;

    for (section, (old, new)) in [(&main, &new_main), (&own, &new_own)].into_iter().enumerate() {
        rotate(&stage, section, old, new)?;
    }
    stage.relais.start()?;
    read(&stage, &readers, "avant")?;
    read(&stage, &readers[..1], "pendant")?;
    for name in ["rotation", "integrity"] {
        ensure!(finding(&stage, name)?.is_none(), "{name}: {:?}", finding(&stage, name)?);
    }
    stage.relais.order(&["audit", "verify"]).map(drop)
}

fn rows() -> String {
    let (head, people) = ("kind,name,address,aliases,region\n", people_csv(PEOPLE));
    let people = people.lines().skip(1).map(|line| format!("{line},\n"));
    format!("{head}{}person,Bert,bert@corp.test,,bonn\n", people.collect::<String>())
}

fn new_key(out: &Path) -> Result<PathBuf> {
    public_half(out)?;
    Ok(out.join("unlock.key"))
}

fn partner_writes(stage: &Stage, who: &str, word: &str) -> Result<()> {
    let to = format!("{who}@corp.test");
    partner_sends(&stage.world.net, &Letter { from: "ami@partner.test", to: &to, subject: word, body: word })
}

fn read(stage: &Stage, readers: &[Reader], subject: &str) -> Result<()> {
    for reader in readers {
        until_true(&format!("the letter {subject}"), || {
            let opens = reader.refused(&stage.world.net)?.is_none();
            Ok(opens && reader.look(&stage.world.net)?.places(subject) == ["INBOX"])
        })?;
    }
    Ok(())
}

fn orders(old: &Path, new: &Path) -> [String; 6] {
    let (old, new) = (old.display().to_string(), new.display().to_string());
    ["keys".to_owned(), "rotate".to_owned(), "--old".to_owned(), old, "--new".to_owned(), new]
}

/// Some mailboxes are wrapped for the new key, others are not.
fn is_cut_down(stage: &Stage, old: &Path, new: &Path) -> Result<()> {
    let mut killer = Command::new(PYTHON);
    killer.args(["-c", KILLER]).arg(stage.relais.data().join("region-main.db")).arg(binary()?);
    let ended = succeed(killer.args(orders(old, new)).arg("-c").arg(stage.relais.config()))?;
    ensure!(ended.trim() == "-9 True", "it was not killed on the way: {ended}");
    Ok(())
}

/// To its end, as an admin does it: the line that it prints goes into the section of the configuration, the new key to where the old one was.
fn rotate(stage: &Stage, section: usize, old: &Path, new: &Path) -> Result<()> {
    let orders = orders(old, new);
    let said = stage.relais.order(&orders.each_ref().map(String::as_str))?;
    println!("         {}", said.trim().replace('\n', "\n         "));
    let is_pin = |line: &&str| line.starts_with("unlock_public = ");
    let line = said.lines().find(is_pin).context("no public half was printed")?;
    let toml = std::fs::read_to_string(stage.relais.config())?;
    let pinned = toml.lines().filter(is_pin).nth(section).context("no such section")?;
    std::fs::write(stage.relais.config(), toml.replacen(pinned, line, 1))?;
    Ok(std::fs::copy(new, old).map(drop)?)
}
