//! Figures that nobody counts as they happen: they are looked up every so often.

use std::time::Duration;

use failover::Phase;
use store::{Store, StoreError};
use tokio::sync::watch;

use crate::metrics::{HouseFigures, QueueFigures};
use crate::posture::Posture;

const EVERY: Duration = Duration::from_secs(15);

/// What is looked up, and where it is shown.
pub struct Gauges {
    /// Mailboxes and queues.
    pub store: Store,
    /// The phase.
    pub posture: watch::Receiver<Posture>,
    /// Phase and mailboxes.
    pub house: HouseFigures,
    /// What waits to go out.
    pub queue: QueueFigures,
}

impl Gauges {
    /// Looks until `shutdown`, at once when the phase changes.
    pub async fn run(mut self, mut shutdown: watch::Receiver<bool>) {
        while !*shutdown.borrow_and_update() {
            if let Err(error) = self.look().await {
                tracing::debug!(%error, "figures could not be looked up");
            }
            tokio::select! {
                _ = shutdown.changed() => {}
                Ok(()) = self.posture.changed() => {}
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    }

    async fn look(&mut self) -> Result<(), StoreError> {
        let phase = self.posture.borrow_and_update().phase;
        self.house.phase.set(match phase {
            Phase::Standby => 0,
            Phase::Failover => 1,
            Phase::Active => 2,
            Phase::Failback => 3,
        });
        let (mut mailboxes, mut unsealed, mut waiting) = (0, 0, 0);
        for region in self.store.regions() {
            mailboxes += usize::try_from(region.mailbox_count().await?).unwrap_or(usize::MAX);
            unsealed += region.unsealed_count();
            waiting += region.queue_list().await?.len();
        }
        let shown = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        self.house.mailboxes.set(shown(mailboxes));
        self.house.unsealed.set(shown(unsealed));
        self.queue.waiting.set(shown(waiting));
        Ok(())
    }
}
