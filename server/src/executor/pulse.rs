//! The pulse of copying: when the primary's mailboxes were last looked at to the end.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use mail::Timestamp;

/// Sync beats it after every whole look at the primary; readiness alarms when it stops. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Pulse(Arc<AtomicI64>);

impl Pulse {
    /// Everything at the primary was looked at, new or not.
    pub fn beat(&self, now: Timestamp) {
        self.0.fetch_max(now.as_ms(), Ordering::Relaxed);
    }

    /// The last beat since the start of this process.
    #[must_use]
    pub fn last(&self) -> Option<Timestamp> {
        Some(self.0.load(Ordering::Relaxed)).filter(|ms| *ms > 0).map(Timestamp::from_ms)
    }
}
