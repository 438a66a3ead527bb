//! Removing messages, and the account of it: what went of whose mailbox, on which day, and why.
//!
//! ```text
//!   events, view rows deleted ──> release: what neither film nor view needs ─ a hold is set ──> retained
//!                                                        └──> key, and the body when nobody else has one ──> account
//! ```

use std::collections::HashSet;
use std::ops::AddAssign;

use mail::Timestamp;
use serde::Serialize;

use super::content_id;
use super::hold::is_held;
use crate::db::{self, Conn};
use crate::mac;
use crate::{ContentId, EntryId, MailboxId, RegionStore, Result};

const DAY_MS: i64 = 86_400_000;

/// Why something went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// It left the window.
    Window,
    /// Staff deleted it during an activity that ended.
    Activity,
    /// A legal hold ended that alone kept it.
    HoldEnded,
    /// The mailbox was shredded.
    Shredded,
    /// The mailbox went to another region.
    Moved,
}

impl Why {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Window => "window",
            Self::Activity => "activity",
            Self::HoldEnded => "hold-ended",
            Self::Shredded => "shredded",
            Self::Moved => "moved",
        }
    }
}

/// Why contents are to go, and what went already.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cause {
    pub(super) why: Why,
    /// Events of the film that were deleted.
    pub(super) events: u64,
}

/// How much went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sum {
    /// Events of the film.
    pub events: u64,
    /// Messages that a mailbox let go.
    pub messages: u64,
    /// Those of them that nobody else had, and whose bodies went.
    pub bodies: u64,
    /// Bytes of these bodies, as they were received.
    pub bytes: u64,
}

impl AddAssign for Sum {
    fn add_assign(&mut self, other: Self) {
        self.events += other.events;
        self.messages += other.messages;
        self.bodies += other.bodies;
        self.bytes += other.bytes;
    }
}

/// A line of the account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Removal {
    /// Whose mailbox.
    pub owner: EntryId,
    /// The day it went, its first moment (UTC).
    pub day: Timestamp,
    /// Why: `window`, `activity`, `hold-ended`, `shredded`, `moved`.
    pub why: String,
    /// How much.
    #[serde(flatten)]
    pub sum: Sum,
}

/// What a release came to.
#[derive(Default)]
pub(super) struct Released {
    pub(super) sum: Sum,
    /// Bodies that may go once this is committed.
    pub(super) orphans: Vec<ContentId>,
}

#[derive(Clone)]
struct Row {
    owner: String,
    day: i64,
    why: String,
    events: i64,
    messages: i64,
    bodies: i64,
    bytes: i64,
    mac: Vec<u8>,
}

crate::db::record!(Row { owner, day, why, events, messages, bodies, bytes, mac });

impl Row {
    fn sum(&self) -> Sum {
        let [events, messages, bodies, bytes] =
            [self.events, self.messages, self.bodies, self.bytes].map(|count| u64::try_from(count).unwrap_or(0));
        Sum { events, messages, bodies, bytes }
    }
}

impl RegionStore {
    /// Lets a mailbox go of contents that neither its film nor its view needs, and enters them with the cause into
    /// the account. A hold keeps the contents.
    pub(super) async fn release(
        &self,
        db: &mut Conn,
        mailbox: MailboxId,
        candidates: Vec<Vec<u8>>,
        cause: Cause,
    ) -> Result<Released> {
        let needed = "SELECT content FROM event WHERE mailbox = ?1 AND content IS NOT NULL
                      UNION SELECT p.content FROM placement p JOIN folder f ON f.id = p.folder WHERE f.mailbox = ?1";
        let needed: Vec<Vec<u8>> = db::query_scalar(needed).bind(mailbox.0).fetch_all(&mut *db).await?;
        let needed: HashSet<Vec<u8>> = needed.into_iter().collect();
        let free: HashSet<Vec<u8>> = candidates.into_iter().filter(|content| !needed.contains(content)).collect();
        let mut released = Released { sum: Sum { events: cause.events, ..Sum::default() }, orphans: Vec::new() };
        if is_held(db, mailbox).await? {
            retain(db, mailbox, free).await?;
        } else {
            for content in free {
                drop_one(db, mailbox, &content, &mut released).await?;
            }
        }
        self.account(db, mailbox, cause.why, released.sum).await?;
        Ok(released)
    }

