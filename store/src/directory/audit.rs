//! The audit log: who did what when, each entry sealed over the one before it.
//!
//! ```text
//!   seal(n) = code(seq, at, actor, what, detail, seal(n-1))          head = the last seq and seal, coded
//! ```
//!
//! A cut tail is noticed by the head; a log put back whole, head included, by that of the ledger, and by the witness that keeps
//! heads elsewhere.

use std::collections::BTreeSet;

use crate::db::{self, Conn};
use mail::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Directory;
use super::guard::Guard;
use super::ledger_head;
use crate::Result;

/// What an entry says before the first mailbox is wrapped for another unlock key.
pub const ROTATION_BEGAN: &str = "keys.rotation_began";
/// What it says when all are.
pub const ROTATION_ENDED: &str = "keys.rotated";

/// What an entry says once the sums over a database's rows are kept: from then on none may be missing.
const COUNTED: &str = "integrity.counted";
/// What it says when all findings are settled.
const SETTLED: &str = "integrity.settled";

/// Entries read at a time.
const PAGE_ROWS: i64 = 5_000;

/// One entry of the audit log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Its place in the chain, from 1.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// Who: an admin's name, or the part of Relais that acted by itself.
    pub actor: String,
    /// What, in a word or two: `failover.start`.
    pub what: String,
    /// The particulars, JSON.
    pub detail: String,
    /// The seal, hexadecimal.
    pub seal: String,
}

/// What a check of the whole chain found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Chain {
    /// Every entry is as it was written.
    Whole {
        /// How many entries there are.
        count: i64,
        /// The last seal, to compare with the witness; empty before the first entry.
        head: String,
    },
    /// The chain is broken.
    Broken {
        /// The first entry that is altered, missing, or out of place.
        seq: i64,
        /// What is wrong with it.
        what: String,
    },
}

#[derive(Clone, Debug)]
struct AuditRow {
    seq: i64,
    at: i64,
    actor: String,
    what: String,
    detail: String,
    seal: Vec<u8>,
}

crate::db::record!(AuditRow { seq, at, actor, what, detail, seal });

impl AuditRow {
    fn code(&self, guard: &Guard, before: &[u8]) -> [u8; 32] {
        guard.row(
            "audit",
            &[
                self.seq.into(),
                self.at.into(),
                self.actor.as_str().into(),
                self.what.as_str().into(),
                self.detail.as_str().into(),
                before.into(),
            ],
        )
    }

    fn entry(self) -> AuditEntry {
        AuditEntry {
            seq: self.seq,
            at: Timestamp::from_ms(self.at),
            actor: self.actor,
            what: self.what,
            detail: self.detail,
            seal: hex::encode(self.seal),
        }
    }
}

/// The end of the chain.
struct Head {
    seq: i64,
    seal: Vec<u8>,
}

fn head_code(guard: &Guard, head: &Head) -> [u8; 32] {
    guard.row("audit_head", &[head.seq.into(), head.seal.as_slice().into()])
}

/// The stored head if it is ours; before the first entry, the beginning.
async fn stored_head(db: &mut Conn, guard: &Guard) -> Result<Option<Head>> {
    let row = "SELECT seq, seal, mac FROM audit_head";
    let row: Option<(i64, Vec<u8>, Vec<u8>)> = db::query_as(row).fetch_optional(&mut *db).await?;
    let Some((seq, seal, code)) = row else {
        let any: i64 = db::query_scalar("SELECT count(*) FROM audit").fetch_one(db).await?;
        return Ok((any == 0).then(|| Head { seq: 0, seal: Vec::new() }));
    };
    let head = Head { seq, seal };
    Ok(crate::mac::same(&code, &head_code(guard, &head)).then_some(head))
}

