//! A directory behind LDAP: OpenLDAP and others by content synchronisation (RFC 4533), Active Directory by whole,
//! paged reading.
//!
//! ```text
//!   root DSE ── supports 1.3.6.1.4.1.4203.1.9.1.1? ──┬─ yes: refresh with the cookie of last time (sync)
//!                                                    └─ no:  page by page, all of it            (paged)
//! ```
//!
//! A connection stays open between looks. ldap3 panics at malformed values, so everything that reads a server's
//! answers runs in a task of its own, where a panic is one more kind of rubbish.

mod attributes;
mod connection;
mod fence;
mod members;
mod paged;
mod refresh;
mod settings;

use std::sync::Arc;

use tokio::sync::Mutex;

use self::connection::Connection;
use self::members::Names;
pub use self::settings::{RegionBy, Settings};
use super::Look;
use crate::{Result, SyncError};

/// A directory behind LDAP. A cheap clone.
#[derive(Clone, Debug)]
pub struct Ldap {
    settings: Arc<Settings>,
    open: Arc<Mutex<Open>>,
}

/// What is kept from one look to the next.
#[derive(Debug, Default)]
struct Open {
    connection: Option<Connection>,
    names: Names,
}

impl Ldap {
    /// A connector; it calls nobody yet.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { settings: Arc::new(settings), open: Arc::default() }
    }

    /// Looks at what changed since `cursor`, or at everything.
    ///
    /// # Errors
    /// When the server is down, slow, refuses, or answers rubbish.
    pub async fn look(&self, cursor: Option<Vec<u8>>) -> Result<Look> {
        let (settings, open) = (Arc::clone(&self.settings), Arc::clone(&self.open));
        let looking = tokio::spawn(async move {
            let mut open = open.lock().await;
            let looked = look_now(&settings, &mut open, cursor).await;
            if looked.is_err() {
                open.connection = None;
            }
            looked
        });
        match looking.await {
            Ok(looked) => looked,
            Err(_panicked) => {
                self.open.lock().await.connection = None;
                Err(SyncError::Rubbish { primary: self.settings.url.clone(), cause: "a malformed answer".to_owned() })
            }
        }
    }
}

async fn look_now(settings: &Settings, open: &mut Open, cursor: Option<Vec<u8>>) -> Result<Look> {
    let Open { connection, names } = open;
    let is_open = connection.as_mut().is_some_and(Connection::is_open);
    let connection = match connection {
        Some(connection) if is_open => connection,
        closed => closed.insert(Connection::open(settings).await?),
    };
    if !connection.synchronises {
        return paged::look(settings, connection, names).await;
    }
    match refresh::look(settings, connection, names, cursor.clone()).await? {
        Some(look) => Ok(look),
        // RFC 4533 §2.5 e-syncRefreshRequired: the cookie is of no use any more.
        None => refresh::look(settings, connection, names, None).await?.ok_or_else(|| SyncError::Refused {
            primary: settings.url.clone(),
            cause: "it demands a refresh and refuses it".to_owned(),
        }),
    }
}
