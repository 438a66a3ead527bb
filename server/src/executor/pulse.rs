//! The pulse of copying: when the primary's mailboxes were last looked at to the end.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use mail::Timestamp;

/// Sync beats it after every whole look at the primary; readiness alarms when it stops. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Pulse {
    at_ms: Arc<AtomicI64>,
    trouble: Arc<Mutex<Option<(String, String)>>>,
}

impl Pulse {
    /// Everything at the primary was looked at, new or not.
    pub fn beat(&self, now: Timestamp) {
        self.at_ms.fetch_max(now.as_ms(), Ordering::Relaxed);
    }

    /// What hindered the last round, and what to do; nothing when it went to its end.
    pub fn set_trouble(&self, trouble: Option<(String, String)>) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
    }

    /// What hindered the last round.
    #[must_use]
    pub fn trouble(&self) -> Option<(String, String)> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The last beat since the start of this process.
    #[must_use]
    pub fn last(&self) -> Option<Timestamp> {
        Some(self.at_ms.load(Ordering::Relaxed)).filter(|ms| *ms > 0).map(Timestamp::from_ms)
    }
}