/// Where to go on from. After a head that is not ours the chain goes on broken, so that nothing heals it silently.
async fn next_head(db: &mut Conn, guard: &Guard) -> Result<Head> {
    let last: i64 = db::query_scalar("SELECT coalesce(max(seq), 0) FROM audit").fetch_one(&mut *db).await?;
    match stored_head(db, guard).await? {
        Some(head) if head.seq >= last => Ok(head),
        _ => Ok(Head { seq: last, seal: b"broken".to_vec() }),
    }
}

async fn append(db: &mut Conn, guard: &Guard, mut row: AuditRow) -> Result<()> {
    let before = next_head(db, guard).await?;
    let kept = ledger_head::of_log(db, guard).await?;
    row.seq = before.seq + 1;
    row.seal = row.code(guard, &before.seal).to_vec();
    let put = "INSERT INTO audit (seq, at, actor, what, detail, seal) VALUES (?, ?, ?, ?, ?, ?)";
    let put = db::query(put).bind(row.seq).bind(row.at).bind(&row.actor).bind(&row.what);
    put.bind(&row.detail).bind(&row.seal).execute(&mut *db).await?;
    let head = Head { seq: row.seq, seal: row.seal };
    let put = "INSERT INTO audit_head (one, seq, seal, mac) VALUES (1, ?, ?, ?)
        ON CONFLICT (one) DO UPDATE SET seq = excluded.seq, seal = excluded.seal, mac = excluded.mac";
    let code = head_code(guard, &head);
    db::query(put).bind(head.seq).bind(&head.seal).bind(code.as_slice()).execute(&mut *db).await?;
    let change = ledger_head::of_log(db, guard).await?.minus(kept);
    ledger_head::advance(db, guard, change).await
}

async fn page(db: &mut Conn, after: i64, limit: i64) -> Result<Vec<AuditRow>> {
    let rows = "SELECT seq, at, actor, what, detail, seal FROM audit WHERE seq > ? ORDER BY seq LIMIT ?";
    db::query_as(rows).bind(after).bind(limit).fetch_all(db).await
}

/// Entries after `seq`, at most `limit`.
pub(super) async fn after(db: &mut Conn, seq: i64, limit: u32) -> Result<Vec<AuditEntry>> {
    Ok(page(db, seq, limit.into()).await?.into_iter().map(AuditRow::entry).collect())
}

/// Follows the chain over one page of it; says what is wrong with the first bad entry.
fn follow(guard: &Guard, head: &mut Head, rows: Vec<AuditRow>) -> Option<Chain> {
    for row in rows {
        let expected = head.seq + 1;
        if row.seq != expected {
            return Some(Chain::Broken { seq: expected, what: "this entry is missing".to_owned() });
        }
        if !crate::mac::same(&row.seal, &row.code(guard, &head.seal)) {
            return Some(Chain::Broken { seq: row.seq, what: "this entry was altered".to_owned() });
        }
        *head = Head { seq: row.seq, seal: row.seal };
    }
    None
}

pub(super) async fn verify(db: &mut Conn, guard: &Guard) -> Result<Chain> {
    let mut head = Head { seq: 0, seal: Vec::new() };
    loop {
        let rows = page(db, head.seq, PAGE_ROWS).await?;
        if rows.is_empty() {
            break;
        }
        if let Some(broken) = follow(guard, &mut head, rows) {
            return Ok(broken);
        }
    }
    match stored_head(db, guard).await? {
        Some(stored) if stored.seq == head.seq && stored.seal == head.seal => {
            Ok(Chain::Whole { count: head.seq, head: hex::encode(head.seal) })
        }
        _ => Ok(Chain::Broken { seq: head.seq + 1, what: "the end of the log was cut or altered".to_owned() }),
    }
}

pub(super) async fn is_counted(db: &mut Conn, place: &str) -> Result<bool> {
    let said = db::query_scalar("SELECT detail FROM audit WHERE what = ? ORDER BY seq").bind(COUNTED);
    let said: Vec<String> = said.fetch_all(db).await?;
    let of = |detail: &String| serde_json::from_str::<Value>(detail).ok()?.get("place")?.as_str().map(str::to_owned);
    Ok(said.iter().filter_map(of).any(|of| of == place))
}

