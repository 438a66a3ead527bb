//! A wrong `relais.toml`: the complaint names file, line, key and what is allowed, and nothing is started.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};
use tests::lab::relais::binary;
use tests::lab::run::{Said, run};

const HEAD: &str = "organisation = \"Corp\"\ndomains = [\"corp.test\"]\ndata = \"data\"\n";

/// What is written below the head, the line it is wrong on, and words the complaint has to have.
const WRONG: [(&str, u32, &[&str]); 9] = [
    ("organization = \"x\"\n", 4, &["organization", "organisation"]),
    ("[smtp]\nlisten = [\"0.0.0.0:25\"]\nport = 25\n", 6, &["port", "listen"]),
    ("[smtpd]\n", 4, &["smtpd", "smtp"]),
    ("[imap]\nlisten = [\"here\"]\n", 5, &["listen"]),
    ("[history]\nwindow_days = \"a month\"\n", 5, &["window_days"]),
    ("[primary]\nconnector = \"exchange\"\nhost = \"x\"\nlogin = \"{address}\"\n", 5, &["connector", "imap"]),
    ("[primary]\nconnector = \"imap\"\nhost = \"x\"\nlogin = \"{address}\"\ntls = \"maybe\"\n", 8, &["tls", "starttls"]),
    ("[log]\nformat = \"xml\"\n", 5, &["format", "json"]),
    ("[dns]\nserver = \"ns1\"\n", 5, &["server"]),
];

pub fn play(dir: &Path) -> Result<()> {
    for (number, (wrong, line, words)) in WRONG.iter().enumerate() {
        let said = serve(dir, &format!("wrong-{number}.toml"), &format!("{HEAD}{wrong}"))?;
        let text = said.all();
        ensure!(said.code != 0, "started with {wrong:?}");
        ensure!(text.contains(&format!("wrong-{number}.toml:{line}")), "{wrong:?}: no file and line in {text}");
        let missing: Vec<_> = words.iter().filter(|word| !text.contains(**word)).collect();
        ensure!(missing.is_empty(), "{wrong:?}: {missing:?} not in {text}");
        ensure!(!text.contains("panicked"), "{wrong:?}: {text}");
    }
    let none = serve(dir, "empty.toml", "")?;
    ensure!(none.code != 0 && none.all().contains("organisation"), "an empty file: {}", none.all());
    let absent = run(Command::new(binary()?).args(["serve", "-c"]).arg(dir.join("absent.toml")))?;
    ensure!(absent.code != 0 && absent.all().contains("absent.toml"), "an absent file: {}", absent.all());
    ensure!(!dir.join("data").exists(), "a data folder was made all the same");
    Ok(())
}

fn serve(dir: &Path, name: &str, text: &str) -> Result<Said> {
    let file = dir.join(name);
    std::fs::write(&file, text)?;
    run(Command::new(binary()?).args(["serve", "-c"]).arg(&file).current_dir(dir))
}
