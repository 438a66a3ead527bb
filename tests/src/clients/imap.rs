//! Python's imaplib as a mail reader (`clients/imap_mail.py`).

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::{PYTHON, script};
use crate::lab::dovecot::{MASTER, MASTER_PASSWORD};
use crate::lab::net::{Host, Net};
use crate::lab::run::{feed, run};

/// One account on one server.
#[derive(Clone)]
pub struct Reader {
    host: Host,
    port: u16,
    options: Vec<String>,
    user: String,
    password: String,
}

/// A message as a reader sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// UID in its folder.
    pub uid: u64,
    /// Flags without `\Recent`, sorted.
    pub flags: Vec<String>,
    /// INTERNALDATE, seconds since 1970.
    pub received_s: i64,
    /// Bytes.
    pub size: u64,
    /// SHA-256 of all of it.
    pub sha256: String,
    /// SHA-256 of what follows the header.
    pub body_sha256: String,
    /// `Message-ID`.
    pub message_id: String,
    /// Decoded `Subject`.
    pub subject: String,
    /// `Relais-Id`, empty when there is none.
    pub relais_id: String,
}

/// A folder as a reader sees it.
#[derive(Clone, Debug)]
pub struct SeenFolder {
    /// LIST attributes.
    pub attributes: Vec<String>,
    /// UIDVALIDITY.
    pub uidvalidity: u64,
    /// Its messages by UID.
    pub messages: Vec<Seen>,
}

/// A mailbox as a reader sees it.
pub type SeenMailbox = BTreeMap<String, SeenFolder>;

impl Reader {
    /// Somebody's mailbox at the primary, by the master user.
    pub fn at_primary(login: &str) -> Self {
        Self {
            host: Host::Primary,
            port: 143,
            options: vec![],
            user: format!("{login}@corp.test*{MASTER}"),
            password: MASTER_PASSWORD.into(),
        }
    }

    /// Somebody's mailbox at Relais, over implicit TLS.
    pub fn at_standby(user: &str, password: &str) -> Self {
        Self {
            host: Host::Standby,
            port: 993,
            options: vec!["--tls".into()],
            user: user.into(),
            password: password.into(),
        }
    }

    /// The same on another host.
    #[must_use]
    pub fn on(mut self, host: Host) -> Self {
        self.host = host;
        self
    }

    /// The same over STARTTLS on port 143.
    pub fn with_starttls(mut self) -> Self {
        self.port = 143;
        self.options = vec!["--starttls".into()];
        self
    }

    /// The command line for `arguments`, on a machine of staff.
    pub fn command(&self, net: &Net, arguments: &[&str]) -> std::process::Command {
        let mut command = net.command(Host::Staff, PYTHON);
        command.arg(script("imap_mail.py")).args(&self.options);
        command.args([&self.host.address(), &self.port.to_string(), &self.user, &self.password]);
        command.args(arguments);
        command
    }

    /// Does any command; its standard output.
    pub fn act(&self, net: &Net, arguments: &[&str], input: &[u8]) -> Result<String> {
        feed(&mut self.command(net, arguments), input)
    }

    /// Can this account sign in? The server's complaint when not.
    pub fn refused(&self, net: &Net) -> Result<Option<String>> {
        let said = run(&mut self.command(net, &["dump"]))?;
        Ok((said.code != 0).then(|| said.all()))
    }

    /// Everything in the mailbox.
    pub fn look(&self, net: &Net) -> Result<SeenMailbox> {
        let said: Value = serde_json::from_str(&self.act(net, &["dump"], b"")?)?;
        let folders = said.as_object().context("not an object")?;
        folders.iter().map(|(name, folder)| Ok((name.clone(), seen_folder(folder)?))).collect()
    }

    /// Lays a message into a folder by APPEND.
    pub fn append(&self, net: &Net, laid: &Laid<'_>) -> Result<()> {
        let seconds = laid.received_at.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs();
        self.act(net, &["append", laid.folder, laid.flags, &seconds.to_string()], laid.raw).map(drop)
    }
}

/// What APPEND is given.
pub struct Laid<'a> {
    /// Folder.
    pub folder: &'a str,
    /// Flags, such as `\\Seen`.
    pub flags: &'a str,
    /// INTERNALDATE.
    pub received_at: SystemTime,
    /// The message.
    pub raw: &'a [u8],
}

fn seen_folder(value: &Value) -> Result<SeenFolder> {
    let messages = value["messages"].as_array().context("no messages")?;
    Ok(SeenFolder {
        attributes: texts(&value["attributes"]),
        uidvalidity: value["uidvalidity"].as_u64().context("no uidvalidity")?,
        messages: messages.iter().map(seen).collect::<Result<_>>()?,
    })
}

fn seen(value: &Value) -> Result<Seen> {
    let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
    Ok(Seen {
        uid: value["uid"].as_u64().context("no uid")?,
        flags: texts(&value["flags"]),
        received_s: value["received_s"].as_i64().context("no date")?,
        size: value["size"].as_u64().context("no size")?,
        sha256: text("sha256"),
        body_sha256: text("body_sha256"),
        message_id: text("message_id"),
        subject: text("subject"),
        relais_id: text("relais_id"),
    })
}

fn texts(value: &Value) -> Vec<String> {
    value
        .as_array()
        .map(|list| list.iter().filter_map(|one| one.as_str().map(Into::into)).collect())
        .unwrap_or_default()
}

/// Looks a mailbox over for subjects.
pub trait Subjects {
    /// Folders in which a message with this subject lies, once for each.
    fn places(&self, subject: &str) -> Vec<&str>;
}

impl Subjects for SeenMailbox {
    fn places(&self, subject: &str) -> Vec<&str> {
        let all = self.iter().flat_map(|(name, folder)| folder.messages.iter().map(move |one| (name, one)));
        all.filter(|(_, one)| one.subject == subject).map(|(name, _)| name.as_str()).collect()
    }
}
