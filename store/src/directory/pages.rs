//! All entries, without ever holding all of them.
//!
//! ```text
//!   entries_after(None) ── page ── entries_after(last id of it) ── page ── ... ── empty: the end
//! ```

use crate::db;
use std::collections::HashMap;

use mail::Timestamp;

use super::credentials::CredentialRow;
use super::entry_row::{EntryRow, select_entries};
use super::lookup::{counts_as_of, moment, settled};
use super::{AsOf, CredentialKind, Directory, Entry, Owner};
use crate::{EntryId, Result};

/// A page of entries, and where the next one begins.
#[derive(Clone, Debug, Default)]
pub struct EntryPage {
    /// The entries, ordered by id; none that does not verify, so that a page may be empty before the end.
    pub entries: Vec<Entry>,
    /// The last id that was looked at; `None` after the last page.
    pub last: Option<EntryId>,
}

impl Directory {
    /// The next entries as of a moment, `limit` at most: those after `after`, or the first. Rows that do not verify
    /// are left out: see [`Self::findings`].
    ///
    /// # Errors
    /// Those of reading.
    pub async fn entries_after(&self, after: Option<&EntryId>, limit: u32, as_of: AsOf) -> Result<EntryPage> {
        // An id has at most a few versions that count; a page ends before the id that its end may have cut apart.
        let select = concat!(
            select_entries!(
                "(SELECT DISTINCT id FROM entry WHERE id > ?2 ORDER BY id LIMIT ?3) wanted CROSS JOIN entry e ON e.id = wanted.id WHERE"
            ),
            counts_as_of!(),
            "ORDER BY e.id, e.version"
        );
        let start = after.map_or("", |id| id.0.as_str());
        let mut db = self.reading().await?;
        let rows: Vec<EntryRow> =
            db::query_as(select).bind(moment(as_of)).bind(start).bind(limit).fetch_all(&mut *db).await?;
        let last = "SELECT max(id) FROM (SELECT DISTINCT id FROM entry WHERE id > ?1 ORDER BY id LIMIT ?2) page";
        let last: Option<String> = db::query_scalar(last).bind(start).bind(limit).fetch_one(&mut *db).await?;
        let entries = settled(rows).values().filter_map(|row| self.read(row).ok()).collect();
        Ok(EntryPage { entries, last: last.map(EntryId) })
    }

    /// As [`Self::ways_in`], of these people only.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn ways_in_of(&self, ids: &[&EntryId], now: Timestamp) -> Result<HashMap<Owner, Vec<CredentialKind>>> {
        let owners: Vec<String> = ids.iter().map(|id| Owner::Entry((*id).clone()).text()).collect();
        let select = "SELECT c.* FROM json_each(?1) wanted CROSS JOIN credential c ON c.owner = wanted.value
                      WHERE c.revoked_at IS NULL";
        let select = db::query_as(select).bind(serde_json::Value::from(owners).to_string());
        let rows: Vec<CredentialRow> = select.fetch_all(&mut *self.reading().await?).await?;
        let mut ways: HashMap<Owner, Vec<CredentialKind>> = HashMap::new();
        for credential in rows.into_iter().filter_map(|row| row.credential(&self.guard).ok()) {
            if credential.is_valid(now) {
                ways.entry(credential.owner).or_default().push(credential.kind);
            }
        }
        Ok(ways)
    }
}
