//! The server: a listener, a connection, and one file a command.
//!
//! ```text
//!   serve ── connection ── Wire (lines, literals, TLS, time-outs)
//!                 │
//!                 └── Session ── login, folders, list, status, append      (signed in)
//!                        └─ View ── fetch, store, search, copy, expunge, idle    (a folder selected)
//! ```

mod append;
mod capability;
mod connection;
mod copy;
mod expunge;
mod fetch;
mod folders;
mod gate;
mod idle;
mod list;
mod literal;
mod login;
mod search;
mod section;
mod select;
mod sequence;
mod session;
mod status;
mod store;
mod view;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::{Accounts, Limits};
use gate::Gate;

/// What a listener offers.
pub struct Service<A> {
    /// Who may sign in.
    pub accounts: Arc<A>,
    /// Our name, in the greeting.
    pub hostname: String,
    /// How much a client may ask of us.
    pub limits: Arc<Limits>,
    /// For STARTTLS, or from the first byte on.
    pub tls: Option<Arc<rustls::ServerConfig>>,
    /// TLS starts with the connection, as on port 993 (RFC 8314 §3.2).
    pub implicit_tls: bool,
    /// Passwords are taken without TLS. Only for a stage on loopback.
    pub danger_plain_sign_in: bool,
}

impl<A> Clone for Service<A> {
    fn clone(&self) -> Self {
        Self {
            accounts: Arc::clone(&self.accounts),
            hostname: self.hostname.clone(),
            limits: Arc::clone(&self.limits),
            tls: self.tls.clone(),
            implicit_tls: self.implicit_tls,
            danger_plain_sign_in: self.danger_plain_sign_in,
        }
    }
}

/// Serves `listener` until `shutdown` becomes true; sessions then take leave.
pub async fn serve<A: Accounts>(listener: TcpListener, service: Service<A>, mut shutdown: watch::Receiver<bool>) {
    let gate = Gate::new(&service.limits);
    let mut sessions = JoinSet::new();
    while !*shutdown.borrow_and_update() {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((socket, peer)) => {
                    // Without this the last, small packet of an answer waits for an acknowledgement.
                    let _ = socket.set_nodelay(true);
                    if let Some(permit) = gate.enter(peer.ip()) {
                        let (service, shutdown) = (service.clone(), shutdown.clone());
                        sessions.spawn(async move {
                            let _permit = permit;
                            connection::converse(Box::new(socket), peer, service, shutdown).await;
                        });
                    }
                }
                Err(cause) => wait_for_resources(&cause).await,
            },
            Some(_) = sessions.join_next() => {}
            changed = shutdown.changed() => if changed.is_err() { break },
        }
    }
    drop(listener);
    let leave = async { while sessions.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(Duration::from_secs(5), leave).await;
    sessions.shutdown().await;
}

// Out of file descriptors or memory: the next accept would fail the same way at once.
async fn wait_for_resources(cause: &std::io::Error) {
    tracing::warn!(%cause, "cannot accept IMAP connections");
    tokio::time::sleep(Duration::from_millis(100)).await;
}
