//! Sealing for a mailbox, and opening: which key, from memory or from its row.

use std::sync::Arc;

use crate::db::{self, Conn};
use mail::Timestamp;
use zeroize::Zeroizing;

use super::Inner;
use crate::mac::{self, Field};
use crate::seal::{Epoch, INFO_EPOCH, Key, SealedEpoch, open, seal};
use crate::{ContentId, MailboxId, RegionStore, Result, StoreError};

const DAY_MS: i64 = 86_400_000;

/// An epoch's row, written together with the first thing sealed under it; later writes make sure that it is still there.
#[derive(Clone)]
pub(super) struct EpochRow {
    mailbox: MailboxId,
    id: [u8; 16],
    created_at: Timestamp,
    node: String,
    /// `None` once the row is known to be written.
    sealed: Option<Arc<SealedEpoch>>,
    region: Arc<Inner>,
}

impl EpochRow {
    /// Writes the row, unless that was done.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when the mailbox got a new pair in between, or was shredded: nobody could open the epoch then.
    pub(super) async fn write(&self, db: &mut Conn) -> Result<()> {
        let Some(sealed) = &self.sealed else { return self.check(db).await };
        let insert = "INSERT INTO epoch (mailbox, id, created_at, node, sealed)
                      SELECT ?1, ?2, ?3, ?4, ?5 FROM mailbox WHERE id = ?1 AND public = ?6 ON CONFLICT DO NOTHING";
        let done = db::query(insert)
            .bind(self.mailbox.0)
            .bind(&self.id[..])
            .bind(self.created_at.as_ms())
            .bind(&self.node)
            .bind(&sealed.sealed[..])
            .bind(&sealed.public[..])
            .execute(&mut *db)
            .await?;
        if done.rows_affected() > 0 {
            return Ok(());
        }
        self.find(db).await
    }

    /// What forgets an epoch on this node forgets it in memory too; what another node did is in the row alone.
    async fn check(&self, db: &mut Conn) -> Result<()> {
        let is_kept = || self.region.ring.writes_under(self.mailbox, &self.id);
        if matches!(db, Conn::Sqlite(_) | Conn::SqliteRead(_)) && is_kept() { Ok(()) } else { self.find(db).await }
    }

    async fn find(&self, db: &mut Conn) -> Result<()> {
        let select = "SELECT 1 FROM epoch WHERE mailbox = ?1 AND id = ?2";
        let found: Option<i64> =
            db::query_scalar(select).bind(self.mailbox.0).bind(&self.id[..]).fetch_optional(db).await?;
        found.map(|_| ()).ok_or(StoreError::Busy)
    }
}

/// Seals for one mailbox under one epoch.
pub(super) struct Sealer {
    mailbox: MailboxId,
    region: String,
    epoch: Epoch,
    created_at: Timestamp,
    store: Arc<Inner>,
}

impl Sealer {
    /// The epoch's row, which every write under it begins with.
    pub(super) fn row(&self) -> EpochRow {
        let (mailbox, id, created_at) = (self.mailbox, self.epoch.id, self.created_at);
        let (sealed, region) = (self.epoch.unwritten.clone(), Arc::clone(&self.store));
        EpochRow { mailbox, id, created_at, node: region.node.clone(), sealed, region }
    }

    /// A folder's name or path.
    pub(super) fn name(&self, name: &str) -> Vec<u8> {
        self.sealed(&named(&self.region, "name", self.mailbox, None), name.as_bytes())
    }

    /// Keywords, parted by spaces; nothing for none.
    pub(super) fn keywords(&self, flags: &mail::Flags) -> Option<Vec<u8>> {
        let words: Vec<&str> = flags.keywords.iter().map(String::as_str).collect();
        let named = || named(&self.region, "keywords", self.mailbox, None);
        (!words.is_empty()).then(|| self.sealed(&named(), words.join(" ").as_bytes()))
    }

    /// A content's key for this mailbox.
    pub(super) fn content_key(&self, content: ContentId, key: &Key) -> Vec<u8> {
        self.sealed(&named(&self.region, "key", self.mailbox, Some(content)), &**key)
    }

    /// A part of an index segment; the segment's row names the epoch.
    pub(super) fn index_part(&self, named: &[u8], bytes: &[u8]) -> Vec<u8> {
        seal(&self.epoch.key, named, bytes)
    }

