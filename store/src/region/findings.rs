//! Rows that did not verify: they are not used, and whoever asks for readiness hears of them.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use mail::Region;

use crate::RegionStore;

/// Beyond this many the list says nothing new.
const MOST: usize = 1000;

pub(super) struct Findings {
    region: Region,
    found: Mutex<BTreeSet<String>>,
}

impl Findings {
    pub(super) const fn new(region: Region) -> Self {
        Self { region, found: Mutex::new(BTreeSet::new()) }
    }

    /// Notes what somebody else changed.
    pub(super) fn note(&self, what: &str) {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        if found.len() < MOST && found.insert(what.to_owned()) {
            tracing::warn!(region = %self.region, what, "a row does not verify and is not used");
        }
    }

    /// An admin has looked at them.
    pub(super) fn forget(&self) {
        self.found.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl RegionStore {
    /// What was found changed by somebody else since the start, each once.
    #[must_use]
    pub fn findings(&self) -> Vec<String> {
        self.inner.findings.found.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// Notes a row that did not verify.
    pub(super) fn found_tampered(&self, what: &str) {
        self.inner.findings.note(what);
    }
}
