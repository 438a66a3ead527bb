//! Unsealing: the unlock key opens the private halves of mailboxes, into memory only.

use crate::db;
use crate::seal::{INFO_MAILBOX, KeyPair, UnlockKey};
use crate::{MailboxId, RegionStore, Result, StoreError};

use super::mailbox::KeyRow;
use super::provision::pair_named;

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
        let rows = self.sealed_rows(scope).await?;
        let (store, key) = (self.clone(), key.clone());
        let open = move || {
            let pairs: Vec<_> = rows.iter().filter_map(|row| store.open_pair(&key, row)).collect();
            let opened = pairs.len();
            store.inner.ring.unseal(pairs);
            opened
        };
        let opened = tokio::task::spawn_blocking(open).await.map_err(|_| StoreError::Closed)?;
        self.inner.searches.unsealed();
        Ok(opened)
    }

    async fn sealed_rows(&self, scope: Option<&[MailboxId]>) -> Result<Vec<KeyRow>> {
        let select = format!("{} WHERE ?1 IS NULL OR id IN (SELECT value FROM json_each(?1))", KeyRow::SELECT);
        let scope = scope.map(|scope| super::json(scope.iter().map(|mailbox| mailbox.0)));
        let select = db::query_as(db::Made(select)).bind(scope);
        let rows: Vec<KeyRow> = select.fetch_all(&self.inner.engine.readers).await?;
        Ok(rows.into_iter().filter(|row| !self.is_unsealed(MailboxId(row.id))).collect())
    }

    fn open_pair(&self, key: &UnlockKey, row: &KeyRow) -> Option<(MailboxId, KeyPair)> {
        if !self.verifies(row) {
            return None;
        }
        let opened = key.pair().open(INFO_MAILBOX, &pair_named(self.name().as_str(), &row.public), &row.private);
        let pair = opened.and_then(|private| KeyPair::from_private(&private).ok());
        let pair = pair.filter(|pair| pair.public[..] == row.public[..]);
        if pair.is_none() {
            self.found_tampered(&format!("the private key of mailbox {}", row.id));
        }
        pair.map(|pair| (MailboxId(row.id), pair))
    }

    /// Whether the mailbox's content can be read now.
    #[must_use]
    pub fn is_unsealed(&self, mailbox: MailboxId) -> bool {
        self.inner.ring.is_unsealed(mailbox)
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
