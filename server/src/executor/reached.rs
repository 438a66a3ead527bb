//! Mail that still reaches the primary after the records were switched: counted by its inboxes' UIDNEXT, taken into nothing.
//!
//! ```text
//!   fence task ── inboxes ──> first look after the switch: kept with the run
//!                             later looks: UIDNEXT - first, where UIDVALIDITY is the same
//! ```

use std::collections::BTreeMap;

use failover::{RunKind, Step};
use serde::{Deserialize, Serialize};
use store::StoreError;

use super::Executor;

/// Address, and UIDVALIDITY and UIDNEXT of its inbox at the primary.
pub type Inboxes = BTreeMap<String, (u32, u32)>;

/// What was counted, kept with the run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fence {
    /// How the inboxes stood at the first look.
    first: Inboxes,
    /// Messages that came since, in all of them.
    reached: u64,
}

impl Fence {
    /// Takes a look in; an inbox that is looked at for the first time counts from now on.
    pub fn note(&mut self, seen: &Inboxes) {
        let mut reached = 0;
        for (address, (uidvalidity, uidnext)) in seen {
            let (known, first) = *self.first.entry(address.clone()).or_insert((*uidvalidity, *uidnext));
            // An inbox that was made anew says nothing about what came.
            if known == *uidvalidity {
                reached += u64::from(uidnext.saturating_sub(first));
            }
        }
        self.reached = self.reached.max(reached);
    }

    /// How many came; `None` while no inbox was looked at.
    #[must_use]
    pub fn reached(&self) -> Option<u64> {
        (!self.first.is_empty()).then_some(self.reached)
    }
}

impl Executor {
    /// Takes in what the fence task saw. What it saw before the switch is not counted from.
    pub(super) async fn note_reached(&mut self) -> Result<(), StoreError> {
        if !self.inboxes.has_changed().unwrap_or(false) {
            return Ok(());
        }
        let seen = self.inboxes.borrow_and_update().clone();
        let Some(stored) = &mut self.stored else { return Ok(()) };
        if stored.run.kind != RunKind::Failover || !stored.run.is_done(Step::SwapRecords) {
            return Ok(());
        }
        let before = stored.fence.clone();
        stored.fence.note(&seen);
        if stored.fence != before {
            stored.save(self.store.directory()).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inboxes(all: &[(&str, u32, u32)]) -> Inboxes {
        all.iter().map(|(address, validity, next)| ((*address).to_owned(), (*validity, *next))).collect()
    }

    #[test]
    fn what_comes_after_the_first_look_is_counted() {
        let mut fence = Fence::default();
        assert_eq!(fence.reached(), None);
        fence.note(&inboxes(&[("a@corp.test", 1, 10)]));
        assert_eq!(fence.reached(), Some(0));
        fence.note(&inboxes(&[("a@corp.test", 1, 12), ("b@corp.test", 1, 500)]));
        assert_eq!(fence.reached(), Some(2));
        fence.note(&inboxes(&[("a@corp.test", 2, 900)]));
        assert_eq!(fence.reached(), Some(2), "an inbox made anew is no mail, and what was counted stays");
    }
}
