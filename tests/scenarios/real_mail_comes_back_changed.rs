//! Mail that no one here wrote, in over SMTP and out over IMAP: malformed, legacy, 8-bit, with endless lines.
//! What IMAP returns ends with exactly what was sent.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use tests::clients::{PYTHON, script};
use tests::lab::net::Host;
use tests::lab::run::{feed, succeed};
use tests::stage::Stage;

/// So many came with mail-parser 0.11.9, beside what its parser makes of them; Python 3.11 has 47.
const PARSER_MIN: usize = 110;
const PYTHON_MIN: usize = 47;

pub fn play(dir: &Path) -> Result<()> {
    let files = corpus()?;
    let stage = Stage::reception(dir, |parts| parts)?;
    let net = &stage.world.net;
    let list: String = files.iter().map(|file| format!("{}\n", file.display())).collect();
    let address = Host::Standby.address();
    let mut send = net.command(Host::Partner, PYTHON);
    send.arg(script("corpus.py")).args(["send", &address, "25", "ami@partner.test", "accueil@corp.test"]);
    let accepted = feed(&mut send, list.as_bytes())?;
    ensure!(accepted.trim() == files.len().to_string(), "{} of {} were accepted", accepted.trim(), files.len());
    let password = stage.app_password("accueil@corp.test")?;
    let mut find = net.command(Host::Staff, PYTHON);
    find.arg(script("corpus.py")).arg("find").arg(stage.world.pki.ca());
    find.args([&address, "993", "accueil@corp.test", &password]);
    feed(&mut find, list.as_bytes()).map(drop)
}

/// The messages that come with a mail parser and with Debian's Python.
fn corpus() -> Result<Vec<PathBuf>> {
    let (mut parser, mut python) = (Vec::new(), Vec::new());
    collect(&crate_folder("mail-parser")?.join("resources"), &mut parser)?;
    let folder = Path::new("/usr/lib/python3.11/test/test_email/data");
    ensure!(folder.is_dir(), "libpython3.11-testsuite is not installed");
    collect(folder, &mut python)?;
    println!("         {} messages of a mail parser, {} of Python", parser.len(), python.len());
    ensure!(parser.len() >= PARSER_MIN && python.len() >= PYTHON_MIN, "some of the mail was not found");
    let mut files = [parser, python].concat();
    files.sort();
    Ok(files)
}

/// Where cargo keeps the source of a crate that the workspace uses.
fn crate_folder(name: &str) -> Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    // What only other platforms need was never fetched.
    let platform = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let mut metadata = Command::new(cargo);
    metadata.args(["metadata", "--format-version", "1", "--locked", "--offline", "--filter-platform", &platform]);
    metadata.current_dir(tests::folder());
    let said: serde_json::Value = serde_json::from_str(&succeed(&mut metadata)?)?;
    let packages = said["packages"].as_array().context("no packages")?;
    let package = packages.iter().find(|package| package["name"] == name).context("not in the workspace")?;
    let manifest = package["manifest_path"].as_str().context("no path")?;
    Ok(Path::new(manifest).parent().context("no folder")?.to_path_buf())
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        let parent = dir.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let end = path.extension().and_then(|end| end.to_str()).unwrap_or_default();
        if path.is_dir() {
            collect(&path, files)?;
        } else if matches!(end, "eml" | "txt") || matches!(parent, "cur" | "new") {
            files.push(path);
        }
    }
    Ok(())
}
