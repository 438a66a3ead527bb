//! What other nodes change in the directory database, and what of it this one remembers.
//!
//! | remembered | learns by |
//! |---|---|
//! | the address book (`book::Books`) | `entry` |
//! | the executor's run (`server`, by [`Directory::runs_changed`]) | `run`, `approval` |
//! | the contacts' key (`contact::ContactKeys`) | nothing: it is made once, and opened by each node's own unsealing |
//! | sessions, credentials, lockout after refused sign-ins | nothing is remembered: each is looked up |
//!
//! The words are names of tables, told by triggers with the commit. A connection that was lost may have missed some; then
//! everything is taken for changed.

use std::sync::{Arc, OnceLock};

use tokio::sync::watch;

use super::Directory;
use crate::db::{Heard, Task};

/// Who listens, and what came of it.
#[derive(Default)]
pub(super) struct Followed {
    runs: watch::Sender<u64>,
    tasks: OnceLock<Vec<Task>>,
}

impl Directory {
    /// Begins to listen, and to say that this node lives.
    pub(super) async fn follow_others(&self) {
        let (books, followed) = (Arc::downgrade(&self.books), Arc::downgrade(&self.followed));
        let told = move |heard: Heard<'_>| {
            let (Some(books), Some(followed)) = (books.upgrade(), followed.upgrade()) else { return };
            let (is_entry, is_run) = match heard {
                Heard::Anything => (true, true),
                Heard::Word(word) => (word == "entry", matches!(word, "run" | "approval")),
            };
            if is_entry {
                books.changed();
            }
            if is_run {
                followed.runs.send_modify(|changes| *changes += 1);
            }
        };
        let tasks = [self.engine.listen(told).await, self.seat.beat()];
        // Set once: the directory is opened once.
        let _ = self.followed.tasks.set(tasks.into_iter().flatten().collect());
    }

    /// Changes when another node, or this one, wrote a run; only on PostgreSQL.
    #[must_use]
    pub fn runs_changed(&self) -> watch::Receiver<u64> {
        self.followed.runs.subscribe()
    }
}
