//! `relais init DIR`

use std::fs::{DirBuilder, File};
use std::io::Write as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use mail::Domain;

use crate::config::{Config, EXAMPLE};
use crate::keys;
use crate::terminal::say;

#[derive(Debug, Args)]
pub struct Init {
    /// The folder to make or fill; nothing in it is overwritten
    dir: PathBuf,
    /// Whose mail this is, as screens show it
    #[arg(long, value_name = "NAME")]
    organisation: Option<String>,
    /// A mail domain of the organisation; give it as often as there are domains
    #[arg(long = "domain", value_name = "DOMAIN")]
    domains: Vec<Domain>,
}

impl Init {
    pub fn run(self) -> Result<ExitCode> {
        let file = self.dir.join("relais.toml");
        if file.exists() {
            bail!("{} exists already; remove it or choose another folder", file.display());
        }
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.dir)
            .with_context(|| format!("cannot make {}", self.dir.display()))?;
        let public = keys::new_unlock_pair(&self.dir)?;
        write_new(&file, &self.text(&public))?;
        let config = Config::load(&file)?;
        keys::HouseKeyFiles::in_folder(&config.secrets).load_or_make(&config.data)?;
        say(format_args!(
            "{} is written; set organisation, domains, [directory], [primary] and [dns] in it.",
            file.display()
        ))?;
        say(keys::advice(&self.dir))?;
        say(format_args!("Then: relais serve -c {}", file.display()))?;
        Ok(ExitCode::SUCCESS)
    }

    /// The example with what is known filled in.
    fn text(&self, unlock_public: &str) -> String {
        let mut text = String::new();
        for line in EXAMPLE.lines() {
            let filled = match line.split_once(" = ").map_or(line, |(key, _)| key) {
                "organisation" => self.organisation.as_ref().map(|name| format!("organisation = {}", quoted(name))),
                "domains" if !self.domains.is_empty() => Some(format!("domains = {}", list(&self.domains))),
                "#: unlock_public" => Some(format!("unlock_public = \"{unlock_public}\"")),
                "#: unlock_key_file" => Some("unlock_key_file = \"unlock.key\"".to_owned()),
                _ => None,
            };
            text.push_str(filled.as_deref().unwrap_or(line));
            text.push('\n');
        }
        text
    }
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn list(domains: &[Domain]) -> String {
    let names: Vec<String> = domains.iter().map(|domain| quoted(domain.as_str())).collect();
    format!("[{}]", names.join(", "))
}

fn write_new(path: &Path, text: &str) -> Result<()> {
    let mut file = File::create_new(path).with_context(|| format!("cannot write {}", path.display()))?;
    file.write_all(text.as_bytes())?;
    Ok(file.sync_all()?)
}
