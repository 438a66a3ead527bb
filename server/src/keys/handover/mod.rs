//! Nodes hand opened keys to each other: admins bring the unlock key to one of them, and all can be read from.
//!
//! ```text
//!   node B, sealed, while an activity is on ── question ──> node A, open        mutual TLS (pass.rs)
//!                                          <── private halves ──               each compared with B's own rows
//! ```
//!
//! The unlock key itself never travels. What was handed on is in the audit log of both, by number.

mod pass;
mod wire;

use std::io;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use failover::Phase;
use serde_json::json;
use store::Store;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::{TlsAcceptor, TlsConnector};
use zeroize::Zeroizing;

pub use pass::Pass;
use wire::{ANSWER_MAX_BYTES, GREETING, Opened};

use crate::clock::now;
use crate::posture::Posture;

/// How long a node may take to connect, to ask and to answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often others are asked while something here is sealed that should not be, and how seldom at most.
const EVERY: Duration = Duration::from_secs(2);
const SELDOM: Duration = Duration::from_secs(60);
/// How many may ask at one time.
const ASKERS_MAX: usize = 8;

/// This node among the others.
#[derive(Clone)]
pub struct Handover {
    /// What is opened.
    pub store: Store,
    /// Whether an activity is on.
    pub posture: watch::Receiver<Posture>,
    /// Who may take part.
    pub pass: Pass,
    /// Our name, for the other's audit log.
    pub node: String,
    /// The others, as host:port.
    pub peers: Vec<String>,
}

impl Handover {
    /// Answers other nodes until `shutdown`.
    pub async fn answer(self, listener: TcpListener, mut shutdown: watch::Receiver<bool>) {
        let (acceptor, askers) = (TlsAcceptor::from(self.pass.server.clone()), JoinSet::new());
        let (mut askers, room) = (askers, std::sync::Arc::new(Semaphore::new(ASKERS_MAX)));
        loop {
            let socket = tokio::select! {
                _ = shutdown.changed() => return,
                Some(_) = askers.join_next() => continue,
                accepted = listener.accept() => accepted,
            };
            let (socket, from) = match socket {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a node could not be heard");
                    tokio::time::sleep(Duration::from_millis(200)).await;
                    continue;
                }
            };
            let Ok(place) = std::sync::Arc::clone(&room).try_acquire_owned() else { continue };
            let (handover, acceptor) = (self.clone(), acceptor.clone());
            askers.spawn(async move {
                match timeout(PATIENCE, handover.answer_one(&acceptor, socket)).await {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => tracing::warn!(error = format!("{error:#}"), %from, "a node was not answered"),
                    Err(_) => tracing::warn!(%from, "a node took too long to ask"),
                }
                drop(place);
            });
        }
    }

    async fn answer_one(&self, acceptor: &TlsAcceptor, socket: TcpStream) -> Result<()> {
        let mut stream = acceptor.accept(socket).await.context("it has no pass of ours")?;
        let mut greeting = [0; GREETING.len()];
        stream.read_exact(&mut greeting).await?;
        if greeting != *GREETING {
            bail!("it speaks something else; all nodes run the same release");
        }
        let mut name = vec![0; usize::from(stream.read_u8().await?)];
        stream.read_exact(&mut name).await?;
        let opened = self.opened();
        if opened.mailboxes() > 0 {
            let (to, mailboxes) = (String::from_utf8_lossy(&name), opened.mailboxes());
            let detail = json!({ "to": to, "mailboxes": mailboxes }).to_string();
            // Who reads the log has to find it there before it is done.
            self.store.directory().audit(now(), &self.node, "keys.handed_on", &detail).await?;
        }
        let octets = opened.write();
        stream.write_u32(u32::try_from(octets.len()).context("too many mailboxes for one answer")?).await?;
        stream.write_all(&octets).await?;
        Ok(stream.shutdown().await?)
    }

    /// What is open here; nothing outside an activity, when it is about to be closed.
    fn opened(&self) -> Opened {
        if self.posture.borrow().phase == Phase::Standby {
            return Opened::default();
        }
        let regions = self.store.regions().map(|region| (region.name().to_string(), region.opened_keys())).collect();
        Opened { regions, contacts: self.store.directory().opened_contact_keys() }
    }

    /// Asks the others whenever something is sealed here that they may have open, until `shutdown`.
    pub async fn ask(self, mut shutdown: watch::Receiver<bool>) {
        let mut wait = EVERY;
        while !*shutdown.borrow_and_update() {
            wait = match self.is_short().await {
                Ok(true) if self.ask_all().await == 0 => SELDOM.min(wait * 2),
                Ok(_) => EVERY,
                Err(error) => {
                    tracing::warn!(%error, "it cannot be told whether mailboxes are sealed here");
                    SELDOM
                }
            };
            tokio::select! {
                _ = shutdown.changed() => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    /// Whether an activity is on and a mailbox sealed here.
    async fn is_short(&self) -> Result<bool, store::StoreError> {
        if self.posture.borrow().phase == Phase::Standby {
            return Ok(false);
        }
        for region in self.store.regions() {
            if region.mailbox_count().await? > u64::try_from(region.unsealed_count()).unwrap_or(u64::MAX) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Asks each; says how many mailboxes were opened.
    async fn ask_all(&self) -> usize {
        let mut all = 0;
        for peer in &self.peers {
            match timeout(PATIENCE, self.ask_one(peer))
                .await
                .unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::TimedOut).into()))
            {
                Ok(opened) => all += opened,
                Err(error) => tracing::info!(peer, error = format!("{error:#}"), "this node handed no keys on"),
            }
        }
        all
    }

    async fn ask_one(&self, peer: &str) -> Result<usize> {
        let socket = TcpStream::connect(peer).await?;
        let connector = TlsConnector::from(self.pass.client.clone());
        let mut stream = connector.connect(Pass::name()?, socket).await.context("it has no pass of ours")?;
        stream.write_all(GREETING).await?;
        let name = self.node.as_bytes().get(..255).unwrap_or(self.node.as_bytes());
        stream.write_u8(u8::try_from(name.len())?).await?;
        stream.write_all(name).await?;
        let size = stream.read_u32().await?;
        if size > ANSWER_MAX_BYTES {
            bail!("its answer of {size} octets is no answer");
        }
        let mut octets = Zeroizing::new(vec![0; usize::try_from(size)?]);
        stream.read_exact(&mut octets).await?;
        self.take(Opened::read(&octets).context("its answer is no answer")?, peer).await
    }

    async fn take(&self, opened: Opened, peer: &str) -> Result<usize> {
        let mut taken = 0;
        for (name, keys) in opened.regions {
            if let Some(region) = self.store.regions().find(|region| region.name().as_str() == name) {
                taken += region.unseal_with(keys).await?;
            }
        }
        if taken == 0 {
            return Ok(0);
        }
        self.store.directory().unseal_contacts_with(&opened.contacts).await?;
        let detail = json!({ "from": peer, "mailboxes": taken }).to_string();
        self.store.directory().audit(now(), &self.node, "keys.taken_over", &detail).await?;
        tracing::info!(peer, mailboxes = taken, "mailboxes are open here too: another node handed their keys on");
        // The activity may have ended meanwhile, and with it what was handed on.
        if self.posture.borrow().phase == Phase::Standby {
            self.store.regions().for_each(store::region::RegionStore::reseal);
            self.store.directory().reseal_contacts();
        }
        Ok(taken)
    }
}

#[cfg(test)]
mod tests;
