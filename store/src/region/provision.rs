//! Provisioning: a mailbox and its key pair for everybody, without any secret.

use crate::db::{self, Conn};
use mail::Timestamp;

use super::NewMailbox;
use super::mailbox::KeyRow;
use crate::seal::{INFO_MAILBOX, KeyPair, seal_key};
use crate::{MailboxId, RegionStore, Result, StoreError, mac};

/// Pairs made before the runtime is let go on.
const PAIRS_AT_ONCE: usize = 1000;

/// A pair whose private half is sealed to the unlock key.
pub(super) struct SealedPair {
    pub(super) public: [u8; 32],
    pub(super) private: Vec<u8>,
}

/// A mailbox with a pair, should it be missing.
type Planned = (NewMailbox, Option<SealedPair>);

impl RegionStore {
    /// Makes the mailboxes that are missing, by owner, and takes up changed addresses. Answers in the
    /// order asked.
    ///
    /// # Errors
    /// Those of a write.
    pub async fn provision(&self, new: &[NewMailbox], now: Timestamp) -> Result<Vec<MailboxId>> {
        self.hear(now);
        let mut ids = Vec::with_capacity(new.len());
        for part in new.chunks(PAIRS_AT_ONCE) {
            ids.extend(self.provision_part(part.to_vec(), now).await?);
        }
        Ok(ids)
    }

    async fn provision_part(&self, part: Vec<NewMailbox>, now: Timestamp) -> Result<Vec<MailboxId>> {
        let planned = self.planned(part).await?;
        let store = self.clone();
        self.write(move |db| {
            Box::pin(async move {
                let mut ids = Vec::with_capacity(planned.len());
                for planned in planned {
                    ids.push(store.provision_one(db, planned, now).await?);
                }
                Ok(ids)
            })
        })
        .await
    }

    async fn planned(&self, part: Vec<NewMailbox>) -> Result<Vec<Planned>> {
        let mut missing = Vec::with_capacity(part.len());
        for new in &part {
            missing.push(self.mailbox_of(&new.owner).await?.is_none());
        }
        let count = missing.iter().filter(|missing| **missing).count();
        let mut pairs = if count == 0 { Vec::new() } else { self.make_pairs(count).await? }.into_iter();
        let planned = part.into_iter().zip(missing);
        Ok(planned.map(|(new, missing)| (new, if missing { pairs.next() } else { None })).collect())
    }

    /// Fresh pairs; each costs two public-key operations, so a thousand leave the runtime alone.
    pub(super) async fn make_pairs(&self, count: usize) -> Result<Vec<SealedPair>> {
        let (region, unlock) = (self.name().as_str().to_owned(), self.inner.unlock_public);
        let make = move || (0..count).map(|_| sealed_pair(&region, &unlock)).collect();
        tokio::task::spawn_blocking(make).await.map_err(|_| StoreError::Closed)?
    }

    async fn provision_one(&self, db: &mut Conn, (new, pair): Planned, now: Timestamp) -> Result<MailboxId> {
        let select = db::Made(format!("{} WHERE owner = ?1", KeyRow::SELECT));
        let row: Option<KeyRow> = db::query_as(select).bind(&new.owner.0).fetch_optional(&mut *db).await?;
        let row = match (row, pair) {
            (Some(row), _) if row.address == new.address && row.shared == new.shared => return Ok(MailboxId(row.id)),
            (Some(row), _) if self.verifies(&row) => KeyRow { address: new.address, shared: new.shared, ..row },
            (Some(row), _) => return Err(StoreError::Tampered(format!("the row of mailbox {}", row.id))),
            (None, Some(pair)) => insert(db, new, pair, now).await?,
            (None, None) => return Err(StoreError::NoSuch(format!("mailbox of {}", new.owner))),
        };
        row.write(db, self).await?;
        Ok(MailboxId(row.id))
    }
}

async fn insert(db: &mut Conn, new: NewMailbox, pair: SealedPair, now: Timestamp) -> Result<KeyRow> {
    let insert = "INSERT INTO mailbox (owner, address, shared, created_at, public, private, mac)
                  VALUES (?1, '', 0, ?2, x'', x'', x'') RETURNING id";
    let id = db::query_scalar(insert).bind(&new.owner.0).bind(now.as_ms()).fetch_one(db).await?;
    Ok(KeyRow {
        id,
        owner: new.owner.0,
        address: new.address,
        shared: new.shared,
        public: pair.public.to_vec(),
        private: pair.private,
        mac: Vec::new(),
    })
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
