//! Asking for entries as of a moment.

use crate::db;
use std::collections::BTreeMap;

use mail::Timestamp;

use super::Directory;
use super::entry::{AsOf, Counts, Entry, EntryKind, OWN_SOURCE};
use super::entry_row::{EntryRow, bucket_of, select_entries};
use super::ledger::{self, Area};
use crate::{EntryId, Result};

/// The part of a statement that tells whether `entry e` counts as of `?1`; `?1` is NULL for now.
macro_rules! counts_as_of {
    () => {
        " (CASE WHEN ?1 IS NULL OR e.source = 'relais' THEN e.seen_until IS NULL
           ELSE e.seen_from < ?1 AND (e.seen_until IS NULL OR e.seen_until >= ?1) END) "
    };
}
pub(super) use counts_as_of;

/// What [`counts_as_of`] is bound to.
pub(super) fn moment(as_of: AsOf) -> Option<i64> {
    match as_of {
        AsOf::Now => None,
        AsOf::Before(moment) => Some(moment.as_ms()),
    }
}

/// Of several versions of an entry that count (the primary's, and our own), ours.
pub(super) fn settled(rows: Vec<EntryRow>) -> BTreeMap<String, EntryRow> {
    let mut kept: BTreeMap<String, EntryRow> = BTreeMap::new();
    for row in rows {
        let other = kept.get(&row.id);
        if other.is_none_or(|other| other.source != OWN_SOURCE) {
            kept.insert(row.id.clone(), row);
        }
    }
    kept
}

impl Directory {
    /// When a source first showed somebody, by the oldest row that verifies: one that somebody changed holds up nothing.
    ///
    /// # Errors
    /// Those of a read.
    pub(super) async fn first_look(&self) -> Result<Option<Timestamp>> {
        let page = select_entries!("entry e WHERE e.source <> 'relais' AND e.version > ? ORDER BY e.version LIMIT 100");
        let mut db = self.reading().await?;
        let mut after = 0;
        loop {
            let rows: Vec<EntryRow> = db::query_as(page).bind(after).fetch_all(&mut *db).await?;
            let Some(last) = rows.last() else { return Ok(None) };
            after = last.version;
            if let Some(row) = rows.iter().find(|row| self.read(row).is_ok()) {
                return Ok(Some(Timestamp::from_ms(row.seen_from)));
            }
        }
    }

    /// Every entry as of a moment, ordered by id. Rows that do not verify are left out: see [`Self::findings`].
    ///
    /// # Errors
    /// Those of reading.
    pub async fn entries(&self, as_of: AsOf) -> Result<Vec<Entry>> {
        let rows = concat!(select_entries!("entry e WHERE"), counts_as_of!(), "ORDER BY e.version");
        let rows: Vec<EntryRow> = db::query_as(rows).bind(moment(as_of)).fetch_all(&self.engine.readers).await?;
        Ok(settled(rows).values().filter_map(|row| self.read(row).ok()).collect())
    }

    /// One entry as of a moment.
    ///
    /// # Errors
    /// [`crate::StoreError::Tampered`] when somebody else changed it, or which entries there are.
    pub async fn entry(&self, id: &EntryId, as_of: AsOf) -> Result<Option<Entry>> {
        let mut db = self.reading().await?;
        let rows = concat!(select_entries!("entry e WHERE e.id = ?2 AND"), counts_as_of!(), "ORDER BY e.version");
        let rows = db::query_as(rows).bind(moment(as_of)).bind(&id.0).fetch_all(&mut *db).await?;
        let entry = settled(rows).values().next().map(|row| self.read(row)).transpose()?;
        ledger::check(&mut db, &self.guard, Area::Entry, bucket_of(&id.0, &self.guard)).await?;
        Ok(entry)
    }

    /// A name for an entry whose source has none but its address: lasting, and telling nobody the address.
    #[must_use]
    pub fn unreadable_id(&self, text: &str) -> EntryId {
        let tag = self.guard.hash("entry id", text.as_bytes());
        EntryId(hex::encode(tag.get(..16).unwrap_or(&tag)))
    }

    /// The ids of what a source shows now.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn ids_from(&self, source: &str) -> Result<Vec<EntryId>> {
        let rows = "SELECT id FROM entry WHERE source = ?1 AND seen_until IS NULL";
        let ids: Vec<String> = db::query_scalar(rows).bind(source).fetch_all(&self.engine.readers).await?;
        Ok(ids.into_iter().map(EntryId).collect())
    }

    /// How many current entries there are of each kind.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn counts(&self) -> Result<Counts> {
        let rows = "SELECT kind, count(*) FROM entry WHERE seen_until IS NULL GROUP BY kind";
        let rows: Vec<(i64, i64)> = db::query_as(rows).fetch_all(&self.engine.readers).await?;
        let mut counts = Counts::default();
        for (kind, count) in rows {
            let count = u64::try_from(count).unwrap_or(0);
            match EntryKind::from_number(kind) {
                Some(EntryKind::Person) => counts.people = count,
                Some(EntryKind::Shared) => counts.shared = count,
                Some(EntryKind::Group) => counts.groups = count,
                Some(EntryKind::Contact) => counts.contacts = count,
                None => {}
            }
        }
        Ok(counts)
    }
}
