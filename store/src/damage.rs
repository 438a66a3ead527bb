//! What the disk lost: pages of a database, bodies beside it. Rows that somebody changed are another matter
//! (`region::findings`): those are whole, and say something that Relais did not write.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use crate::db::{self, Pool};
use crate::{Result, StoreError};

/// Beyond this many the list says nothing new.
const MOST: usize = 1000;
/// Reads every page of a file once and looks whether it holds together. PostgreSQL keeps sums of its own, and answers
/// XX001 where one is wrong.
const PAGES: db::Sql = db::Sql { sqlite: "PRAGMA quick_check(5)", postgres: "SELECT 'ok'" };

/// What was found lost, each once.
#[derive(Default)]
pub(crate) struct Damage(Mutex<BTreeSet<String>>);

impl Damage {
    pub(crate) fn all(&self) -> Vec<String> {
        self.set().iter().cloned().collect()
    }

    /// Notes one thing that is lost.
    pub(crate) fn note(&self, what: String) {
        let mut set = self.set();
        if set.len() < MOST && set.insert(what.clone()) {
            tracing::error!(what, "something is lost: restore it from a backup");
        }
    }

    /// A look at everything came to this: what was mended meanwhile is no longer said.
    pub(crate) fn replace(&self, found: Vec<String>) {
        self.set().clear();
        found.into_iter().for_each(|what| self.note(what));
    }

    fn set(&self) -> std::sync::MutexGuard<'_, BTreeSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is wrong with the pages of a database that is called `name`.
pub(crate) async fn damaged_pages(pool: &Pool, name: &str) -> Result<Vec<String>> {
    let lines: Vec<String> = match db::query_scalar(PAGES).fetch_all(pool).await {
        Ok(lines) => lines,
        Err(StoreError::Corrupt(why)) => vec![why],
        Err(other) => return Err(other),
    };
    let wrong = lines.into_iter().filter(|line| line != "ok");
    Ok(wrong.map(|line| format!("the database {name}: {}", line.replace('\n', " "))).collect())
}
