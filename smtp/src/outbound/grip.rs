//! What a session has leased, and still has.
//!
//! ```text
//!   leased when it begins ── every minute: renew ──┬─ still ours
//!                                                  └─ lost, or nobody answers any more: not ours, not handed over
//! ```

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use super::{Item, MxResolver, Queue, Runner};
use crate::driver::now;

/// So often in a row a renewal may fail before a lease of five minutes is taken for lost.
const FAILURES_MAX: u32 = 4;

/// The recipients of one session.
pub(super) struct Grip(Mutex<HashSet<i64>>);

impl Grip {
    pub(super) fn on(recipients: &[i64]) -> Self {
        Self(Mutex::new(recipients.iter().copied().collect()))
    }

    pub(super) fn has(&self, item: &Item) -> bool {
        self.held(|held| held.contains(&item.recipient))
    }

    pub(super) fn let_go(&self, item: &Item) {
        self.held(|held| held.remove(&item.recipient));
    }

    fn held<T>(&self, use_them: impl FnOnce(&mut HashSet<i64>) -> T) -> T {
        use_them(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<Q: Queue, R: MxResolver> Runner<Q, R> {
    /// Keeps the leases of a session for as long as this runs, which is for ever.
    pub(super) async fn keep(&self, grip: &Grip) {
        let mut failures = 0;
        loop {
            tokio::time::sleep(self.settings.renew).await;
            let held: Vec<i64> = grip.held(|held| held.iter().copied().collect());
            match self.queue.renew(&held, now()).await {
                Ok(kept) => {
                    failures = 0;
                    // What was settled while the queue answered is not in `kept` and not held either.
                    grip.held(|now_held| now_held.retain(|one| kept.contains(one) || !held.contains(one)));
                }
                Err(error) => {
                    failures += 1;
                    tracing::warn!(%error, failures, "leases of the queue cannot be renewed");
                    if failures >= FAILURES_MAX {
                        grip.held(HashSet::clear);
                    }
                }
            }
        }
    }
}
