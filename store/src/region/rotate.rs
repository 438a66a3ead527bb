//! Rotation: what was wrapped for one unlock key is wrapped for the next. No message is touched.
//!
//! ```text
//!   mailbox.private   old ──open──> private half ──seal──> new      a page a transaction
//!   outgoing.unlock   transit ──open──> content key ──seal──> new
//! ```
//!
//! A row changes only if it is still as it was read. Killed in between, some rows are wrapped for the new key
//! already: the next run tells them by opening them with it, and goes on with the rest.

use crate::db;
use crate::seal::{INFO_MAILBOX, INFO_OUTGOING, UnlockKey, seal_key};
use crate::{ContentId, RegionStore, Result, StoreError};

use super::content_id;
use super::mailbox::KeyRow;
use super::provision::pair_named;

/// What one rotation came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rotated {
    /// Rows that are wrapped for the new key now and were not before.
    pub changed: u64,
    /// Rows that an earlier run had changed.
    pub before: u64,
    /// Rows that neither key opens, or that somebody changed: each is a finding and stays as it is.
    pub left: u64,
}

impl Rotated {
    /// The sum of two.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { changed: self.changed + other.changed, before: self.before + other.before, left: self.left + other.left }
    }
}

/// A row before and after.
struct Rewrapped {
    id: i64,
    private: Vec<u8>,
    mac_before: Vec<u8>,
    mac: Vec<u8>,
}

impl RegionStore {
    /// Wraps for `new` what is wrapped for `old`. No node may provision meanwhile under the old public half.
    ///
    /// # Errors
    /// Those of a write. Running it again goes on where it stopped.
    pub async fn rotate(&self, old: &UnlockKey, new: &UnlockKey) -> Result<Rotated> {
        let (mut rotated, mut after) = (Rotated::default(), 0);
        loop {
            let rows = self.sealed_rows(None, after).await?;
            let Some(last) = rows.last() else { break };
            after = last.id;
            let (store, old, new) = (self.clone(), old.clone(), new.clone());
            let wrapping = tokio::task::spawn_blocking(move || store.rewrap(&old, &new, &rows));
            let (changed, counted) = wrapping.await.map_err(|_| StoreError::Closed)??;
            self.write(move |db| Box::pin(async move { put(db, changed).await })).await?;
            rotated = rotated.and(counted);
        }
        self.rotate_waiting(new).await?;
        Ok(rotated)
    }

    fn rewrap(&self, old: &UnlockKey, new: &UnlockKey, rows: &[KeyRow]) -> Result<(Vec<Rewrapped>, Rotated)> {
        let (mut changed, mut counted) = (Vec::new(), Rotated::default());
        for row in rows {
            let named = pair_named(self.name().as_str(), &row.public);
            let opened = |key: &UnlockKey| key.pair().open(INFO_MAILBOX, &named, &row.private);
            if !self.verifies(row) {
                counted.left += 1;
            } else if let Some(private) = opened(old) {
                let private = seal_key(&new.public(), INFO_MAILBOX, &named, &private)?;
                let mac = self.mailbox_code(&KeyRow { private: private.clone(), ..row.clone() }).to_vec();
                changed.push(Rewrapped { id: row.id, private, mac_before: row.mac.clone(), mac });
                counted.changed += 1;
            } else if opened(new).is_some() {
                counted.before += 1;
            } else {
                self.found_tampered(&format!("the private key of mailbox {}", row.id));
                counted.left += 1;
            }
        }
        Ok((changed, counted))
    }

    /// Mail that waits to leave is wrapped for the unlock key beside the transit key, which opens it here.
    async fn rotate_waiting(&self, new: &UnlockKey) -> Result<()> {
        let select = "SELECT id, content, transit FROM outgoing ORDER BY id";
        let waiting: Vec<(i64, Vec<u8>, Vec<u8>)> = db::query_as(select).fetch_all(&self.inner.engine.readers).await?;
        for (id, content, transit) in waiting {
            let content: ContentId = content_id(&content)?;
            let key = zeroize::Zeroizing::new(self.transit_open("transit", content, &transit)?);
            let sealed = seal_key(&new.public(), INFO_OUTGOING, &self.transit_named("unlock", content), &key)?;
            let update = "UPDATE outgoing SET unlock = ?2 WHERE id = ?1";
            self.write(move |db| {
                Box::pin(async move { db::query(update).bind(id).bind(sealed).execute(db).await.map(|_| ()) })
            })
            .await?;
        }
        Ok(())
    }
}

async fn put(db: &mut db::Conn, rows: Vec<Rewrapped>) -> Result<()> {
    for row in rows {
        let update = "UPDATE mailbox SET private = ?2, mac = ?3 WHERE id = ?1 AND mac = ?4";
        let update = db::query(update).bind(row.id).bind(row.private).bind(row.mac).bind(row.mac_before);
        update.execute(&mut *db).await?;
    }
    Ok(())
}
