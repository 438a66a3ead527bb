//! Provisioning: a mailbox and its key pair for everybody, without any secret.

use mail::Timestamp;
use sqlx::SqliteConnection;

use super::{CleanPoint, MailboxRow, NewMailbox};
use crate::mac::{self, Field};
use crate::seal::{INFO_MAILBOX, KeyPair, seal_key};
use crate::{EntryId, MailboxId, RegionStore, Result, StoreError};

/// Pairs made before the runtime is let go on.
const PAIRS_AT_ONCE: usize = 1000;

/// The coded columns of a mailbox row.
pub(super) struct Coded<'a> {
    pub(super) id: MailboxId,
    pub(super) owner: &'a str,
    pub(super) address: &'a str,
    pub(super) shared: bool,
    pub(super) public: &'a [u8],
    pub(super) private: &'a [u8],
}

/// A pair whose private half is sealed to the unlock key.
#[derive(Clone)]
pub(super) struct SealedPair {
    pub(super) public: [u8; 32],
    pub(super) private: Vec<u8>,
}

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
        let known = self.known(&part).await?;
        let missing = known.iter().filter(|known| known.is_none()).count();
        let mut pairs = self.make_pairs(missing).await?.into_iter();
        let planned: Vec<_> = part
            .into_iter()
            .zip(known)
            .map(|(new, known)| (new, if known.is_none() { pairs.next() } else { None }))
            .collect();
        let store = self.clone();
        self.write(move |db| {
            Box::pin(async move {
                let mut ids = Vec::with_capacity(planned.len());
                for (new, pair) in &planned {
                    ids.push(store.provision_one(db, new, pair.as_ref(), now).await?);
                }
                Ok(ids)
            })
        })
        .await
    }

    async fn known(&self, part: &[NewMailbox]) -> Result<Vec<Option<MailboxId>>> {
        let mut known = Vec::with_capacity(part.len());
        for new in part {
            known.push(self.mailbox_of(&new.owner).await?);
        }
        Ok(known)
    }

    /// Fresh pairs; each costs two public-key operations, so a thousand leave the runtime alone.
    pub(super) async fn make_pairs(&self, count: usize) -> Result<Vec<SealedPair>> {
        let (region, unlock) = (self.name().as_str().to_owned(), self.inner.unlock_public);
        let make = move || (0..count).map(|_| sealed_pair(&region, &unlock)).collect();
        tokio::task::spawn_blocking(make).await.map_err(|_| StoreError::Closed)?
    }

    async fn provision_one(
        &self,
        db: &mut SqliteConnection,
        new: &NewMailbox,
        pair: Option<&SealedPair>,
        now: Timestamp,
    ) -> Result<MailboxId> {
        let found = "SELECT id, address, shared, public, private FROM mailbox WHERE owner = ?1";
        let row: Option<(i64, String, bool, Vec<u8>, Vec<u8>)> =
            sqlx::query_as(found).bind(&new.owner.0).fetch_optional(&mut *db).await?;
        match (row, pair) {
            (Some((id, address, shared, ..)), _) if address == new.address && shared == new.shared => Ok(MailboxId(id)),
            (Some((id, _, _, public, private)), _) => self.readdress(db, MailboxId(id), new, &public, &private).await,
            (None, Some(pair)) => self.insert_mailbox(db, new, pair, now).await,
            (None, None) => Err(StoreError::NoSuch(format!("mailbox of {}", new.owner))),
        }
    }

    async fn insert_mailbox(
        &self,
        db: &mut SqliteConnection,
        new: &NewMailbox,
        pair: &SealedPair,
        now: Timestamp,
    ) -> Result<MailboxId> {
        let insert = "INSERT INTO mailbox (owner, address, shared, created_at, public, private, mac)
                      VALUES (?1, ?2, ?3, ?4, ?5, ?6, x'') RETURNING id";
        let id: i64 = sqlx::query_scalar(insert)
            .bind(&new.owner.0)
            .bind(&new.address)
            .bind(new.shared)
            .bind(now.as_ms())
            .bind(&pair.public[..])
            .bind(&pair.private)
            .fetch_one(&mut *db)
            .await?;
        self.readdress(db, MailboxId(id), new, &pair.public, &pair.private).await
    }

    /// Writes what may change of a mailbox, and the row's code.
    async fn readdress(
        &self,
        db: &mut SqliteConnection,
        id: MailboxId,
        new: &NewMailbox,
        public: &[u8],
        private: &[u8],
    ) -> Result<MailboxId> {
        let coded = Coded { id, owner: &new.owner.0, address: &new.address, shared: new.shared, public, private };
        sqlx::query("UPDATE mailbox SET address = ?2, shared = ?3, mac = ?4 WHERE id = ?1")
            .bind(id.0)
            .bind(&new.address)
            .bind(new.shared)
            .bind(&self.mailbox_code(&coded)[..])
            .execute(db)
            .await?;
        Ok(id)
    }

    pub(super) fn mailbox_code(&self, row: &Coded<'_>) -> [u8; 32] {
        let region: Field<'_> = self.name().as_str().into();
        let fields = [
            region,
            row.id.0.into(),
            row.owner.into(),
            row.address.into(),
            i64::from(row.shared).into(),
            row.public.into(),
            row.private.into(),
        ];
        mac::code(&self.inner.keys.integrity, "mailbox", &fields)
    }

    /// The public half that new epochs are sealed to, if its row verifies.
    pub(super) async fn public(&self, mailbox: MailboxId) -> Result<[u8; 32]> {
        let row: Option<(String, String, bool, Vec<u8>, Vec<u8>, Vec<u8>)> =
            sqlx::query_as("SELECT owner, address, shared, public, private, mac FROM mailbox WHERE id = ?1")
                .bind(mailbox.0)
                .fetch_optional(&self.inner.engine.readers)
                .await?;
        let (owner, address, shared, public, private, code) =
            row.ok_or_else(|| StoreError::NoSuch(format!("mailbox {mailbox}")))?;
        let coded = Coded { id: mailbox, owner: &owner, address: &address, shared, public: &public, private: &private };
        let verified = mac::same(&code, &self.mailbox_code(&coded));
        let public = <[u8; 32]>::try_from(public.as_slice()).ok().filter(|_| verified);
        public.ok_or_else(|| {
            self.found_tampered(&format!("the row of mailbox {mailbox}"));
            StoreError::Tampered(format!("the row of mailbox {mailbox}"))
        })
    }

    /// The mailbox of a directory entry.
    ///
    /// # Errors
    /// Those of a read.
    pub async fn mailbox_of(&self, owner: &EntryId) -> Result<Option<MailboxId>> {
        let id: Option<i64> = sqlx::query_scalar("SELECT id FROM mailbox WHERE owner = ?1")
            .bind(&owner.0)
            .fetch_optional(&self.inner.engine.readers)
            .await?;
        Ok(id.map(MailboxId))
    }

    /// All mailboxes, in the order they were provisioned.
    ///
    /// # Errors
    /// Those of a read.
    pub async fn mailboxes(&self) -> Result<Vec<MailboxRow>> {
        type Row = (i64, String, String, bool, i64, i64);
        let select = "SELECT id, owner, address, shared, created_at, laid_for FROM mailbox ORDER BY id";
        let rows: Vec<Row> = sqlx::query_as(select).fetch_all(&self.inner.engine.readers).await?;
        let points = self.clean_points().await?;
        let row = |(id, owner, address, shared, created_at, laid_for): Row| {
            let id = MailboxId(id);
            let in_force: Option<(i64, CleanPoint)> = points.in_force(id);
            MailboxRow {
                id,
                owner: EntryId(owner),
                address,
                shared,
                created_at: Timestamp::from_ms(created_at),
                laid_out: in_force.is_some_and(|(row, _)| row == laid_for),
                clean_point: in_force.map(|(_, point)| point),
            }
        };
        Ok(rows.into_iter().map(row).collect())
    }
}

/// A fresh pair, its private half sealed to the unlock key.
pub(super) fn sealed_pair(region: &str, unlock: &[u8; 32]) -> Result<SealedPair> {
    let pair = KeyPair::generate();
    let private = seal_key(unlock, INFO_MAILBOX, &pair_named(region, &pair.public), &*pair.private_bytes())?;
    Ok(SealedPair { public: pair.public, private })
}

/// What a private half's seal is bound to.
pub(super) fn pair_named(region: &str, public: &[u8]) -> Vec<u8> {
    mac::encode("mailbox", &[region.into(), public.into()])
}
