//! Signing in to somebody's mailbox at the primary.

use std::fmt;
use std::path::Path;

use imap::client::{Client, Listed, Security, Settings as Wire, Status};

use crate::{Result, SyncError, tls};

/// How mailboxes are reached and how much is asked of the primary.
#[derive(Clone)]
pub struct Settings {
    /// The server.
    pub wire: Wire,
    /// The sign-in name; `{address}` and `{local}` stand for the mailbox.
    pub login: String,
    /// The password that opens every mailbox under that name.
    pub password: String,
    /// Days of mail that a first copy takes.
    pub window_days: u32,
    /// Octets a second, all connections together; 0 for no limit.
    pub bytes_per_s: u64,
    /// A look that finds more than this share of a mailbox gone is a finding.
    pub deletions_max_percent: u32,
}

impl Settings {
    /// Settings with the usual limits.
    #[must_use]
    pub fn new(wire: Wire, login: &str, password: &str) -> Self {
        Self {
            wire,
            login: login.to_owned(),
            password: password.to_owned(),
            window_days: 30,
            bytes_per_s: 0,
            deletions_max_percent: 50,
        }
    }

    /// How it is called in findings.
    #[must_use]
    pub fn primary(&self) -> String {
        format!("{}:{}", self.wire.host, self.wire.port)
    }

    fn login_of(&self, address: &str) -> String {
        let local = address.rsplit_once('@').map_or(address, |(local, _)| local);
        self.login.replace("{address}", address).replace("{local}", local)
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("wire", &self.wire).field("login", &self.login).finish_non_exhaustive()
    }
}

/// TLS from the first byte on, or by STARTTLS, believing `ca_file` or the system's authorities.
///
/// # Errors
/// When the file holds no certificate.
pub fn security(starttls: bool, ca_file: Option<&Path>) -> Result<Security> {
    let config = tls::client_config(ca_file)?;
    Ok(if starttls { Security::Starttls(config) } else { Security::Tls(config) })
}

/// A session in one mailbox of the primary.
#[derive(Debug)]
pub struct Session {
    /// The connection.
    pub client: Client,
    /// Whether the server tells by itself what changed and vanished (RFC 7162).
    pub resynchronises: bool,
    primary: String,
}

impl Session {
    pub(crate) async fn open(settings: &Settings, address: &str) -> Result<Self> {
        let refine = |error| SyncError::imap(&settings.primary(), error);
        let mut client = Client::connect(&settings.wire).await.map_err(refine)?;
        client.login(&settings.login_of(address), &settings.password).await.map_err(refine)?;
        let resynchronises = client.enable(&["QRESYNC"]).await.map_err(refine)?;
        Ok(Self { client, resynchronises, primary: settings.primary() })
    }

    pub(crate) fn refine(&self, error: imap::Error) -> SyncError {
        SyncError::imap(&self.primary, error)
    }

    /// How the inbox stands. Nothing is read from it.
    ///
    /// # Errors
    /// When the primary refuses or answers rubbish.
    pub async fn inbox(&mut self) -> Result<Status> {
        let (path, wire) = ("INBOX".to_owned(), "INBOX".to_owned());
        let inbox = Listed { path, wire, role: None, selectable: true, separator: None, status: None };
        let stands = self.client.status(&inbox).await;
        stands.map_err(|error| self.refine(error))
    }

    /// Takes leave.
    pub async fn close(self) {
        self.client.logout().await;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn the_login_names_the_mailbox() {
        let mut settings = Settings::new(Wire::new("h", 143, Security::None), "{address}*migrator", "");
        assert_eq!(settings.login_of("a@corp.test"), "a@corp.test*migrator");
        settings.login = "CORP/svc/{local}".to_owned();
        assert_eq!(settings.login_of("a@corp.test"), "CORP/svc/a");
    }
}
