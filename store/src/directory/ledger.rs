//! Which rows there are, sealed: a row that was deleted, or an old one put back with its old code, is noticed.
//!
//! ```text
//!   bucket of rows   r1.mac r2.mac r3.mac           (a row's code says what the row is)
//!   ledger           code(area, bucket, r1.mac, r2.mac, r3.mac)
//! ```
//!
//! Every write opens the pages of the buckets it touches, works, and closes them again in the same
//! transaction. A page that did not check when it was opened stays broken: a later honest write must not bless
//! what somebody else did before it. Pages that are put back with their rows contradict the ledger's head (`ledger_head`), and a
//! database that is put back whole what the regions and the witness know.

use crate::db::{self, Conn};
use std::collections::{BTreeMap, BTreeSet};

use super::guard::Guard;
use super::ledger_head;
use crate::mac::{self, Field};
use crate::sum::Sum;
use crate::{Result, StoreError};

/// The seal of a page that did not check.
const BROKEN: &[u8] = &[0];

/// Selects the seal of bucket `?2` of area `?1`, and all its rows' codes as one text: the engine hands rows over one by
/// one, which for a hundred of them costs ten times what finding them does.
macro_rules! bucket {
    ($rows:literal, $code:literal, $version:literal, $order:literal) => {
        concat!(
            "SELECT l.seal, (SELECT group_concat(hex(",
            $code,
            ") || ':' || ",
            $version,
            ", ' ' ORDER BY ",
            $order,
            ") FROM ",
            $rows,
            ") FROM ledger l WHERE l.area = ?1 AND l.bucket = ?2"
        )
    };
}

/// A table whose rows the ledger counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Area {
    Entry = 1,
    Address = 2,
    Credential = 3,
    Session = 4,
    Run = 5,
    Approval = 6,
    Source = 7,
}

impl Area {
    pub(super) const ALL: [Self; 7] =
        [Self::Entry, Self::Address, Self::Credential, Self::Session, Self::Run, Self::Approval, Self::Source];

    /// How many buckets its rows are spread over.
    pub(super) fn buckets(self) -> i64 {
        match self {
            Self::Entry | Self::Address => 1024,
            Self::Credential | Self::Session => 256,
            Self::Run | Self::Approval | Self::Source => 1,
        }
    }

    /// The bucket of a row whose name or key has this keyed hash.
    pub(super) fn bucket(self, hash: &[u8]) -> i64 {
        let start = match hash {
            [a, b, ..] => i64::from(u16::from_be_bytes([*a, *b])),
            _ => 0,
        };
        (start * self.buckets()) >> 16
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Entry => "entry",
            Self::Address => "address",
            Self::Credential => "credential",
            Self::Session => "session",
            Self::Run => "run",
            Self::Approval => "approval",
            Self::Source => "source",
        }
    }

    /// The seal of a bucket, and the codes of its rows.
    fn rows(self) -> &'static str {
        match self {
            Self::Entry => bucket!("entry r WHERE r.bucket = l.bucket", "r.mac", "r.version", "r.version"),
            Self::Address => {
                bucket!("address r WHERE r.key >= ?3 AND r.key < ?4", "r.key", "r.version", "r.key, r.version")
            }
            Self::Credential => bucket!("credential r WHERE r.bucket = l.bucket", "r.mac", "0", "r.id"),
            Self::Session => bucket!("session r WHERE r.bucket = l.bucket", "r.mac", "0", "r.token_hash"),
            Self::Run => bucket!(
                "(SELECT 0 AS place, '' AS id, mac FROM phase UNION ALL SELECT 1, id, mac FROM run) r",
                "r.mac",
                "0",
                "r.place, r.id"
            ),
            Self::Approval => bucket!("approval r", "r.mac", "0", "r.run, r.approver"),
            Self::Source => bucket!("source r", "r.mac", "0", "r.name"),
        }
    }
}

/// The first key of an address bucket; of the bucket after the last, a key above all.
fn first_key(bucket: i64) -> Vec<u8> {
    match u16::try_from(bucket << 6) {
        Ok(start) => start.to_be_bytes().to_vec(),
        Err(_) => vec![0xff; 17],
    }
}

/// What a bucket was sealed with, and what its rows say now.
struct Found {
    stored: Vec<u8>,
    /// `None` when its rows are nothing that Relais writes.
    actual: Option<[u8; 32]>,
}

async fn find(db: &mut Conn, guard: &Guard, area: Area, bucket: i64) -> Result<Option<Found>> {
    let query = db::query_as::<(Vec<u8>, Option<String>)>(area.rows()).bind(area as i64).bind(bucket);
    let query = if area == Area::Address { query.bind(first_key(bucket)).bind(first_key(bucket + 1)) } else { query };
    let Some((stored, rows)) = query.fetch_optional(db).await? else { return Ok(None) };
    let actual = codes(rows.as_deref().unwrap_or_default()).map(|rows| {
        let codes = rows.iter().flat_map(|(code, version)| [Field::from(code.as_slice()), (*version).into()]);
        let fields: Vec<_> = [Field::from(area as i64), bucket.into()].into_iter().chain(codes).collect();
        guard.row("ledger", &fields)
    });
    Ok(Some(Found { stored, actual }))
}

