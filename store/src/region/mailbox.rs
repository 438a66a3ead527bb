//! Mailboxes and their rows: each has a key pair of its own, and a code on what must not change.

use crate::db::{self, Conn};
use mail::Timestamp;

use super::CleanPoint;
use crate::mac::{self, Field};
use crate::{EntryId, MailboxId, RegionStore, Result, StoreError};

/// A mailbox to provision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMailbox {
    /// Whose it is, by the directory's key.
    pub owner: EntryId,
    /// Its primary address.
    pub address: String,
    /// A shared mailbox, which nobody signs in to.
    pub shared: bool,
}

/// A provisioned mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailboxRow {
    /// Its number in this region.
    pub id: MailboxId,
    /// Whose it is.
    pub owner: EntryId,
    /// Its primary address.
    pub address: String,
    /// A shared mailbox.
    pub shared: bool,
    /// When it was provisioned.
    pub created_at: Timestamp,
    /// Whether the view is laid out for the clean point in force.
    pub laid_out: bool,
    /// The clean point in force, none in standby.
    pub clean_point: Option<CleanPoint>,
}

/// The columns of a mailbox that carry a code.
#[derive(Clone)]
pub(super) struct KeyRow {
    pub(super) id: i64,
    pub(super) owner: String,
    pub(super) address: String,
    pub(super) shared: bool,
    pub(super) public: Vec<u8>,
    pub(super) private: Vec<u8>,
    pub(super) mac: Vec<u8>,
}

crate::db::record!(KeyRow { id, owner, address, shared, public, private, mac });

impl KeyRow {
    /// The columns, for a WHERE to follow.
    pub(super) const SELECT: &str = "SELECT id, owner, address, shared, public, private, mac FROM mailbox";

    /// Writes the columns and their code.
    pub(super) async fn write(&self, db: &mut Conn, store: &RegionStore) -> Result<()> {
        let update = "UPDATE mailbox SET address = ?2, shared = ?3, public = ?4, private = ?5, mac = ?6 WHERE id = ?1";
        let update = db::query(update).bind(self.id).bind(&self.address).bind(self.shared);
        let update = update.bind(&self.public).bind(&self.private).bind(store.mailbox_code(self).to_vec());
        update.execute(db).await?;
        Ok(())
    }
}

impl RegionStore {
    pub(super) fn mailbox_code(&self, row: &KeyRow) -> [u8; 32] {
        let fields: [Field<'_>; 7] = [
            self.name().as_str().into(),
            row.id.into(),
            row.owner.as_str().into(),
            row.address.as_str().into(),
            i64::from(row.shared).into(),
            row.public.as_slice().into(),
            row.private.as_slice().into(),
        ];
        mac::code(&self.inner.keys.integrity, "mailbox", &fields)
    }

    /// Whether the row is as Relais wrote it; one that is not is a finding.
    pub(super) fn verifies(&self, row: &KeyRow) -> bool {
        let verified = mac::same(&row.mac, &self.mailbox_code(row));
        if !verified {
            self.found_tampered(&format!("the row of mailbox {}", row.id));
        }
        verified
    }

    /// The public half that new epochs are sealed to, if its row verifies.
    pub(super) async fn public(&self, mailbox: MailboxId) -> Result<[u8; 32]> {
        let select = db::Made(format!("{} WHERE id = ?1", KeyRow::SELECT));
        let row: Option<KeyRow> =
            db::query_as(select).bind(mailbox.0).fetch_optional(&self.inner.engine.readers).await?;
        let row = row.ok_or_else(|| StoreError::NoSuch(format!("mailbox {mailbox}")))?;
        let public = row.public.as_slice().try_into().ok().filter(|_| self.verifies(&row));
        public.ok_or_else(|| StoreError::Tampered(format!("the row of mailbox {mailbox}")))
    }

    /// The mailbox of a directory entry.
    ///
    /// # Errors
    /// Those of a read.
    pub async fn mailbox_of(&self, owner: &EntryId) -> Result<Option<MailboxId>> {
        let id: Option<i64> = db::query_scalar("SELECT id FROM mailbox WHERE owner = ?1")
            .bind(&owner.0)
            .fetch_optional(&self.inner.engine.readers)
            .await?;
        Ok(id.map(MailboxId))
    }
}
