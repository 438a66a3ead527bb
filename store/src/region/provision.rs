//! Provisioning: a mailbox and its key pair for everybody, without any secret.

use std::collections::HashMap;

use mail::Timestamp;

use super::NewMailbox;
use super::mailbox::KeyRow;
use crate::db::{self, Conn, Insert};
use crate::seal::{INFO_MAILBOX, KeyPair, seal_key};
use crate::{EntryId, MailboxId, RegionStore, Result, StoreError, mac};

/// Pairs made before the runtime is let go on.
const PAIRS_AT_ONCE: usize = 1000;
/// Mailboxes pinned at one time.
const PINNED_AT_ONCE: u32 = 1000;
/// Rows of one statement.
const ROWS: usize = 50;

/// A pair whose private half is sealed to the unlock key.
pub(super) struct SealedPair {
    pub(super) public: [u8; 32],
    pub(super) private: Vec<u8>,
}

impl RegionStore {
    /// Makes the mailboxes that are missing, by owner, and takes up changed addresses. Answers in the
    /// order asked.
    ///
    /// # Errors
    /// [`StoreError::PinnedElsewhere`]; those of a write.
    pub async fn provision(&self, new: &[NewMailbox], now: Timestamp) -> Result<Vec<MailboxId>> {
        self.hear(now);
        let mut ids = Vec::with_capacity(new.len());
        for part in new.chunks(PAIRS_AT_ONCE) {
            ids.extend(self.provision_part(part.to_vec(), now).await?);
        }
        Ok(ids)
    }

    /// Pins whoever has a mailbox here from a time before there were pins.
    pub(super) async fn pin_all(&self) -> Result<()> {
        let pinned = self.inner.directory.pins().await?.get(self.name().as_str()).copied().unwrap_or(0);
        if pinned >= self.mailbox_count().await? {
            return Ok(());
        }
        let mut after = 0;
        loop {
            let page = "SELECT id, owner FROM mailbox WHERE id > ?1 ORDER BY id LIMIT ?2";
            let page = db::query_as(page).bind(after).bind(PINNED_AT_ONCE);
            let page: Vec<(i64, String)> = page.fetch_all(&self.inner.engine.readers).await?;
            let Some((last, _)) = page.last() else { return Ok(()) };
            after = *last;
            let owners: Vec<EntryId> = page.into_iter().map(|(_, owner)| EntryId(owner)).collect();
            let known = self.inner.directory.pinned(&owners).await?;
            let loose: Vec<EntryId> = owners.into_iter().filter(|owner| !known.contains_key(owner)).collect();
            self.inner.directory.pin(&loose, self.name(), self.heard()).await?;
        }
    }

    async fn provision_part(&self, part: Vec<NewMailbox>, now: Timestamp) -> Result<Vec<MailboxId>> {
        let owners: Vec<EntryId> = part.iter().map(|new| new.owner.clone()).collect();
        self.inner.directory.pin(&owners, self.name(), now).await?;
        let missing = self.without_mailbox(owners.clone()).await?.len();
        let pairs = if missing == 0 { Vec::new() } else { self.make_pairs(missing).await? };
        let store = self.clone();
        self.write(move |db| Box::pin(async move { store.provision_in(db, part, pairs, now).await })).await?;
        self.mailboxes_of(&owners).await
    }

    /// Changes the rows of those who have a mailbox, and makes the others', whose pairs these are.
    async fn provision_in(
        &self,
        db: &mut Conn,
        part: Vec<NewMailbox>,
        pairs: Vec<SealedPair>,
        now: Timestamp,
    ) -> Result<()> {
        let asked: Vec<&str> = part.iter().map(|new| new.owner.0.as_str()).collect();
        let select = format!("{} WHERE owner IN (SELECT asked.value FROM json_each(?1) asked)", KeyRow::SELECT);
        let select = db::query_as(db::Made(select)).bind(serde_json::Value::from(asked).to_string());
        let rows: Vec<KeyRow> = select.fetch_all(&mut *db).await?;
        let mut here: HashMap<String, KeyRow> = rows.into_iter().map(|row| (row.owner.clone(), row)).collect();
        let last: i64 = db::query_scalar("SELECT coalesce(max(id), 0) FROM mailbox").fetch_one(&mut *db).await?;
        let (mut pairs, mut fresh) = (pairs.into_iter(), Vec::new());
        for new in part {
            match here.get_mut(&new.owner.0) {
                Some(row) if row.address == new.address && row.shared == new.shared => {}
                Some(row) if self.verifies(row) => {
                    (row.address, row.shared) = (new.address, new.shared);
                    row.mac = self.mailbox_code(row).to_vec();
                    row.write(&mut *db, self).await?;
                }
                Some(row) => return Err(StoreError::Tampered(format!("the row of mailbox {}", row.id))),
                None => {
                    // Somebody left in between, when there are not enough: the caller tries again.
                    let pair = pairs.next().ok_or(StoreError::Busy)?;
                    let id = last + 1 + i64::try_from(fresh.len()).unwrap_or(i64::MAX);
                    let mut row = fresh_row(id, new, pair);
                    row.mac = self.mailbox_code(&row).to_vec();
                    fresh.push(row.owner.clone());
                    here.insert(row.owner.clone(), row);
                }
            }
        }
        let fresh: Vec<KeyRow> = fresh.iter().filter_map(|owner| here.remove(owner)).collect();
        for some in fresh.chunks(ROWS) {
            insert_rows(db, some, now).await?;
        }
        Ok(())
    }

    /// Fresh pairs; each costs two public-key operations, so a thousand leave the runtime alone.
    pub(super) async fn make_pairs(&self, count: usize) -> Result<Vec<SealedPair>> {
        let (region, unlock) = (self.name().as_str().to_owned(), self.inner.unlock_public);
        let make = move || (0..count).map(|_| sealed_pair(&region, &unlock)).collect();
        tokio::task::spawn_blocking(make).await.map_err(|_| StoreError::Closed)?
    }
}

pub(super) async fn insert_rows(db: &mut Conn, rows: &[KeyRow], now: Timestamp) -> Result<()> {
    const HEAD: &str = "INSERT INTO mailbox (id, owner, address, shared, created_at, public, private, mac)";
    let put = rows.iter().fold(Insert::new(HEAD, 8, rows.len()), |put, row| {
        put.bind(row.id)
            .bind(&row.owner)
            .bind(&row.address)
            .bind(row.shared)
            .bind(now.as_ms())
            .bind(&row.public[..])
            .bind(&row.private[..])
            .bind(&row.mac[..])
    });
    put.execute(db).await?;
    Ok(())
}

pub(super) fn fresh_row(id: i64, new: NewMailbox, pair: SealedPair) -> KeyRow {
    KeyRow {
        id,
        owner: new.owner.0,
        address: new.address,
        shared: new.shared,
        public: pair.public.to_vec(),
        private: pair.private,
        mac: Vec::new(),
    }
}

/// A fresh pair, its private half sealed to the unlock key.
fn sealed_pair(region: &str, unlock: &[u8; 32]) -> Result<SealedPair> {
    let pair = KeyPair::generate();
    let private = seal_key(unlock, INFO_MAILBOX, &pair_named(region, &pair.public), &*pair.private_bytes())?;
    Ok(SealedPair { public: pair.public, private })
}

/// What a private half's seal is bound to.
pub(super) fn pair_named(region: &str, public: &[u8]) -> Vec<u8> {
    mac::encode("mailbox", &[region.into(), public.into()])
}