    /// Anything else of the mailbox, bound to its own name.
    pub(super) fn of_mailbox(&self, kind: &str, name: Field<'_>, bytes: &[u8]) -> Vec<u8> {
        self.sealed(&mac::encode(kind, &[self.region.as_str().into(), self.mailbox.0.into(), name]), bytes)
    }

    /// Which epoch it seals under.
    pub(super) fn epoch_id(&self) -> [u8; 16] {
        self.epoch.id
    }

    fn sealed(&self, named: &[u8], bytes: &[u8]) -> Vec<u8> {
        let mut sealed = self.epoch.id.to_vec();
        sealed.extend_from_slice(&seal(&self.epoch.key, named, bytes));
        sealed
    }
}

/// What a seal for a mailbox is bound to.
fn named(region: &str, kind: &str, mailbox: MailboxId, content: Option<ContentId>) -> Vec<u8> {
    let content = content.as_ref().map(|content| &content.0);
    mac::encode(kind, &[region.into(), mailbox.0.into(), Field::from(content)])
}

impl RegionStore {
    /// Something to seal with for this mailbox, under an epoch of the day of `now`.
    pub(super) async fn sealer(&self, mailbox: MailboxId, now: Timestamp) -> Result<Sealer> {
        self.hear(now);
        let now = self.heard();
        let day = now.as_ms().div_euclid(DAY_MS);
        let region = self.name().as_str();
        let epoch = match self.inner.ring.writing(mailbox, day) {
            Some(epoch) => epoch,
            None => {
                let public = self.public(mailbox).await?;
                if let Some(ended) = self.inner.ring.writing(mailbox, i64::MIN) {
                    self.inner.searches.epoch_ended(mailbox, ended);
                }
                self.inner.ring.start(region, mailbox, &public, day)?
            }
        };
        Ok(Sealer { mailbox, region: region.to_owned(), epoch, created_at: now, store: Arc::clone(&self.inner) })
    }

    /// The epoch's row is on disk: later writes need not bring it.
    pub(super) fn epoch_written(&self, row: &EpochRow) {
        if row.sealed.is_some() {
            self.inner.ring.written(row.mailbox, &row.id);
        }
    }

    /// Opens a folder's name or path.
    pub(super) async fn open_name(&self, mailbox: MailboxId, sealed: &[u8]) -> Result<String> {
        let named = named(self.name().as_str(), "name", mailbox, None);
        let bytes = self.open_sealed(mailbox, &named, sealed, "a folder name").await?;
        String::from_utf8(bytes).map_err(|_| StoreError::Tampered("a folder name".to_owned()))
    }

    /// Opens keywords into flags.
    pub(super) async fn open_keywords(&self, mailbox: MailboxId, sealed: &[u8]) -> Result<Vec<String>> {
        let named = named(self.name().as_str(), "keywords", mailbox, None);
        let bytes = self.open_sealed(mailbox, &named, sealed, "keywords").await?;
        let text = String::from_utf8(bytes).map_err(|_| StoreError::Tampered("keywords".to_owned()))?;
        Ok(text.split(' ').map(str::to_owned).collect())
    }

    /// Opens what [`Sealer::of_mailbox`] sealed.
    pub(super) async fn open_of_mailbox(
        &self,
        mailbox: MailboxId,
        kind: &str,
        name: Field<'_>,
        sealed: &[u8],
    ) -> Result<Vec<u8>> {
        let named = mac::encode(kind, &[self.name().as_str().into(), mailbox.0.into(), name]);
        self.open_sealed(mailbox, &named, sealed, kind).await
    }

    /// Opens a content's key.
    pub(super) async fn open_content_key(&self, mailbox: MailboxId, content: ContentId, sealed: &[u8]) -> Result<Key> {
        let named = named(self.name().as_str(), "key", mailbox, Some(content));
        let bytes = Zeroizing::new(self.open_sealed(mailbox, &named, sealed, "a content key").await?);
        let tampered = |_| StoreError::Tampered("a content key".to_owned());
        bytes.as_slice().try_into().map(Zeroizing::new).map_err(tampered)
    }

    /// Opens a content's key that is under this epoch.
    pub(super) fn content_key_under(
        &self,
        epoch: &Key,
        mailbox: MailboxId,
        content: ContentId,
        sealed: &[u8],
    ) -> Option<Key> {
        let named = named(self.name().as_str(), "key", mailbox, Some(content));
        let bytes = Zeroizing::new(open(epoch, &named, sealed.get(16..)?)?);
        bytes.as_slice().try_into().map(Zeroizing::new).ok()
    }

