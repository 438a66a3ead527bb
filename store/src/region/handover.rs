//! Hand-over: what one node has opened, another opens without anybody's unlock key.
//!
//! ```text
//!   a node that is open ── private halves ──> one that is not: each half is taken only if its public one
//!                                             is that of the mailbox's row, and the row verifies
//! ```
//!
//! How the halves travel is the caller's affair; who lies about one opens nothing.

use std::collections::HashMap;

use zeroize::Zeroizing;

use super::json;
use super::mailbox::KeyRow;
use crate::seal::KeyPair;
use crate::{MailboxId, RegionStore, Result, StoreError};

/// Rows that are read and compared at one time.
const TOGETHER: usize = 1_000;

/// The private half of a mailbox's pair. Wiped when dropped, and never printed.
#[derive(Clone)]
pub struct OpenedKey {
    /// Whose it is.
    pub mailbox: MailboxId,
    /// 32 bytes.
    pub private: Zeroizing<[u8; 32]>,
}

impl std::fmt::Debug for OpenedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OpenedKey of mailbox {}", self.mailbox)
    }
}

impl RegionStore {
    /// What this node has opened; nothing while it is sealed.
    #[must_use]
    pub fn opened_keys(&self) -> Vec<OpenedKey> {
        let opened = self.inner.ring.unsealed_mailboxes().into_iter();
        let key =
            |mailbox| self.inner.ring.pair(mailbox).map(|pair| OpenedKey { mailbox, private: pair.private_bytes() });
        opened.filter_map(key).collect()
    }

    /// Opens mailboxes with what another node has opened, and says how many. A half that is not its mailbox's is a
    /// finding, and opens nothing.
    ///
    /// # Errors
    /// Those of a read.
    pub async fn unseal_with(&self, keys: Vec<OpenedKey>) -> Result<usize> {
        let mut opened = 0;
        let closed: Vec<OpenedKey> = keys.into_iter().filter(|key| !self.is_unsealed(key.mailbox)).collect();
        for together in closed.chunks(TOGETHER) {
            let scope = json(together.iter().map(|key| key.mailbox.0));
            let rows = self.sealed_rows(Some(&scope), 0).await?;
            let (store, keys) = (self.clone(), together.to_vec());
            let opening = tokio::task::spawn_blocking(move || store.take_pairs(&keys, &rows));
            opened += opening.await.map_err(|_| StoreError::Closed)?;
        }
        if opened > 0 {
            self.inner.searches.unsealed();
        }
        Ok(opened)
    }

    fn take_pairs(&self, keys: &[OpenedKey], rows: &[KeyRow]) -> usize {
        let keys: HashMap<i64, &OpenedKey> = keys.iter().map(|key| (key.mailbox.0, key)).collect();
        let of_row = |row: &KeyRow| {
            let key = keys.get(&row.id)?;
            let pair = KeyPair::from_private(&*key.private).ok().filter(|pair| pair.public[..] == row.public[..]);
            if pair.is_none() {
                self.found_tampered(&format!("the key that another node handed on for mailbox {}", row.id));
            }
            pair.map(|pair| (key.mailbox, pair))
        };
        let pairs: Vec<_> = rows.iter().filter(|row| self.verifies(row)).filter_map(of_row).collect();
        let opened = pairs.len();
        self.inner.ring.unseal(pairs);
        opened
    }
}
