//! `relais.toml`: one file, read once, never overridden by anything else.
//!
//! ```text
//!   text ──toml──> Config ──resolve──> paths against the file's folder ──check──> Config | ConfigError
//!                                                    file:line: section.key: what is wrong, what is allowed
//! ```
//!
//! `deploy/relais.example.toml` shows every key with its default; a test keeps the two equal.

mod backup;
mod database;
mod error;
mod identity;
mod nodes;
mod place;
mod region;
mod sections;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use mail::{Address, Domain};
use serde::{Deserialize, Serialize};

pub use self::identity::Identity;
pub use backup::{Backup, Place as BackupPlace, resolve as resolve_place, target as backup_target};
pub use database::{Blobs, Database};
pub use error::ConfigError;
pub use nodes::Nodes;
pub use region::{Pinning, RegionSection};
pub use sections::{
    AlsoKind, AlsoRecord, Audit, Console, Directory, DirectoryConnector, Dns, Failover, History, Imap, Language, Log,
    LogFormat, Metrics, Outbound, Primary, PrimaryTls, Seal, SmarthostTls, Smtp, Submission, Syslog, Tls, UnlockBy,
    Webmail,
};

/// The example, which `relais init` fills in.
pub const EXAMPLE: &str = include_str!("../../../deploy/relais.example.toml");

/// The whole configuration.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Whose mail this is, as screens show it.
    pub organisation: String,
    /// The organisation's mail domains; the first names the house where one name is needed.
    pub domains: Vec<Domain>,
    /// Who reads mail to the postmaster where the directory names nobody.
    #[serde(default)]
    pub postmaster: Option<Address>,
    /// The data folder.
    pub data: PathBuf,
    /// Our name as the MX has it; `relais.` and the first domain when absent.
    #[serde(default)]
    pub hostname: Option<Domain>,
    /// The folder of the keys that lie outside the data folder.
    #[serde(default = "secrets_folder")]
    pub secrets: PathBuf,
    /// The name of this machine among those that write the store.
    #[serde(default = "node_name")]
    pub node: String,
    /// Mail from other organisations.
    #[serde(default)]
    pub smtp: Smtp,
    /// Mail from our own staff.
    #[serde(default)]
    pub submission: Submission,
    /// Mailboxes for mail programs.
    #[serde(default)]
    pub imap: Imap,
    /// Pages for the staff.
    #[serde(default)]
    pub webmail: Webmail,
    /// Pages for the admins.
    #[serde(default)]
    pub console: Console,
    /// What is asked of whoever signs in.
    #[serde(default)]
    pub identity: Identity,
    /// Our certificate.
    #[serde(default)]
    pub tls: Tls,
    /// Figures for Prometheus.
    #[serde(default)]
    pub metrics: Metrics,
    /// Where rows are kept.
    #[serde(default)]
    pub database: Database,
    /// Where large bodies are kept.
    #[serde(default)]
    pub blobs: Blobs,
    /// The other nodes on the same store.
    #[serde(default)]
    pub nodes: Nodes,
    /// The unlock key.
    #[serde(default)]
    pub seal: Seal,
    /// Where mailboxes are kept, when there is more than one place.
    #[serde(default)]
    pub region: Vec<RegionSection>,
    /// Whose are kept where.
    #[serde(default)]
    pub pinning: Pinning,
    /// What is kept of the primary's mail.
    #[serde(default)]
    pub history: History,
    /// The primary's directory.
    #[serde(default)]
    pub directory: Option<Directory>,
    /// The primary's mailboxes.
    #[serde(default)]
    pub primary: Option<Primary>,
    /// The records that a failover changes.
    #[serde(default)]
    pub dns: Option<Dns>,
    /// Who has to agree to a failover, and what is counted after it.
    #[serde(default)]
    pub failover: Failover,
    /// The audit log's outside witness.
    #[serde(default)]
    pub audit: Audit,
    /// Copies of the store.
    #[serde(default)]
    pub backup: Backup,
    /// Mail to other organisations.
    #[serde(default)]
    pub outbound: Outbound,
    /// What is written about it all.
    #[serde(default)]
    pub log: Log,
}

