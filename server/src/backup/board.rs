//! When the last backup was made, and what hindered the last try. Clones share it.

use std::sync::{Arc, Mutex, PoisonError};

use mail::Timestamp;

/// Told by whoever copies, read by readiness.
#[derive(Clone, Debug, Default)]
pub struct Board(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    last: Option<Timestamp>,
    trouble: Option<String>,
}

impl Board {
    /// A backup of everything was begun then, and is whole.
    pub fn made(&self, at: Timestamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = State { last: Some(at), trouble: None };
    }

    /// It was not made; why.
    pub fn failed(&self, why: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).trouble = Some(why);
    }

    /// The last one.
    #[must_use]
    pub fn last(&self) -> Option<Timestamp> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).last
    }

    /// What hindered the last try.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).trouble.clone()
    }
}
