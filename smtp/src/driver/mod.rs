//! The server's sockets: accepting, TLS, time-outs, limits on connections, stopping.
//!
//! ```text
//!   accept ── Gate (total, per peer) ── task per session: Session <── poll/feed ──> Stream (TCP | TLS)
//!      │                                        └── Ask ──> Reception, one question at a time
//!   shutdown: no more accepting, sessions retire between commands, the rest has `grace_s`
//! ```
//!
//! Nothing is read while a question is open, so a peer cannot run ahead of what is stored.

mod connection;
mod gate;
mod stream;

pub(crate) use stream::Stream;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use mail::Timestamp;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::Reception;
use crate::session::Settings;
use gate::Gate;

/// What a listener offers.
pub struct Service<R> {
    /// Who decides and stores.
    pub reception: Arc<R>,
    /// Name, mode and limits.
    pub settings: Arc<Settings>,
    /// For STARTTLS, or from the first byte on.
    pub tls: Option<Arc<rustls::ServerConfig>>,
    /// TLS starts with the connection, as on port 465 (RFC 8314 §3.3).
    pub implicit_tls: bool,
}

impl<R> Clone for Service<R> {
    fn clone(&self) -> Self {
        Self {
            reception: Arc::clone(&self.reception),
            settings: Arc::clone(&self.settings),
            tls: self.tls.clone(),
            implicit_tls: self.implicit_tls,
        }
    }
}

/// Serves `listener` until `shutdown` becomes true, then lets running transactions end.
pub async fn serve<R: Reception>(listener: TcpListener, service: Service<R>, mut shutdown: watch::Receiver<bool>) {
    let gate = Gate::new(&service.settings.limits);
    let mut sessions = JoinSet::new();
    while !*shutdown.borrow_and_update() {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((socket, _)) => begin(&mut sessions, socket, &service, &gate, &shutdown),
                Err(cause) => wait_for_resources(&cause).await,
            },
            Some(_) = sessions.join_next() => {}
            changed = shutdown.changed() => if changed.is_err() { break },
        }
    }
    drop(listener);
    let grace = Duration::from_secs(service.settings.limits.grace_s);
    let _ = tokio::time::timeout(grace, async { while sessions.join_next().await.is_some() {} }).await;
    sessions.shutdown().await;
}

fn begin<R: Reception>(
    sessions: &mut JoinSet<()>,
    socket: TcpStream,
    service: &Service<R>,
    gate: &Arc<Gate>,
    shutdown: &watch::Receiver<bool>,
) {
    // Without this the last, small packet of an exchange waits for an acknowledgement: 40 ms a message.
    let _ = socket.set_nodelay(true);
    let Ok(peer) = socket.peer_addr() else { return };
    let permit = gate.enter(peer.ip());
    let (service, shutdown) = (service.clone(), shutdown.clone());
    sessions.spawn(async move {
        let Some(_permit) = permit else { return connection::turn_away(socket, service.implicit_tls).await };
        if let Err(error) = connection::converse(socket, peer, &service, shutdown).await {
            tracing::debug!(%peer, %error, "an SMTP session broke");
        }
    });
}

// Out of file descriptors or memory: the next accept would fail the same way at once.
async fn wait_for_resources(cause: &std::io::Error) {
    tracing::warn!(%cause, "cannot accept SMTP connections");
    tokio::time::sleep(Duration::from_millis(100)).await;
}

#[expect(clippy::disallowed_methods, reason = "drivers read the clock; sessions are handed it")]
pub(crate) fn now() -> Timestamp {
    Timestamp::from_system(SystemTime::now())
}
