//! Who is in a group: nested groups, loops, and an end to it.

use std::collections::BTreeSet;

use crate::db::{self, Conn};

use super::Directory;
use super::entry::{AsOf, Entry, EntryKind, Resolved};
use super::entry_row::{EntryRow, bucket_of, select_entries};
use super::ledger::{self, Area};
use super::lookup::{counts_as_of, moment, settled};
use crate::{EntryId, Result, StoreError};

/// Entries that one expansion may visit; a group of everybody in a house of 100,000 stays below.
const VISITED_MAX: usize = 250_000;

impl Directory {
    /// Everyone in a group, level by level, each entry visited once. Members that are unknown as of the moment are left out.
    pub(super) async fn expand(&self, db: &mut Conn, group: &Entry, as_of: AsOf) -> Result<Resolved> {
        let mut visited = BTreeSet::from([group.id.clone()]);
        let (mut members, mut external) = (Vec::new(), BTreeSet::new());
        let mut level: Vec<EntryId> = group.members.clone();
        loop {
            level.retain(|id| visited.insert(id.clone()));
            if level.is_empty() {
                break;
            }
            if visited.len() > VISITED_MAX {
                return Err(StoreError::Refused(format!("group {} has over {VISITED_MAX} members", group.id)));
            }
            let mut next = Vec::new();
            for entry in self.entries_of(db, &level, as_of).await? {
                match entry.kind {
                    EntryKind::Person | EntryKind::Shared => members.push(entry.id),
                    EntryKind::Group => next.extend(entry.members),
                    EntryKind::Contact => external.extend(entry.primary),
                }
            }
            level = next;
        }
        // A row that somebody took away would quietly take its owner out of every group.
        let buckets: BTreeSet<i64> = visited.iter().map(|id| bucket_of(&id.0, &self.guard)).collect();
        for bucket in buckets {
            ledger::check(db, &self.guard, Area::Entry, bucket).await?;
        }
        Ok(Resolved::Group { members, external: external.into_iter().collect() })
    }

    async fn entries_of(&self, db: &mut Conn, ids: &[EntryId], as_of: AsOf) -> Result<Vec<Entry>> {
        let rows = concat!(
            select_entries!("json_each(?2) wanted CROSS JOIN entry e ON e.id = wanted.value WHERE"),
            counts_as_of!(),
            "ORDER BY e.version"
        );
        let ids: Vec<&str> = ids.iter().map(|id| id.0.as_str()).collect();
        let ids = serde_json::Value::from(ids).to_string();
        let rows: Vec<EntryRow> = db::query_as(rows).bind(moment(as_of)).bind(ids).fetch_all(db).await?;
        settled(rows).values().map(|row| self.read(row)).collect()
    }
}
