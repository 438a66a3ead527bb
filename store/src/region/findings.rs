//! Rows that did not verify: they are not used, and whoever asks for readiness hears of them.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use crate::RegionStore;

/// Beyond this many the list says nothing new.
const MOST: usize = 1000;

#[derive(Default)]
pub(super) struct Findings(Mutex<BTreeSet<String>>);

impl RegionStore {
    /// What was found changed by somebody else since the start, each once.
    #[must_use]
    pub fn findings(&self) -> Vec<String> {
        self.inner.findings.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// Notes a row that did not verify.
    pub(super) fn found_tampered(&self, what: &str) {
        let mut findings = self.inner.findings.0.lock().unwrap_or_else(PoisonError::into_inner);
        if findings.len() < MOST && findings.insert(what.to_owned()) {
            tracing::warn!(region = %self.name(), what, "a row does not verify and is not used");
        }
    }
}
