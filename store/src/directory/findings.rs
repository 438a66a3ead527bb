//! What somebody else did to the database: every row checked, every page of the ledger, the whole audit log.

use crate::db::{self, Conn};
use mail::Timestamp;
use serde::Serialize;

use super::Directory;
use super::audit::{Chain, verify};
use super::change::source_code;
use super::contact::altered_keys;
use super::credentials::CredentialRow;
use super::entry_row::{EntryRow, select_entries};
use super::guard::Guard;
use super::ledger::{self, Area};
use super::ledger_head;
use super::pins::altered_pins;
use super::run::Approval;
use super::runs::{StoredRun, approval_code, phase_code};
use super::sessions::SessionRow;
use crate::Result;

/// Entries read at a time.
const PAGE_ROWS: i64 = 1_000;

/// A row, or a set of rows, that is not as Relais left it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Tampered {
    /// The table.
    pub table: String,
    /// The row's name; of a set, its number.
    pub row: String,
    /// What is wrong.
    pub what: String,
}

impl Tampered {
    fn row(table: &str, row: &str) -> Self {
        Self { table: table.to_owned(), row: row.to_owned(), what: "this row was altered".to_owned() }
    }
}

async fn entries(db: &mut Conn, guard: &Guard) -> Result<Vec<EntryRow>> {
    let page = select_entries!("entry e WHERE e.version > ? ORDER BY e.version LIMIT ?");
    let (mut altered, mut after) = (Vec::new(), i64::MIN);
    loop {
        let rows: Vec<EntryRow> = db::query_as(page).bind(after).bind(PAGE_ROWS).fetch_all(&mut *db).await?;
        let Some(last) = rows.last() else { return Ok(altered) };
        after = last.version;
        altered.extend(rows.into_iter().filter(|row| !row.is_ours(guard)));
    }
}

async fn credentials(db: &mut Conn, guard: &Guard) -> Result<Vec<CredentialRow>> {
    let rows: Vec<CredentialRow> = db::query_as("SELECT * FROM credential").fetch_all(db).await?;
    Ok(rows.into_iter().filter(|row| !row.is_ours(guard)).collect())
}

async fn sessions(db: &mut Conn, guard: &Guard) -> Result<Vec<SessionRow>> {
    let rows: Vec<SessionRow> = db::query_as("SELECT * FROM session").fetch_all(db).await?;
    Ok(rows.into_iter().filter(|row| !row.is_ours(guard)).collect())
}

async fn runs(db: &mut Conn, guard: &Guard) -> Result<Vec<Tampered>> {
    let rows: Vec<StoredRun> = db::query_as("SELECT * FROM run").fetch_all(&mut *db).await?;
    let runs = rows.iter().filter(|row| !row.is_ours(guard)).map(|row| Tampered::row("run", &row.id));
    let approvals: Vec<(String, String, i64, Vec<u8>)> =
        db::query_as("SELECT run, approver, approved_at, mac FROM approval").fetch_all(&mut *db).await?;
    let approvals = approvals.into_iter().filter_map(|(run, approver, at, code)| {
        let approval = Approval { run, approver, at: Timestamp::from_ms(at) };
        let ours = crate::mac::same(&code, &approval_code(guard, &approval));
        (!ours).then(|| Tampered::row("approval", &approval.run))
    });
    Ok(runs.chain(approvals).collect())
}

/// A source's name, cursor, moment and code.
type SourceRow = (String, Option<Vec<u8>>, i64, Vec<u8>);

async fn sources(db: &mut Conn, guard: &Guard) -> Result<Vec<Tampered>> {
    let rows: Vec<SourceRow> = db::query_as("SELECT name, cursor, seen_at, mac FROM source").fetch_all(db).await?;
    let altered = rows.iter().filter(|(name, cursor, seen_at, code)| {
        !crate::mac::same(code, &source_code(guard, name, cursor.as_deref(), *seen_at))
    });
    Ok(altered.map(|(name, ..)| Tampered::row("source", name)).collect())
}