impl Directory {
    /// Adds an entry to the audit log. `detail` is JSON.
    ///
    /// # Errors
    /// Those of writing.
    pub async fn audit(&self, at: Timestamp, actor: &str, what: &str, detail: &str) -> Result<()> {
        let row = AuditRow {
            seq: 0,
            at: at.as_ms(),
            actor: actor.to_owned(),
            what: what.to_owned(),
            detail: detail.to_owned(),
            seal: Vec::new(),
        };
        self.write(move |db, guard| Box::pin(append(db, guard, row))).await
    }

    /// Follows the whole chain and names the first entry that is not as it was written.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn audit_verify(&self) -> Result<Chain> {
        verify(&mut *self.reading().await?, &self.guard).await
    }

    /// Every entry, in order, as stored.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn audit_export(&self) -> Result<Vec<AuditEntry>> {
        let mut db = self.reading().await?;
        let (mut all, mut after) = (Vec::new(), i64::MIN);
        loop {
            let rows = page(&mut db, after, PAGE_ROWS).await?;
            let Some(last) = rows.last() else { return Ok(all) };
            after = last.seq;
            all.extend(rows.into_iter().map(AuditRow::entry));
        }
    }

    /// Whether a rotation of the unlock key was begun and not ended.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn is_rotating(&self) -> Result<bool> {
        let said = "SELECT what, detail FROM audit WHERE what IN (?, ?) ORDER BY seq";
        let said = db::query_as(said).bind(ROTATION_BEGAN).bind(ROTATION_ENDED);
        let said: Vec<(String, String)> = said.fetch_all(&mut *self.reading().await?).await?;
        let mut begun = BTreeSet::new();
        for (what, detail) in said {
            // Regions may have keys of their own; the key to come tells one rotation from another.
            let detail: Value = serde_json::from_str(&detail).unwrap_or_default();
            let new = detail.get("new").and_then(Value::as_str).unwrap_or_default().to_owned();
            if what == ROTATION_BEGAN {
                begun.insert(new);
            } else {
                begun.remove(&new);
            }
        }
        Ok(!begun.is_empty())
    }

    /// Whether the log says that the rows of `place` were counted.
    pub(crate) async fn was_counted(&self, place: &str) -> Result<bool> {
        is_counted(&mut *self.reading().await?, place).await
    }

    /// Says so, once.
    pub(crate) async fn say_counted(&self, place: &str, at: Timestamp) -> Result<()> {
        if self.was_counted(place).await? {
            return Ok(());
        }
        self.audit(at, "relais", COUNTED, &serde_json::json!({ "place": place }).to_string()).await
    }

    /// Says that all findings are settled.
    pub(crate) async fn say_settled(&self, actor: &str, at: Timestamp) -> Result<()> {
        self.audit(at, actor, SETTLED, "{}").await
    }

    /// The number of the entry that settled findings last; 0 before the first.
    pub(crate) async fn last_settled(&self) -> Result<i64> {
        let last = db::query_scalar("SELECT coalesce(max(seq), 0) FROM audit WHERE what = ?").bind(SETTLED);
        last.fetch_one(&mut *self.reading().await?).await
    }

    /// The newest entries, the newest first; those before an entry when `before` is given.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn audit_tail(&self, before: Option<i64>, limit: u32) -> Result<Vec<AuditEntry>> {
        let rows = "SELECT seq, at, actor, what, detail, seal FROM audit WHERE seq < ? ORDER BY seq DESC LIMIT ?";
        let rows = db::query_as(rows).bind(before.unwrap_or(i64::MAX)).bind(limit);
        let rows: Vec<AuditRow> = rows.fetch_all(&mut *self.reading().await?).await?;
        Ok(rows.into_iter().map(AuditRow::entry).collect())
    }
}