    async fn account(&self, db: &mut Conn, mailbox: MailboxId, why: Why, sum: Sum) -> Result<()> {
        if sum == Sum::default() {
            return Ok(());
        }
        let owner = db::query_scalar("SELECT owner FROM mailbox WHERE id = ?1").bind(mailbox.0);
        let Some(owner): Option<String> = owner.fetch_optional(&mut *db).await? else { return Ok(()) };
        let (day, why) = (self.heard().as_ms().div_euclid(DAY_MS), why.as_str());
        let select = "SELECT * FROM removal WHERE owner = ?1 AND day = ?2 AND why = ?3";
        let before = db::query_as(select).bind(&owner).bind(day).bind(why).fetch_optional(&mut *db).await?;
        let fresh =
            Row { owner, day, why: why.to_owned(), events: 0, messages: 0, bodies: 0, bytes: 0, mac: Vec::new() };
        let is_first = before.is_none();
        let mut row: Row = before.unwrap_or(fresh);
        let is_ours = is_first || self.is_account(&row);
        let mut total = row.sum();
        total += sum;
        let [events, messages, bodies, bytes] = [total.events, total.messages, total.bodies, total.bytes]
            .map(|count| i64::try_from(count).unwrap_or(i64::MAX));
        row = Row { events, messages, bodies, bytes, ..row };
        // A line that somebody changed goes on not verifying: nothing heals it silently.
        let code = if is_ours { self.removal_code(&row).to_vec() } else { row.mac.clone() };
        let put = "INSERT INTO removal (owner, day, why, events, messages, bodies, bytes, mac)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                   ON CONFLICT (owner, day, why) DO UPDATE SET events = excluded.events, messages = excluded.messages,
                   bodies = excluded.bodies, bytes = excluded.bytes, mac = excluded.mac";
        let put = db::query(put).bind(row.owner).bind(row.day).bind(row.why).bind(events).bind(messages);
        put.bind(bodies).bind(bytes).bind(code).execute(db).await.map(drop)
    }

    /// The account of one mailbox or of all, the newest days first, `limit` lines at most. A line that does not verify is a finding.
    ///
    /// # Errors
    /// Those of a read.
    pub async fn removals(&self, owner: Option<&EntryId>, limit: u32) -> Result<Vec<Removal>> {
        let select = "SELECT * FROM removal WHERE owner = coalesce(?1, owner) ORDER BY day DESC, owner, why LIMIT ?2";
        let rows = db::query_as(select).bind(owner.map(|owner| owner.0.clone())).bind(limit);
        let rows: Vec<Row> = rows.fetch_all(&self.inner.engine.readers).await?;
        let line = |row: Row| {
            if !self.is_account(&row) {
                self.found_tampered(&format!("the account of {} on day {}", row.owner, row.day));
            }
            let (day, sum) = (Timestamp::from_ms(row.day.saturating_mul(DAY_MS)), row.sum());
            Removal { owner: EntryId(row.owner), day, why: row.why, sum }
        };
        Ok(rows.into_iter().map(line).collect())
    }

    fn is_account(&self, row: &Row) -> bool {
        mac::same(&row.mac, &self.removal_code(row))
    }

    fn removal_code(&self, row: &Row) -> [u8; 32] {
        let Row { owner, day, why, events, messages, bodies, bytes, mac: _ } = row;
        let region = self.name().as_str().into();
        let fields = [
            region,
            owner.as_str().into(),
            (*day).into(),
            why.as_str().into(),
            (*events).into(),
            (*messages).into(),
            (*bodies).into(),
            (*bytes).into(),
        ];
        mac::code(&self.inner.keys.integrity, "removal", &fields)
    }
}

async fn retain(db: &mut Conn, mailbox: MailboxId, contents: HashSet<Vec<u8>>) -> Result<()> {
    let put = "INSERT INTO retained (mailbox, content) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
    for content in contents {
        db::query(put).bind(mailbox.0).bind(content).execute(&mut *db).await?;
    }
    Ok(())
}

async fn drop_one(db: &mut Conn, mailbox: MailboxId, content: &[u8], released: &mut Released) -> Result<()> {
    let drop_key = "DELETE FROM content_key WHERE content = ?1 AND mailbox = ?2";
    let dropped = db::query(drop_key).bind(content).bind(mailbox.0).execute(&mut *db).await?;
    released.sum.messages += dropped.rows_affected();
    let drop = "DELETE FROM content WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM content_key WHERE content = ?1)
                AND NOT EXISTS (SELECT 1 FROM outgoing WHERE content = ?1) RETURNING size";
    let size: Option<i64> = db::query_scalar(drop).bind(content).fetch_optional(db).await?;
    if let Some(size) = size {
        released.sum.bodies += 1;
        released.sum.bytes += u64::try_from(size).unwrap_or(0);
        released.orphans.push(content_id(content)?);
    }
    Ok(())
}