    async fn open_sealed(&self, mailbox: MailboxId, named: &[u8], sealed: &[u8], what: &str) -> Result<Vec<u8>> {
        let tampered = || StoreError::Tampered(format!("{what} of mailbox {mailbox}"));
        let (epoch, boxed) = sealed.split_first_chunk::<16>().ok_or_else(tampered)?;
        let key = self.epoch_key(mailbox, epoch).await?;
        open(&key, named, boxed).ok_or_else(tampered)
    }

    /// The key of an epoch; needs the mailbox unsealed.
    pub(super) async fn epoch_key(&self, mailbox: MailboxId, id: &[u8; 16]) -> Result<Key> {
        if let Some(key) = self.inner.ring.opened(mailbox, id) {
            return Ok(key);
        }
        let pair = self.inner.ring.pair(mailbox).ok_or(StoreError::Sealed(mailbox))?;
        let sealed: Option<Vec<u8>> = db::query_scalar("SELECT sealed FROM epoch WHERE mailbox = ?1 AND id = ?2")
            .bind(mailbox.0)
            .bind(&id[..])
            .fetch_optional(&self.inner.engine.readers)
            .await?;
        let named = Epoch::named(self.name().as_str(), mailbox, id);
        let opened = sealed.and_then(|sealed| pair.open(INFO_EPOCH, &named, &sealed));
        let key = opened.and_then(|key| <[u8; 32]>::try_from(key.as_slice()).ok()).map(Zeroizing::new);
        let Some(key) = key else { return Err(self.not_opened(mailbox, &pair.public).await?) };
        self.inner.ring.remember(mailbox, *id, key.clone());
        Ok(key)
    }

    /// Why an epoch did not open: another node may have given the mailbox a new pair, and the word of it was lost.
    async fn not_opened(&self, mailbox: MailboxId, public: &[u8; 32]) -> Result<StoreError> {
        if self.public(mailbox).await? == *public {
            return Ok(StoreError::Tampered(format!("an epoch of mailbox {mailbox}")));
        }
        self.inner.ring.forget_mailbox(mailbox);
        self.inner.searches.close(mailbox);
        Ok(StoreError::Sealed(mailbox))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;
    use crate::region::NewMailbox;
    use crate::seal::UnlockKey;
    use crate::{BlobStore, Database, EntryId, HouseKeys, RegionConfig, Store, StoreConfig};

    const NOW: Timestamp = Timestamp::from_unix_s(1_790_000_000);

    /// A write whose seals were made before a shredding, and which commits after it, could never be opened.
    #[tokio::test]
    async fn what_was_sealed_before_a_shredding_is_not_written_after_it() {
        let folder = tempfile::tempdir().unwrap();
        let region = RegionConfig {
            name: mail::Region::default(),
            country: "FR".to_owned(),
            place: None,
            unlock_public: UnlockKey::generate().public(),
            database: Database::Folder,
            blobs: BlobStore::Folder,
        };
        let (data, node, keys) = (folder.path().to_owned(), "n1".to_owned(), HouseKeys::generate());
        let config = StoreConfig { data, node, database: Database::Folder, regions: vec![region], keys };
        let store = Store::open(config).await.unwrap();
        let region = store.default_region();
        let new = NewMailbox { owner: EntryId::from("anne"), address: "anne@corp.test".to_owned(), shared: false };
        let mailbox = region.provision(&[new], NOW).await.unwrap()[0];
        let write = |row: EpochRow| region.write(move |db| Box::pin(async move { row.write(db).await }));

        let first = region.sealer(mailbox, NOW).await.unwrap().row();
        write(first.clone()).await.unwrap();
        region.epoch_written(&first);
        let before = region.sealer(mailbox, NOW).await.unwrap().row();
        assert!(before.sealed.is_none(), "its row is known to be written");
        write(before.clone()).await.unwrap();
        region.shred(mailbox, NOW).await.unwrap();
        let late = write(before).await;
        assert!(matches!(late, Err(StoreError::Busy)), "{late:?}");
        write(region.sealer(mailbox, NOW).await.unwrap().row()).await.unwrap();
    }
}