/// The codes and versions in what a bucket's rows were put together to.
fn codes(rows: &str) -> Option<Vec<(Vec<u8>, i64)>> {
    let row = |row: &str| {
        let (code, version) = row.split_once(':')?;
        Some((hex::decode(code).ok()?, version.parse().ok()?))
    };
    rows.split_ascii_whitespace().map(row).collect()
}

/// Whether a bucket holds exactly the rows that Relais put there.
pub(super) async fn is_whole(db: &mut Conn, guard: &Guard, area: Area, bucket: i64) -> Result<bool> {
    let found = find(db, guard, area, bucket).await?;
    Ok(found.is_some_and(|found| found.actual.is_some_and(|actual| mac::same(&found.stored, &actual))))
}

/// Fails when the bucket is not whole.
pub(super) async fn check(db: &mut Conn, guard: &Guard, area: Area, bucket: i64) -> Result<()> {
    if is_whole(db, guard, area, bucket).await? {
        return Ok(());
    }
    Err(StoreError::Tampered(format!("part {bucket} of the {} table", area.name())))
}

/// The buckets of one write, between opening and closing.
#[derive(Debug, Default)]
pub(super) struct Pages(BTreeMap<(Area, i64), bool>);

impl Pages {
    pub(super) fn none() -> Self {
        Self::default()
    }

    /// Opens buckets before their rows are touched, remembering which are whole.
    pub(super) async fn open(
        &mut self,
        db: &mut Conn,
        guard: &Guard,
        area: Area,
        buckets: &BTreeSet<i64>,
    ) -> Result<()> {
        for bucket in buckets {
            let whole = is_whole(db, guard, area, *bucket).await?;
            self.0.insert((area, *bucket), whole);
        }
        Ok(())
    }

    /// Opens buckets, and fails when one is not whole: for rows that must not be added to doubtful ones.
    pub(super) async fn open_whole(db: &mut Conn, guard: &Guard, area: Area, buckets: &BTreeSet<i64>) -> Result<Self> {
        for bucket in buckets {
            check(db, guard, area, *bucket).await?;
        }
        Ok(Self(buckets.iter().map(|bucket| ((area, *bucket), true)).collect()))
    }

    /// Seals what the buckets hold now. Those that were not whole are marked so until an admin settles it.
    pub(super) async fn close(self, db: &mut Conn, guard: &Guard) -> Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        let mut change = Sum::default();
        for ((area, bucket), whole) in self.0 {
            let Some(found) = find(db, guard, area, bucket).await? else { continue };
            let seal = found.actual.as_ref().filter(|_| whole).map_or(BROKEN, |seal| seal);
            write(db, area, bucket, seal).await?;
            let part = |seal: &[u8]| ledger_head::part(guard, area as i64, bucket, seal);
            change = change.minus(part(&found.stored)).plus(part(seal));
        }
        ledger_head::advance(db, guard, change).await
    }
}

async fn reseal(db: &mut Conn, guard: &Guard, area: Area, bucket: i64) -> Result<()> {
    match find(db, guard, area, bucket).await? {
        Some(found) => write(db, area, bucket, found.actual.as_ref().map_or(BROKEN, |seal| seal)).await,
        None => Ok(()),
    }
}

async fn write(db: &mut Conn, area: Area, bucket: i64, seal: &[u8]) -> Result<()> {
    let put = "INSERT INTO ledger (area, bucket, seal) VALUES (?, ?, ?)
        ON CONFLICT (area, bucket) DO UPDATE SET seal = excluded.seal";
    db::query(put).bind(area as i64).bind(bucket).bind(seal).execute(db).await?;
    Ok(())
}

/// Seals everything as it stands: for a new database, and when an admin has looked at the findings and says so.
pub(super) async fn settle(db: &mut Conn, guard: &Guard) -> Result<()> {
    for area in Area::ALL {
        for bucket in 0..area.buckets() {
            write(db, area, bucket, BROKEN).await?;
            reseal(db, guard, area, bucket).await?;
        }
    }
    ledger_head::recount(db, guard).await
}

/// Seals a database that has never held anything. One that only looks empty is left as it is: unsealed.
pub(super) async fn begin(db: &mut Conn, guard: &Guard) -> Result<()> {
    let used = "SELECT (SELECT count(*) FROM ledger) + (SELECT count(*) FROM entry) + (SELECT count(*) FROM audit_head)
        + (SELECT count(*) FROM run)";
    match db::query_scalar::<i64>(used).fetch_one(&mut *db).await? {
        0 => seal_empty(db, guard).await,
        _ => Ok(()),
    }
}

async fn seal_empty(db: &mut Conn, guard: &Guard) -> Result<()> {
    let buckets = Area::ALL.into_iter().flat_map(|area| (0..area.buckets()).map(move |bucket| (area as i64, bucket)));
    let buckets: Vec<_> = buckets.collect();
    for some in buckets.chunks(512) {
        let mut put = db::Insert::new("INSERT INTO ledger (area, bucket, seal)", 3, some.len());
        for (area, bucket) in some {
            let seal = guard.row("ledger", &[(*area).into(), (*bucket).into()]);
            put = put.bind(*area).bind(*bucket).bind(seal);
        }
        put.execute(&mut *db).await?;
    }
    Ok(())
}
