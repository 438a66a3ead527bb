//! Looks whether mail still reaches the primary: asks some of its inboxes how they stand, and takes nothing out of them.

use std::time::Duration;

use ::sync::history::History;
use failover::Phase;
use store::Store;
use tokio::sync::watch;

use crate::executor::Inboxes;
use crate::posture::Posture;

const EVERY: Duration = Duration::from_secs(30);
/// Inboxes that are looked at where none are named.
const INBOXES: u32 = 25;

/// The looker.
pub struct Fence {
    /// The way to the primary.
    pub history: History,
    /// Whose mailboxes there are.
    pub store: Store,
    /// Whose inboxes to look at; some of all when empty.
    pub named: Vec<String>,
    /// How the house stands.
    pub posture: watch::Receiver<Posture>,
    /// Where it tells.
    pub told: watch::Sender<Inboxes>,
}

impl Fence {
    /// Looks while mail is here, until `shutdown`.
    pub async fn run(self, mut shutdown: watch::Receiver<bool>) {
        while !*shutdown.borrow_and_update() {
            let (phase, accepting) = {
                let posture = self.posture.borrow();
                (posture.phase, posture.accepting)
            };
            if accepting && matches!(phase, Phase::Failover | Phase::Active) {
                tokio::select! {
                    seen = self.look() => { self.told.send_replace(seen); }
                    changed = shutdown.changed() => if changed.is_err() { return },
                }
            }
            tokio::select! {
                // Inboxes of the primary tell nobody that mail came.
                () = tokio::time::sleep(EVERY) => {}
                changed = shutdown.changed() => if changed.is_err() { return },
            }
        }
    }

    async fn look(&self) -> Inboxes {
        let mut seen = Inboxes::new();
        for address in self.addresses().await {
            match self.inbox(&address).await {
                Ok(stands) => {
                    seen.insert(address, stands);
                }
                // A fenced primary does not answer: that is what was asked for.
                Err(error) => {
                    tracing::debug!(address, %error, "an inbox of the primary could not be looked at");
                    if error.is_transient() {
                        break;
                    }
                }
            }
        }
        seen
    }

    async fn addresses(&self) -> Vec<String> {
        if !self.named.is_empty() {
            return self.named.clone();
        }
        let mut addresses = Vec::new();
        for region in self.store.regions() {
            let rows = region.mailboxes_after(None, INBOXES).await.unwrap_or_default();
            addresses.extend(rows.into_iter().map(|row| row.address));
        }
        addresses
    }

    async fn inbox(&self, address: &str) -> ::sync::Result<(u32, u32)> {
        let mut session = self.history.sign_in(address).await?;
        let stands = session.inbox().await;
        session.close().await;
        stands.map(|status| (status.uidvalidity, status.uidnext))
    }
}
