//! The IMAP listeners of the configuration.

use std::sync::Arc;

use anyhow::Result;
use identity::Identity;
use imap::Limits;
use imap::server::{Service, serve};
use mail::Room;
use store::directory::Directory;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::people::People;
use crate::config::Config;
use crate::listen::bind_all;
use crate::posture::Posture;
use crate::reception::Addressing;

/// What the listeners work with.
pub struct Parts<'a> {
    /// Whose mailbox is where.
    pub addressing: &'a Arc<Addressing>,
    /// Who signs in.
    pub directory: &'a Directory,
    /// How.
    pub identity: &'a Identity,
    /// Our certificate.
    pub tls: &'a Arc<rustls::ServerConfig>,
    /// Whether there is a view.
    pub posture: &'a watch::Receiver<Posture>,
}

/// Binds and serves all IMAP listeners; they end with `shutdown`.
///
/// # Errors
/// An address that cannot be listened on.
pub async fn start(
    parts: Parts<'_>,
    config: &Config,
    tasks: &mut JoinSet<()>,
    shutdown: &watch::Receiver<bool>,
) -> Result<()> {
    let people = People {
        addressing: Arc::clone(parts.addressing),
        directory: parts.directory.clone(),
        identity: parts.identity.clone(),
        posture: parts.posture.clone(),
    };
    let starttls = Service {
        accounts: Arc::new(people),
        hostname: config.hostname(),
        limits: Arc::new(limits(config)),
        tls: Some(Arc::clone(parts.tls)),
        implicit_tls: false,
        danger_plain_sign_in: false,
    };
    let implicit = Service { implicit_tls: true, ..starttls.clone() };
    for (key, addresses, service) in
        [("imap.listen", &config.imap.listen, starttls), ("imap.listen_tls", &config.imap.listen_tls, implicit)]
    {
        for listener in bind_all(key, addresses).await? {
            tasks.spawn(serve(listener, service.clone(), shutdown.clone()));
        }
    }
    Ok(())
}

fn limits(config: &Config) -> Limits {
    Limits {
        // A message that can be sent can be kept in Sent.
        append_max_bytes: u32::try_from(config.smtp.size_max_bytes).unwrap_or(u32::MAX),
        room: Room::of(config.imap.held_max_bytes),
        connections_max: config.imap.connections_max,
        ..Limits::default()
    }
}
