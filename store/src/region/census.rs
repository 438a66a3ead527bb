//! All mailboxes of a region, without ever holding all of them.
//!
//! ```text
//!   mailboxes_after(0) ── page ── mailboxes_after(last id of it) ── page ── ... ── empty: the end
//!   census(wanted) ────── counted by the database
//! ```

use crate::db;
use std::collections::HashMap;

use mail::Timestamp;

use super::{CleanPoint, MailboxRow, NewMailbox};
use crate::{EntryId, MailboxId, RegionStore, Result, StoreError};

/// How many mailboxes there are, and how they stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// All of them.
    pub mailboxes: u64,
    /// Those whose view is laid out for the clean point that was asked for, and for which that is the one in force.
    pub laid_out: u64,
    /// Those that can be read now.
    pub unsealed: u64,
}

/// id, owner, address, shared, created_at, laid_for
type ListRow = (i64, String, String, bool, i64, i64);

impl RegionStore {
    /// The next mailboxes, in the order they were provisioned, `limit` at most: those after `after`, or the first. Those on
    /// their way to or from another region are left out.
    ///
    /// # Errors
    /// Those of a read.
    pub async fn mailboxes_after(&self, after: Option<MailboxId>, limit: u32) -> Result<Vec<MailboxRow>> {
        let select = "SELECT id, owner, address, shared, created_at, laid_for FROM mailbox WHERE id > ?1
             AND id NOT IN (SELECT mailbox FROM moving) ORDER BY id LIMIT ?2";
        let select = db::query_as(select).bind(after.map_or(0, |id| id.0)).bind(limit);
        let rows: Vec<ListRow> = select.fetch_all(&self.inner.engine.readers).await?;
        let points = self.clean_points().await?;
        let row = |(id, owner, address, shared, created_at, laid_for): ListRow| {
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

    /// All mailboxes, in the order they were provisioned: for small houses and for tests.
    ///
    /// # Errors
    /// Those of a read.
    pub async fn mailboxes(&self) -> Result<Vec<MailboxRow>> {
        self.mailboxes_after(None, u32::MAX).await
    }

    /// How many mailboxes there are that are not on their way.
    ///
    /// # Errors
    /// Those of a read.
    pub async fn mailbox_count(&self) -> Result<u64> {
        let count: i64 = db::query_scalar("SELECT count(*) FROM mailbox WHERE id NOT IN (SELECT mailbox FROM moving)")
            .fetch_one(&self.inner.engine.readers)
            .await?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// Those of `wanted` that are not here, or under another address or kind.
    ///
    /// # Errors
    /// Those of a read.
    pub async fn missing(&self, mut wanted: Vec<NewMailbox>) -> Result<Vec<NewMailbox>> {
        let owners: Vec<&str> = wanted.iter().map(|new| new.owner.0.as_str()).collect();
        let select = "SELECT owner, address, shared FROM json_each(?1) asked CROSS JOIN mailbox ON owner = asked.value";
        let select = db::query_as(select).bind(serde_json::Value::from(owners).to_string());
        let rows: Vec<(String, String, bool)> = select.fetch_all(&self.inner.engine.readers).await?;
        let here: HashMap<String, (String, bool)> =
            rows.into_iter().map(|(owner, address, shared)| (owner, (address, shared))).collect();
        let is_here = |new: &NewMailbox| {
            here.get(&new.owner.0).is_some_and(|(address, shared)| *address == new.address && *shared == new.shared)
        };
        wanted.retain(|new| !is_here(new));
        Ok(wanted)
    }

    /// Those of these owners who have no mailbox here.
    ///
    /// # Errors
    /// Those of a read.
    pub async fn without_mailbox(&self, owners: Vec<EntryId>) -> Result<Vec<EntryId>> {
        let asked: Vec<&str> = owners.iter().map(|owner| owner.0.as_str()).collect();
        let select = "SELECT asked.value FROM json_each(?1) asked
                      WHERE NOT EXISTS (SELECT 1 FROM mailbox WHERE owner = asked.value)";
        let select = db::query_scalar(select).bind(serde_json::Value::from(asked).to_string());
        let missing: Vec<String> = select.fetch_all(&self.inner.engine.readers).await?;
        Ok(missing.into_iter().map(EntryId).collect())
    }

    /// The mailboxes of these owners, in the order asked.
    pub(super) async fn mailboxes_of(&self, owners: &[EntryId]) -> Result<Vec<MailboxId>> {
        let asked: Vec<&str> = owners.iter().map(|owner| owner.0.as_str()).collect();
        let select = "SELECT m.owner, m.id FROM json_each(?1) asked CROSS JOIN mailbox m ON m.owner = asked.value";
        let select = db::query_as(select).bind(serde_json::Value::from(asked).to_string());
        let rows: Vec<(String, i64)> = select.fetch_all(&self.inner.engine.readers).await?;
        let ids: HashMap<String, i64> = rows.into_iter().collect();
        let id = |owner: &EntryId| ids.get(&owner.0).copied().map(MailboxId);
        let no_such = |owner: &EntryId| StoreError::NoSuch(format!("mailbox of {owner}"));
        owners.iter().map(|owner| id(owner).ok_or_else(|| no_such(owner))).collect()
    }

    /// How the mailboxes stand, `wanted` being the clean point they should be laid out for.
    ///
    /// # Errors
    /// Those of a read.
    pub async fn census(&self, wanted: CleanPoint) -> Result<Census> {
        let points = self.clean_points().await?;
        let own: Vec<i64> = points.own().collect();
        let own_json = super::json(own.iter().copied());
        let mut laid_out = 0;
        if let Some((row, _)) = points.for_all().filter(|(_, point)| *point == wanted) {
            let count =
                "SELECT count(*) FROM mailbox WHERE laid_for = ?1 AND id NOT IN (SELECT value FROM json_each(?2))";
            let count = db::query_scalar::<i64>(count).bind(row).bind(&own_json);
            laid_out += u64::try_from(count.fetch_one(&self.inner.engine.readers).await?).unwrap_or(0);
        }
        if !own.is_empty() {
            let select = "SELECT id, laid_for FROM mailbox WHERE id IN (SELECT value FROM json_each(?1))";
            let rows: Vec<(i64, i64)> =
                db::query_as(select).bind(&own_json).fetch_all(&self.inner.engine.readers).await?;
            let is_laid_out =
                |(id, laid_for): &&(i64, i64)| points.in_force(MailboxId(*id)) == Some((*laid_for, wanted));
            laid_out += u64::try_from(rows.iter().filter(is_laid_out).count()).unwrap_or(0);
        }
        let unsealed = u64::try_from(self.unsealed_count()).unwrap_or(u64::MAX);
        Ok(Census { mailboxes: self.mailbox_count().await?, laid_out, unsealed })
    }
}
