//! An authenticated connection to an LDAP server.

use std::time::Duration;

use ldap3::{Ldap, LdapConnAsync, LdapConnSettings, LdapError, Scope, SearchEntry, StdStream};

use super::{Settings, fence};
use crate::{Result, SyncError, tls};

/// RFC 4533 §2.2, the Sync Request control.
const SYNC_REQUEST: &str = "1.3.6.1.4.1.4203.1.9.1.1";
/// RFC 4511 §A.1: wrong name or password, or not enough rights.
const INVALID_CREDENTIALS: u32 = 49;
const INSUFFICIENT_RIGHTS: u32 = 50;

/// An open connection.
#[derive(Debug)]
pub(super) struct Connection {
    ldap: Ldap,
    answer: Duration,
    /// Whether the server knows content synchronisation.
    pub(super) synchronises: bool,
}

impl Connection {
    /// Connects, binds, and asks what the server can.
    pub(super) async fn open(settings: &Settings) -> Result<Self> {
        let answer = Duration::from_secs(settings.answer_s);
        let mut how = LdapConnSettings::new().set_conn_timeout(answer).set_starttls(settings.starttls);
        if settings.starttls || settings.url.starts_with("ldaps:") {
            how = how.set_config(tls::client_config(settings.ca_file.as_deref())?);
        }
        if let Some(host) = in_the_clear(settings) {
            let connecting = tokio::time::timeout(answer, fence::connect(&host)).await;
            let connected = connecting.map_err(|_| SyncError::Slow { primary: settings.url.clone() })?;
            let stream = connected.map_err(|error| refine(settings, error.into()))?;
            how = how.set_std_stream(StdStream::Tcp(stream));
        }
        let (driving, ldap) =
            LdapConnAsync::with_settings(how, &settings.url).await.map_err(|e| refine(settings, e))?;
        tokio::spawn(async move {
            if let Err(error) = driving.drive().await {
                tracing::debug!(%error, "the connection to the directory ended");
            }
        });
        let mut connection = Self { ldap, answer, synchronises: false };
        connection.bind(settings).await?;
        connection.synchronises = connection.supports(settings, SYNC_REQUEST).await?;
        Ok(connection)
    }

    /// A handle for the next operation, with its time limit set.
    pub(super) fn ldap(&mut self) -> &mut Ldap {
        self.ldap.with_timeout(self.answer)
    }

    pub(super) fn is_open(&mut self) -> bool {
        !self.ldap.is_closed()
    }

    async fn bind(&mut self, settings: &Settings) -> Result<()> {
        let Some(dn) = &settings.bind_dn else { return Ok(()) };
        let bound = self.ldap().simple_bind(dn, &settings.password).await;
        bound.and_then(ldap3::LdapResult::success).map_err(|error| refine(settings, error))?;
        Ok(())
    }

    async fn supports(&mut self, settings: &Settings, control: &str) -> Result<bool> {
        let asked = self.ldap().search("", Scope::Base, "(objectClass=*)", vec!["supportedControl"]).await;
        let (entries, _) = asked.and_then(ldap3::SearchResult::success).map_err(|error| refine(settings, error))?;
        Ok(entries
            .into_iter()
            .map(SearchEntry::construct)
            .any(|entry| entry.attrs.values().flatten().any(|value| value == control)))
    }
}

/// Host and port, when the connection stays in the clear.
fn in_the_clear(settings: &Settings) -> Option<String> {
    let rest = settings.url.strip_prefix("ldap://").filter(|_| !settings.starttls)?;
    let host = rest.split('/').next().unwrap_or(rest);
    let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    Some(if has_port { host.to_owned() } else { format!("{host}:389") })
}

/// What an error of ldap3 means to us.
pub(super) fn refine(settings: &Settings, error: LdapError) -> SyncError {
    let (primary, cause) = (settings.url.clone(), error.to_string());
    match error {
        LdapError::Timeout { .. } => SyncError::Slow { primary },
        LdapError::LdapResult { result } => {
            let cause = format!("{} ({})", result.text, result.rc);
            match result.rc {
                INVALID_CREDENTIALS | INSUFFICIENT_RIGHTS => SyncError::SignIn { primary, cause },
                _ => SyncError::Refused { primary, cause },
            }
        }
        LdapError::FilterParsing | LdapError::UrlParsing { .. } | LdapError::UnknownScheme(_) => {
            SyncError::Refused { primary, cause }
        }
        LdapError::EndOfStream => SyncError::Rubbish { primary, cause },
        LdapError::Io { source } => match source.get_ref().and_then(|cause| cause.downcast_ref()) {
            Some(rustls::Error::InvalidCertificate(cause)) => {
                SyncError::Untrusted { primary, cause: cause.to_string() }
            }
            _ => SyncError::Down { primary, cause },
        },
        _ => SyncError::Down { primary, cause },
    }
}
