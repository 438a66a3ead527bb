//! Unsealing: the unlock key opens the private halves of mailboxes, into memory only.

use std::sync::atomic::Ordering;

use crate::db;
use crate::seal::{INFO_MAILBOX, KeyPair, UnlockKey};
use crate::{MailboxId, RegionStore, Result, StoreError};

use super::mailbox::KeyRow;
use super::provision::pair_named;

/// Rows that are read and opened at one time: memory stays bounded, and others get their turn.
const PAGE_ROWS: u32 = 1_000;

impl RegionStore {
    /// Makes the mailboxes of a scope readable, all of them for `None`, and says how many it opened. Rows
    /// that do not verify stay sealed and are findings.
    ///
    /// # Errors
    /// [`StoreError::WrongUnlockKey`] when the key is not the pinned one's private half.
    pub async fn unseal(&self, key: &UnlockKey, scope: Option<&[MailboxId]>) -> Result<usize> {
        if key.public() != self.inner.unlock_public {
            return Err(StoreError::WrongUnlockKey(self.name().to_string()));
        }
        if scope.is_none() {
            self.inner.misfits.store(0, Ordering::Relaxed);
        }
        let scope = scope.map(|scope| super::json(scope.iter().map(|mailbox| mailbox.0)));
        let (mut opened, mut after) = (0, 0);
        loop {
            let rows = self.sealed_rows(scope.as_deref(), after).await?;
            let Some(last) = rows.last() else { break };
            after = last.id;
            let (store, key) = (self.clone(), key.clone());
            let opening = tokio::task::spawn_blocking(move || store.open_pairs(&key, &rows));
            opened += opening.await.map_err(|_| StoreError::Closed)?;
        }
        self.inner.searches.unsealed();
        Ok(opened)
    }

    pub(super) async fn sealed_rows(&self, scope: Option<&str>, after: i64) -> Result<Vec<KeyRow>> {
        let rest = "WHERE id > ?2 AND (?1 IS NULL OR id IN (SELECT value FROM json_each(?1))) ORDER BY id LIMIT ?3";
        let select = db::Made(format!("{} {rest}", KeyRow::SELECT));
        let select = db::query_as(select).bind(scope).bind(after).bind(PAGE_ROWS);
        select.fetch_all(&self.inner.engine.readers).await
    }

    /// Opens those that are still sealed, on all processors; says how many.
    fn open_pairs(&self, key: &UnlockKey, rows: &[KeyRow]) -> usize {
        let sealed: Vec<&KeyRow> = rows.iter().filter(|row| !self.is_unsealed(MailboxId(row.id))).collect();
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let open = |part: &[&KeyRow]| part.iter().filter_map(|row| self.open_pair(key, row)).collect::<Vec<_>>();
        let parts = sealed.chunks(sealed.len().div_ceil(processors).max(1));
        let pairs: Vec<_> = std::thread::scope(|threads| {
            let opening: Vec<_> = parts.map(|part| threads.spawn(move || open(part))).collect();
            opening.into_iter().filter_map(|part| part.join().ok()).flatten().collect()
        });
        let opened = pairs.len();
        self.inner.ring.unseal(pairs);
        opened
    }

    fn open_pair(&self, key: &UnlockKey, row: &KeyRow) -> Option<(MailboxId, KeyPair)> {
        if !self.verifies(row) {
            return None;
        }
        let opened = key.pair().open(INFO_MAILBOX, &pair_named(self.name().as_str(), &row.public), &row.private);
        let pair = opened.and_then(|private| KeyPair::from_private(&private).ok());
        let pair = pair.filter(|pair| pair.public[..] == row.public[..]);
        // The row is as we wrote it: it was written for another key.
        if pair.is_none() && self.inner.misfits.fetch_add(1, Ordering::Relaxed) == 0 {
            tracing::warn!(region = %self.name(), mailbox = row.id, "a mailbox does not open with the unlock key");
        }
        pair.map(|pair| (MailboxId(row.id), pair))
    }

    /// Whether the mailbox's content can be read now.
    #[must_use]
    pub fn is_unsealed(&self, mailbox: MailboxId) -> bool {
        self.inner.ring.is_unsealed(mailbox)
    }

    /// How many mailboxes did not open when it was tried last, although nobody changed their rows: they are sealed for
    /// another unlock key.
    #[must_use]
    pub fn misfits(&self) -> u64 {
        self.inner.misfits.load(Ordering::Relaxed)
    }

    /// How many mailboxes can be read now.
    #[must_use]
    pub fn unsealed_count(&self) -> usize {
        self.inner.ring.unsealed_count()
    }

    /// Forgets every private key: nothing can be read any more.
    pub fn reseal(&self) {
        self.inner.ring.reseal();
        self.inner.searches.close_all();
    }
}
