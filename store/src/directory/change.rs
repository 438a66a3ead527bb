//! One transaction of changes to the directory: versions end, others begin.

use std::collections::{BTreeSet, HashMap};

use crate::db::{self, Conn};
use mail::Timestamp;

use super::entry_row::{Draft, EntryRow, bucket_of, insert, select_entries};
use super::guard::Guard;
use super::ledger::{Area, Pages};
use crate::Result;

/// What to do with one entry.
#[derive(Clone, Debug)]
pub(super) enum Change {
    Put(Box<Draft>),
    End(String),
}

impl Change {
    fn id(&self) -> &str {
        match self {
            Self::Put(draft) => &draft.id,
            Self::End(id) => id,
        }
    }
}

/// Changes of one source that belong together.
#[derive(Clone, Debug)]
pub(super) struct Changes {
    pub(super) source: String,
    pub(super) at: Timestamp,
    pub(super) list: Vec<Change>,
    /// Set with the last of them: where the source stands after.
    pub(super) cursor: Option<Option<Vec<u8>>>,
}

impl Changes {
    /// Writes them all.
    pub(super) async fn apply(self, db: &mut Conn, guard: &Guard) -> Result<()> {
        let mut pages = self.pages(db, guard).await?;
        let current = current_of(db, &self.list).await?;
        let mut version = next_version(db).await?;
        let mut rows = Vec::new();
        for change in &self.list {
            let mut at = self.at.as_ms();
            if let Some(row) = current.get(change.id()) {
                // A clock that went back must not make a version that ends before it began.
                at = at.max(row.seen_from);
                end(db, guard, row.clone(), at).await?;
            }
            if let Change::Put(draft) = change {
                rows.push((draft.row(version, &self.source, at, guard), draft.keys().to_vec()));
                version += 1;
            }
        }
        insert(db, &rows).await?;
        if let Some(cursor) = &self.cursor {
            let only = BTreeSet::from([0]);
            pages.open(db, guard, Area::Source, &only).await?;
            put_source(db, guard, &self, cursor.as_deref()).await?;
        }
        pages.close(db, guard).await
    }

    async fn pages(&self, db: &mut Conn, guard: &Guard) -> Result<Pages> {
        let entries = self.list.iter().map(|change| bucket_of(change.id(), guard)).collect();
        let keys = self.list.iter().filter_map(|change| match change {
            Change::Put(draft) => Some(draft.keys()),
            Change::End(_) => None,
        });
        let addresses = keys.flatten().map(|key| Area::Address.bucket(key)).collect();
        let mut pages = Pages::none();
        pages.open(db, guard, Area::Entry, &entries).await?;
        pages.open(db, guard, Area::Address, &addresses).await?;
        Ok(pages)
    }
}

async fn current_of(db: &mut Conn, list: &[Change]) -> Result<HashMap<String, EntryRow>> {
    let ids: Vec<&str> = list.iter().map(Change::id).collect();
    let rows = current_rows(db, &ids).await?;
    Ok(rows.into_iter().map(|row| (row.id.clone(), row)).collect())
}

/// The current rows of these entries, unchecked.
pub(super) async fn current_rows(db: &mut Conn, ids: &[&str]) -> Result<Vec<EntryRow>> {
    let rows =
        select_entries!("json_each(?1) wanted CROSS JOIN entry e ON e.id = wanted.value WHERE e.seen_until IS NULL");
    let ids = serde_json::Value::from(ids).to_string();
    db::query_as(rows).bind(ids).fetch_all(db).await
}

async fn next_version(db: &mut Conn) -> Result<i64> {
    db::query_scalar("SELECT coalesce(max(version), 0) + 1 FROM entry").fetch_one(db).await
}

// A row that does not verify ends too, but is not coded anew: it stays a finding.
async fn end(db: &mut Conn, guard: &Guard, mut row: EntryRow, at: i64) -> Result<()> {
    let ours = row.is_ours(guard);
    row.seen_until = Some(at);
    if ours {
        row.mac = row.code(guard).to_vec();
    }
    let update = "UPDATE entry SET seen_until = ?, mac = ? WHERE version = ?";
    db::query(update).bind(row.seen_until).bind(row.mac).bind(row.version).execute(db).await?;
    Ok(())
}

async fn put_source(db: &mut Conn, guard: &Guard, changes: &Changes, cursor: Option<&[u8]>) -> Result<()> {
    let code = source_code(guard, &changes.source, cursor, changes.at.as_ms());
    let put = "INSERT INTO source (name, cursor, seen_at, mac) VALUES (?, ?, ?, ?)
        ON CONFLICT (name) DO UPDATE SET cursor = excluded.cursor, seen_at = excluded.seen_at, mac = excluded.mac";
    let put = db::query(put).bind(&changes.source).bind(cursor).bind(changes.at.as_ms()).bind(code.as_slice());
    put.execute(db).await?;
    Ok(())
}

/// The code of a source's row.
pub(super) fn source_code(guard: &Guard, name: &str, cursor: Option<&[u8]>, seen_at: i64) -> [u8; 32] {
    guard.row("source", &[name.into(), cursor.into(), seen_at.into()])
}
