//! Which node acts, where several share a store: one leads, the others keep in step.
//!
//! ```text
//!   lease "executor" ── ours ────> observe · plan · store · act           (what is stored is fenced by the lease)
//!                    └─ another's ─> read the run · posture · unseal here     until the run changes, or that node dies
//!
//!   an order ──> seize the lease, read the run, obey
//! ```
//!
//! Whoever is given an order leads from then on: what the node before it still stores is refused, and its commands can
//! all be repeated. Keys are each node's own: a node that follows opens and closes its mailboxes as the run says.

use std::time::Duration;

use failover::{Command, Phase, plan};
use store::StoreError;
use store::directory::Directory;
use tokio::sync::watch;

use super::stored::phase_from_store;
use super::{Executor, Stored};
use crate::clock::now;

const LEASE: &str = "executor";
/// How often a node that follows looks whether the one that leads still lives.
const LOOK: Duration = Duration::from_secs(5);

impl Executor {
    /// Whether this node leads; if it only just does, what is stored is read again first.
    pub(super) async fn leads(&mut self, seize: bool) -> Result<bool, StoreError> {
        let directory = self.whole.directory();
        let lease = if seize { directory.seize(LEASE).await? } else { directory.lease(LEASE).await? };
        let Some(lease) = lease else {
            if std::mem::take(&mut self.leading) {
                tracing::warn!("another node leads now");
            }
            self.store = self.whole.clone();
            return Ok(false);
        };
        if lease.is_new || !self.leading {
            self.store = self.whole.under(lease);
            self.stored = Stored::load(self.store.directory()).await?;
            self.ended = Stored::last_ended(self.store.directory()).await?;
            self.leading = true;
        }
        Ok(true)
    }

    /// A turn of a node that does not lead.
    pub(super) async fn keep_in_step(&mut self) -> Result<Duration, StoreError> {
        self.stored = Stored::open(self.store.directory()).await?;
        self.ended = Stored::last_ended(self.store.directory()).await?;
        self.stand().await?;
        let seen = self.observe().await?;
        let decision = plan(&seen, now());
        self.publish(&decision, seen.accepted);
        if decision.commands.iter().any(|(_, command)| *command == Command::Unseal) {
            match self.unseal().await {
                Ok(said) => tracing::info!(said, "mailboxes are open on this node too"),
                Err(error) => tracing::warn!(error = format!("{error:#}"), "mailboxes stay closed on this node"),
            }
        }
        if self.stored.is_none() && phase_from_store(self.store.directory().phase().await?) == Phase::Standby {
            self.reseal();
        }
        Ok(LOOK)
    }

    /// Resolves when another node wrote a run.
    pub(super) fn another_wrote(&self) -> impl Future<Output = ()> + use<> {
        let (directory, leading, runs) = (self.whole.directory().clone(), self.leading, self.runs.clone());
        async move { wait_for_another(&directory, leading, runs).await }
    }
}

/// What this node itself wrote is no news to it.
async fn wait_for_another(directory: &Directory, leading: bool, mut runs: watch::Receiver<u64>) {
    while runs.changed().await.is_ok() {
        if !leading || !directory.holds(LEASE).await.unwrap_or(true) {
            return;
        }
    }
    std::future::pending::<()>().await;
}
