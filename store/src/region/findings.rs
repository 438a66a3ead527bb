//! Rows that did not verify: they are not used, and whoever asks for readiness hears of them.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use mail::Region;

use crate::RegionStore;

/// Beyond this many the list says nothing new.
const MOST: usize = 1000;

/// Where a finding comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// A row that was read did not verify.
    Row,
    /// Rows are not those that a tally says. The next look at all of them tells whether they still are not.
    Look,
    /// A database is less far than it was.
    Head,
}

pub(super) struct Findings {
    region: Region,
    found: Mutex<BTreeSet<(Kind, String)>>,
}

impl Findings {
    pub(super) const fn new(region: Region) -> Self {
        Self { region, found: Mutex::new(BTreeSet::new()) }
    }

    /// Notes what somebody else changed.
    pub(super) fn note(&self, kind: Kind, what: &str) {
        let mut found = self.lock();
        if found.len() < MOST && found.insert((kind, what.to_owned())) {
            tracing::warn!(region = %self.region, what, "a row does not verify and is not used");
        }
    }

    /// What is found now is all of its kind that there is.
    pub(super) fn replace(&self, kind: Kind, now: &[String]) {
        self.lock().retain(|(of, what)| *of != kind || now.contains(what));
        now.iter().for_each(|what| self.note(kind, what));
    }

    /// An admin has looked at them.
    pub(super) fn forget(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, BTreeSet<(Kind, String)>> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RegionStore {
    /// What was found changed by somebody else since the start, each once.
    #[must_use]
    pub fn findings(&self) -> Vec<String> {
        self.inner.findings.lock().iter().map(|(_, what)| what.clone()).collect()
    }

    /// Notes a row that did not verify.
    pub(super) fn found_tampered(&self, what: &str) {
        self.inner.findings.note(Kind::Row, what);
    }
}