impl Config {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// [`ConfigError`] names file, line and key, and says what is allowed.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let unreadable = |cause| ConfigError::Unreadable { file: path.to_owned(), cause };
        let text = std::fs::read_to_string(path).map_err(unreadable)?;
        let folder = std::path::absolute(path).map_err(unreadable)?;
        let mut config = Self::parse(&text, path)?;
        config.resolve(folder.parent().unwrap_or(Path::new("/")));
        config.check(&text, path)?;
        Ok(config)
    }

    /// Checks the text of a file that is not there yet.
    ///
    /// # Errors
    /// As for [`Self::load`].
    pub fn from_text(text: &str, file: &Path) -> Result<Self, ConfigError> {
        let mut config = Self::parse(text, file)?;
        config.resolve(file.parent().unwrap_or(Path::new("/")));
        config.check(text, file)?;
        Ok(config)
    }

    fn parse(text: &str, file: &Path) -> Result<Self, ConfigError> {
        toml::from_str(text).map_err(|error| ConfigError::from_toml(&error, text, file))
    }

    /// The sections that a standby cannot do without, and that are not there.
    pub fn left_out(&self) -> impl Iterator<Item = &'static str> {
        let sections = [
            ("[directory]", self.directory.is_some()),
            ("[primary]", self.primary.is_some()),
            ("[dns]", self.dns.is_some()),
        ];
        sections.into_iter().filter(|(_, is_there)| !is_there).map(|(section, _)| section)
    }

    /// The control socket of the server that has this configuration.
    #[must_use]
    pub fn control_socket(&self) -> PathBuf {
        self.data.join("control.sock")
    }

    /// Our name, in greetings and trace headers.
    #[must_use]
    pub fn hostname(&self) -> String {
        let made_up =
            || self.domains.first().map_or_else(|| "localhost".to_owned(), |domain| format!("relais.{domain}"));
        self.hostname.as_ref().map_or_else(made_up, ToString::to_string)
    }

    /// Makes every path absolute.
    fn resolve(&mut self, folder: &Path) {
        let always = [&mut self.data, &mut self.secrets];
        let tls = [&mut self.tls.certificate_file, &mut self.tls.key_file];
        let ours = [&mut self.seal.unlock_key_file, &mut self.outbound.dkim_key_file];
        let paths = always
            .into_iter()
            .chain(self.dns.as_mut().map(|it| &mut it.key_file))
            .chain(tls.into_iter().flatten())
            .chain(ours.into_iter().flatten())
            .chain(self.audit.files())
            .chain(self.database.url_file.as_mut())
            .chain(self.blobs.options_file.as_mut())
            .chain(self.backup.options_file.as_mut())
            .chain(self.directory.iter_mut().flat_map(Directory::files))
            .chain(self.primary.iter_mut().flat_map(Primary::files))
            .chain(self.outbound.smarthost.iter_mut().flat_map(|it| it.password_file.as_mut()));
        for path in paths {
            *path = folder.join(&*path);
        }
        for path in self.region_files() {
            *path = folder.join(&*path);
        }
        for to in self.region.iter_mut().map(|region| &mut region.backup_to).chain([&mut self.backup.to]) {
            backup::resolve(to, folder);
        }
    }

    /// What no single key can tell.
    fn check(&self, text: &str, file: &Path) -> Result<(), ConfigError> {
        let wrong = |key: &str, what: &str| Err(ConfigError::at(file, text, key, what));
        if self.domains.is_empty() {
            return wrong("domains", "name at least one mail domain, such as [\"mairie.example\"]");
        }
        if let Some((key, what)) = self.wrong_keeping() {
            return wrong(key, what);
        }
        if self.history.window_days == 0 {
            return wrong(
                "history.window_days",
                "at least 1, or nothing would be there after a failover; 30 unless set",
            );
        }
        if self.database.is_wrong() {
            return wrong("database.prefix", "up to 20 lower-case letters, digits and _");
        }
        for (key, count) in [
            ("failover.approvals", self.failover.approvals),
            ("failover.failback_approvals", self.failover.failback_approvals),
        ] {
            if !(1..=2).contains(&count) {
                return wrong(key, "one or two people sign: 1 or 2");
            }
        }
        if self.postmaster.as_ref().is_some_and(|address| !self.domains.contains(address.domain())) {
            return wrong("postmaster", "the address must lie in one of the organisation's domains");
        }
        if self.tls.certificate_file.is_some() != self.tls.key_file.is_some() {
            return wrong("tls", "certificate_file and key_file belong together: give both or neither");
        }
        if self.outbound.dkim_key_file.is_some() != self.outbound.dkim_selector.is_some() {
            return wrong("outbound", "dkim_selector and dkim_key_file belong together: give both or neither");
        }
        for (key, held_max_bytes) in
            [("smtp.held_max_bytes", self.smtp.held_max_bytes), ("imap.held_max_bytes", self.imap.held_max_bytes)]
        {
            if held_max_bytes < self.smtp.size_max_bytes.saturating_mul(2) {
                return wrong(key, "must be at least twice smtp.size_max_bytes, or one message fills it");
            }
        }
        if let Some(what) = self.nodes.wrong() {
            return wrong("nodes.peers", &what);
        }
        if let Some(what) = self.webmail.wrong(&self.domains) {
            return wrong("webmail", &what);
        }
        if let Some(what) = self.console.wrong() {
            return wrong("console", &what);
        }
        if let Some((key, what)) = self.wrong_region().or_else(|| self.wrong_backup()) {
            return wrong(key, &what);
        }
        for (key, missing) in [
            ("directory", self.directory.as_ref().and_then(Directory::missing)),
            ("primary", self.primary.as_ref().and_then(Primary::missing)),
            ("dns", self.dns.as_ref().and_then(Dns::missing)),
            ("audit", self.audit.syslog.as_ref().and_then(Syslog::missing)),
        ] {
            if let Some(missing) = missing {
                return wrong(key, &missing);
            }
        }
        Ok(())
    }

    /// What is wrong with where keys and witness lie, and with who holds them.
    fn wrong_keeping(&self) -> Option<(&'static str, &'static str)> {
        if self.secrets.starts_with(&self.data) {
            return Some(("secrets", "the keys must lie outside the data folder, or whoever takes the disk has both"));
        }
        if self.seal.unlock_key_file.as_ref().is_some_and(|key| key.starts_with(&self.data)) {
            return Some(("seal.unlock_key_file", "the unlock key must lie outside the data folder"));
        }
        if !(2..=32).contains(&self.seal.shares_needed) {
            return Some(("seal.shares_needed", "a quorum is 2 to 32 shares, as `relais keys split` printed"));
        }
        let witness = self.audit.witness_file.as_ref().filter(|file| file.starts_with(&self.data));
        witness.map(|_| ("audit.witness_file", "the witness must lie outside the data folder, best on another machine"))
    }
}

/// The file of whoever names none: the one of this folder, or else the system's.
#[must_use]
pub fn usual_file() -> PathBuf {
    let (here, system) = (PathBuf::from("relais.toml"), PathBuf::from("/etc/relais/relais.toml"));
    if !here.exists() && system.exists() { system } else { here }
}

fn secrets_folder() -> PathBuf {
    PathBuf::from("secrets")
}

fn node_name() -> String {
    "relais-1".to_owned()
}

fn address(text: &str) -> Vec<SocketAddr> {
    text.parse().into_iter().collect()
}

#[cfg(test)]
mod tests;
