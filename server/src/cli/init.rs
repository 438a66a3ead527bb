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

/// Stands for the key that is made once all else is right.
const PUBLIC_LATER: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

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
    /// What staff will type into a browser, such as `https://secours-mairie.example`; outside the mail domains.
    /// Passkeys are bound to its host, so it is best fixed now
    #[arg(long, value_name = "URL")]
    origin: Option<String>,
}

impl Init {
    pub fn run(self) -> Result<ExitCode> {
        let file = self.dir.join("relais.toml");
        if file.exists() {
            bail!("{} exists already; remove it or choose another folder", file.display());
        }
        // Nothing is written that would be refused.
        Config::from_text(&self.text(PUBLIC_LATER), &file)?;
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
            "{} is written; set {}[directory], [primary] and [dns] in it.",
            file.display(),
            if self.organisation.is_some() && !self.domains.is_empty() { "" } else { "organisation, domains, " }
        ))?;
        say(keys::advice(&self.dir))?;
        say(format_args!("Then: relais serve -c {}", file.display()))?;
        Ok(ExitCode::SUCCESS)
    }

    /// The example with what is known filled in.
    fn text(&self, unlock_public: &str) -> String {
        let mut text = String::new();
        let mut section = "";
        for line in EXAMPLE.lines() {
            let said = line.strip_prefix("#: ").unwrap_or(line);
            if said.starts_with('[') {
                section = said;
            }
            let filled = match line.split_once(" = ").map_or(line, |(key, _)| key) {
                "organisation" => self.organisation.as_ref().map(|name| format!("organisation = {}", quoted(name))),
                "domains" if !self.domains.is_empty() => Some(format!("domains = {}", list(&self.domains))),
                "#: unlock_public" if section == "[seal]" => Some(format!("unlock_public = \"{unlock_public}\"")),
                "#: origin" if section == "[webmail]" => {
                    self.origin.as_ref().map(|url| format!("origin = {}", quoted(url)))
                }
                "#: relying_party" => {
                    self.origin.as_deref().map(|url| format!("relying_party = {}", quoted(host_of(url))))
                }
                "#: unlock_key_file" if section == "[seal]" => Some("unlock_key_file = \"unlock.key\"".to_owned()),
                _ => None,
            };
            text.push_str(filled.as_deref().unwrap_or(line));
            text.push('\n');
        }
        text
    }
}

/// The host of `https://host:port/`.
fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', ':']).next().unwrap_or(rest)
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    fn init(dir: &Path, origin: &str) -> Init {
        let domains = vec![Domain::parse("mairie.test").unwrap()];
        Init { dir: dir.to_owned(), organisation: Some("Mairie".to_owned()), domains, origin: Some(origin.to_owned()) }
    }

    #[test]
    fn what_passkeys_are_bound_to_is_fixed_at_the_beginning() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("relais");
        init(&dir, "https://secours-mairie.example").run().unwrap();
        let config = Config::load(&dir.join("relais.toml")).unwrap();
        assert_eq!(config.webmail.origin.as_deref(), Some("https://secours-mairie.example"));
        assert_eq!(config.webmail.relying_party.unwrap().as_str(), "secours-mairie.example");
        assert_eq!(config.console.origin, None);
    }

    #[test]
    fn an_origin_inside_the_mail_domains_is_refused_and_nothing_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("relais");
        assert!(init(&dir, "https://secours.mairie.test").run().is_err());
        assert!(!dir.exists());
    }
}
