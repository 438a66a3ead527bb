//! The sum of the ledger's pages, and how often it changed: a page that was put back together with its rows is missed.
//!
//! ```text
//!   page ── hash ──────────────────┐
//!   page ── hash ──────────────────┼─ added up, masked ──> ledger_head: version, total, code ──> the regions know the version
//!   head of the audit log ── hash ─┘
//! ```

use super::Directory;
use super::audit::is_counted;
use super::guard::Guard;
use super::heads::DirectoryHead;
use crate::db::{self, Conn};
use crate::sum::Sum;
use crate::{Result, mac};

/// The code of a head that nobody believes until an admin has looked.
const BROKEN: &[u8] = &[0];

/// The audit log in place of an area; its last number is that of the page.
const LOG: i64 = 0;

/// The head as it is stored.
struct Head {
    version: i64,
    /// What the pages add up to, if it is ours.
    total: Option<Sum>,
    code: Vec<u8>,
}

/// The hash of a page.
pub(super) fn part(guard: &Guard, area: i64, bucket: i64, seal: &[u8]) -> Sum {
    guard.row("ledger part", &[area.into(), bucket.into(), seal.into()]).into()
}

fn mask(guard: &Guard, version: i64) -> Sum {
    guard.row("ledger mask", &[version.into()]).into()
}

fn head_code(guard: &Guard, version: i64, masked: &[u8]) -> [u8; 32] {
    guard.row("ledger_head", &[version.into(), masked.into()])
}

async fn read(db: &mut Conn, guard: &Guard) -> Result<Option<Head>> {
    let row = db::query_as("SELECT version, total, mac FROM ledger_head");
    let row: Option<(i64, Vec<u8>, Vec<u8>)> = row.fetch_optional(db).await?;
    Ok(row.map(|(version, masked, code)| {
        let is_ours = mac::same(&code, &head_code(guard, version, &masked));
        let total = Sum::of(&masked).filter(|_| is_ours).map(|sum| sum.minus(mask(guard, version)));
        Head { version, total, code }
    }))
}

async fn write(db: &mut Conn, guard: &Guard, version: i64, total: Option<Sum>) -> Result<()> {
    let masked = total.unwrap_or_default().plus(mask(guard, version)).bytes();
    let code = total.map_or_else(|| BROKEN.to_vec(), |_| head_code(guard, version, &masked).to_vec());
    let put = "INSERT INTO ledger_head (one, version, total, mac) VALUES (1, ?, ?, ?)
        ON CONFLICT (one) DO UPDATE SET version = excluded.version, total = excluded.total, mac = excluded.mac";
    db::query(put).bind(version).bind(masked).bind(code).execute(db).await.map(drop)
}

/// Pages changed by this much.
pub(super) async fn advance(db: &mut Conn, guard: &Guard, change: Sum) -> Result<()> {
    let head = read(db, guard).await?;
    let version = head.as_ref().map_or(0, |head| head.version).wrapping_add(1);
    let total = head.and_then(|head| head.total).map(|total| total.plus(change));
    write(db, guard, version, total).await
}

async fn pages(db: &mut Conn, guard: &Guard) -> Result<Sum> {
    let rows = db::query_as("SELECT area, bucket, seal FROM ledger");
    let rows: Vec<(i64, i64, Vec<u8>)> = rows.fetch_all(&mut *db).await?;
    let parts = rows.iter().map(|(area, bucket, seal)| part(guard, *area, *bucket, seal));
    Ok(parts.fold(of_log(db, guard).await?, Sum::plus))
}

/// The hash of the audit log's head, which is a page as well.
pub(super) async fn of_log(db: &mut Conn, guard: &Guard) -> Result<Sum> {
    let head: Option<(i64, Vec<u8>)> = db::query_as("SELECT seq, seal FROM audit_head").fetch_optional(db).await?;
    Ok(head.map_or_else(Sum::default, |(seq, seal)| part(guard, LOG, seq, &seal)))
}

/// Believes the pages that there are.
pub(super) async fn recount(db: &mut Conn, guard: &Guard) -> Result<()> {
    let version = read(db, guard).await?.map_or(0, |head| head.version).wrapping_add(1);
    let total = pages(db, guard).await?;
    write(db, guard, version, Some(total)).await
}

/// What the log calls the directory when it says that it was counted.
pub(crate) const COUNTED_AS: &str = "directory";

/// Adds up what an older release left, and what was just begun. A head that is missing although the log says that there was
/// one was removed.
pub(super) async fn begin(db: &mut Conn, guard: &Guard) -> Result<()> {
    match read(db, guard).await? {
        Some(_) => Ok(()),
        None if is_counted(db, COUNTED_AS).await? => write(db, guard, 0, None).await,
        None => recount(db, guard).await,
    }
}

/// Whether the pages are those of the last change.
pub(super) async fn is_whole(db: &mut Conn, guard: &Guard) -> Result<bool> {
    let Some(total) = read(db, guard).await?.and_then(|head| head.total) else { return Ok(false) };
    Ok(total == pages(db, guard).await?)
}

impl Directory {
    /// How far the directory is; nothing when somebody else said so.
    pub(crate) async fn head(&self) -> Result<Option<DirectoryHead>> {
        let head = read(&mut *self.reading().await?, &self.guard).await?;
        let ours = head.filter(|head| head.total.is_some());
        Ok(ours.map(|head| DirectoryHead { version: head.version, code: head.code }))
    }
}
