//! Whether what was last written to a place came to be kept there, and why not.
//!
//! ```text
//!   Ok ─── a write fails ──> the reason and what to do ─── a write succeeds ──> Ok
//! ```

use std::sync::{Mutex, PoisonError};

use crate::{Result, StoreError};

/// What hinders writing now: half a sentence, and what to do.
pub type Hindrance = (String, &'static str);

/// The last write to one place.
#[derive(Default)]
pub(crate) struct Trouble(Mutex<Option<Hindrance>>);

impl Trouble {
    /// Takes note of how a write ended. What is wrong with the request, and not with the place, changes nothing.
    pub(crate) fn observe<T>(&self, outcome: &Result<T>) {
        let now = match outcome {
            Ok(_) => None,
            Err(error) if is_of_the_place(error) => Some((error.to_string(), error.hint())),
            Err(_) => return,
        };
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match (&*last, &now) {
            (None, Some((why, hint))) => tracing::error!(why, hint, "nothing can be written"),
            (Some(_), None) => tracing::info!("it can be written again"),
            _ => {}
        }
        *last = now;
    }

    pub(crate) fn now(&self) -> Option<Hindrance> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
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
}