async fn phase(db: &mut Conn, guard: &Guard) -> Result<Option<Tampered>> {
    let row: Option<(String, String, Vec<u8>)> =
        db::query_as("SELECT phase, run, mac FROM phase").fetch_optional(db).await?;
    let altered = row.filter(|(phase, run, code)| !crate::mac::same(code, &phase_code(guard, phase, run)));
    Ok(altered.map(|(_, run, _)| Tampered::row("phase", &run)))
}

async fn pages(db: &mut Conn, guard: &Guard) -> Result<Vec<Tampered>> {
    let mut broken = Vec::new();
    for area in Area::ALL {
        for bucket in 0..area.buckets() {
            if !ledger::is_whole(db, guard, area, bucket).await? {
                let what = "rows were altered, added, removed or put back".to_owned();
                broken.push(Tampered { table: area.name().to_owned(), row: bucket.to_string(), what });
            }
        }
    }
    if !ledger_head::is_whole(db, guard).await? {
        let what = "pages were put back, with or without their rows".to_owned();
        broken.push(Tampered { table: "ledger".to_owned(), row: "head".to_owned(), what });
    }
    Ok(broken)
}

async fn chain(db: &mut Conn, guard: &Guard) -> Result<Option<Tampered>> {
    Ok(match verify(db, guard).await? {
        Chain::Whole { .. } => None,
        Chain::Broken { seq, what } => Some(Tampered { table: "audit".to_owned(), row: seq.to_string(), what }),
    })
}

impl Directory {
    /// Everything that somebody else did to the database. Reads all of it: seconds for 100,000 people.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn findings(&self) -> Result<Vec<Tampered>> {
        let (mut db, guard) = (self.reading().await?, &self.guard);
        let mut found = Vec::new();
        found.extend(entries(&mut db, guard).await?.iter().map(|row| Tampered::row("entry", &row.id)));
        let credentials = credentials(&mut db, guard).await?;
        found.extend(credentials.iter().map(|row| Tampered::row("credential", &hex::encode(&row.id))));
        found.extend(sessions(&mut db, guard).await?.iter().map(|row| Tampered::row("session", &row.owner)));
        found.extend(runs(&mut db, guard).await?);
        found.extend(phase(&mut db, guard).await?);
        found.extend(altered_keys(&mut db, guard).await?.iter().map(|public| Tampered::row("contact_key", public)));
        found.extend(altered_pins(&mut db, guard).await?.iter().map(|owner| Tampered::row("pin", owner)));
        found.extend(sources(&mut db, guard).await?);
        found.extend(pages(&mut db, guard).await?);
        found.extend(chain(&mut db, guard).await?);
        Ok(found)
    }

    /// An admin has looked at the findings and wants to go on with what verifies: people, credentials and sessions that do not
    /// are removed, the ledger is sealed as it stands, and every source is read anew. Runs and the audit log
    /// are never mended. How many rows were removed; it is in the audit log.
    ///
    /// # Errors
    /// Those of writing.
    pub async fn settle_findings(&self, actor: &str, at: Timestamp) -> Result<usize> {
        let removed = self.write(|db, guard| Box::pin(settle(db, guard))).await?;
        let detail = serde_json::json!({ "removed": removed }).to_string();
        self.audit(at, actor, "directory.settle", &detail).await?;
        Ok(removed)
    }
}

async fn settle(db: &mut Conn, guard: &Guard) -> Result<usize> {
    let mut removed = 0;
    for row in entries(db, guard).await? {
        db::query("DELETE FROM entry WHERE version = ?").bind(row.version).execute(&mut *db).await?;
        removed += 1;
    }
    for row in credentials(db, guard).await? {
        db::query("DELETE FROM credential WHERE id = ?").bind(row.id).execute(&mut *db).await?;
        removed += 1;
    }
    for row in sessions(db, guard).await? {
        db::query("DELETE FROM session WHERE token_hash = ?").bind(row.token_hash).execute(&mut *db).await?;
        removed += 1;
    }
    db::query("DELETE FROM source").execute(&mut *db).await?;
    db::query("DELETE FROM address WHERE version NOT IN (SELECT version FROM entry)").execute(&mut *db).await?;
    ledger::settle(db, guard).await?;
    Ok(removed)
}
