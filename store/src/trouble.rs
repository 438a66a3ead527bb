//! Whether what was last written to a place came to be kept there, and why not.
//!
//! ```text
//!   Ok ─── a write fails ──> the reason and what to do ─── a write succeeds ──> Ok
//! ```

use std::sync::{Mutex, PoisonError};

use crate::{Result, StoreError};

/// What hinders writing now: half a sentence, and what to do.
pub type Hindrance = (String, &'static str);

/// So many writes in a row that nobody answered are no passing moment any more.
const BUSY: u32 = 3;

/// The last write to one place.
#[derive(Default)]
pub(crate) struct Trouble(Mutex<State>);

#[derive(Default)]
struct State {
    hindrance: Option<Hindrance>,
    /// Writes in a row that were not answered in time.
    busy: u32,
}

impl Trouble {
    /// Takes note of how a write ended. What is wrong with the request, and not with the place, changes nothing.
    pub(crate) fn observe<T>(&self, outcome: &Result<T>) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.busy = match outcome {
            Err(StoreError::Busy) => state.busy.saturating_add(1),
            _ => 0,
        };
        let now = match outcome {
            Ok(_) => None,
            Err(error) if is_of_the_place(error) || state.busy >= BUSY => Some((error.to_string(), error.hint())),
            Err(_) => return,
        };
        match (&state.hindrance, &now) {
            (None, Some((why, hint))) => tracing::error!(why, hint, "nothing can be written"),
            (Some(_), None) => tracing::info!("it can be written again"),
            _ => {}
        }
        state.hindrance = now;
    }

    pub(crate) fn now(&self) -> Option<Hindrance> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).hindrance.clone()
    }
}

fn is_of_the_place(error: &StoreError) -> bool {
    use StoreError::{Blob, Corrupt, Engine, File, Full, ReadOnly};
    matches!(error, Full | ReadOnly | Corrupt(_) | File { .. } | Blob(_) | Engine(_))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn what_hinders_is_said_until_a_write_succeeds() {
        let trouble = Trouble::default();
        trouble.observe(&Err::<(), _>(StoreError::ReadOnly));
        trouble.observe(&Err::<(), _>(StoreError::Moving));
        let (why, hint) = trouble.now().unwrap();
        assert_eq!((why, hint), (StoreError::ReadOnly.to_string(), StoreError::ReadOnly.hint()));
        trouble.observe(&Ok(()));
        assert_eq!(trouble.now(), None);
    }

    #[test]
    fn a_database_that_does_not_answer_for_long_is_a_hindrance() {
        let trouble = Trouble::default();
        let busy = || trouble.observe(&Err::<(), _>(StoreError::Busy));
        busy();
        busy();
        assert_eq!(trouble.now(), None, "a passing moment");
        busy();
        assert_eq!(trouble.now(), Some((StoreError::Busy.to_string(), StoreError::Busy.hint())));
        trouble.observe(&Ok(()));
        busy();
        assert_eq!(trouble.now(), None);
    }
}
