//! Every entry of the audit log goes to a collector of logs, in order, at least once.
//!
//! ```text
//!   log ── after the last one it has ── batch ── collector ── read ──> remembered, under a code
//!                    ▲                     └ not read: the same batch again, later
//!                    └ nobody else can say that it has more
//! ```
//!
//! Nothing waits for it. What it does not take is a finding after a while.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use mail::Timestamp;
use store::directory::{AuditEntry, link};
use tokio::sync::watch;

use super::Book;
use super::collector::Collector;
use super::lines::{checkpoint_in_syslog, in_syslog};
use crate::clock::now;

/// How often the log is looked at.
const EVERY: Duration = Duration::from_secs(2);
/// How soon a collector that did not take a batch is tried again.
const AFTER_TROUBLE: Duration = Duration::from_secs(10);
/// Entries of a batch.
const BATCH: u32 = 500;
/// What waits this long is a finding.
const LATE_MS: i64 = 5 * 60 * 1000;

/// Ships the log.
pub struct Shipping {
    /// The log.
    pub book: Book,
    /// Where it goes.
    pub collector: Collector,
    /// The name that this host has in logs.
    pub host: String,
    /// Where trouble is noted.
    pub board: Board,
}

/// Told by whoever ships, read by readiness. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Board(Arc<Mutex<Option<Trouble>>>);

#[derive(Clone, Debug)]
struct Trouble {
    collector: String,
    /// The first entry that waits, and when it was made.
    first: (i64, Timestamp),
    why: String,
}

impl Board {
    /// What waits for too long, in a sentence.
    #[must_use]
    pub fn late(&self, now: Timestamp) -> Option<String> {
        let trouble = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Trouble { collector, first: (seq, at), why } = trouble?;
        let is_late = now.ms_since(at) >= LATE_MS;
        is_late.then(|| format!("{collector} has not got the audit log from entry {seq} of {at} on: {why}"))
    }

    /// What waits first, and since when.
    fn waiting(&self) -> Option<(i64, Timestamp)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(|trouble| trouble.first)
    }

    fn set(&self, trouble: Option<Trouble>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
    }
}

/// How far the collector has it.
struct Place {
    /// The last entry.
    seq: i64,
    /// Its link.
    link: Vec<u8>,
    /// The last entry whose checkpoint it has.
    signed: i64,
}

impl Shipping {
    /// Ships until `shutdown`.
    pub async fn run(self, mut shutdown: watch::Receiver<bool>) {
        let mut place = None;
        loop {
            let wait = match self.ship(&mut place).await {
                // There may be more.
                Ok(true) => Duration::ZERO,
                Ok(false) => EVERY,
                Err(error) => {
                    let collector = &self.collector.address;
                    tracing::warn!(
                        error = format!("{error:#}"),
                        collector,
                        "the collector of logs did not take the audit log; it is tried again"
                    );
                    AFTER_TROUBLE
                }
            };
            tokio::select! {
                // The store tells nobody that the log has grown.
                () = tokio::time::sleep(wait) => {}
                changed = shutdown.changed() => if changed.is_err() || *shutdown.borrow() { return },
            }
        }
    }

    /// Ships a batch; whether there was one.
    async fn ship(&self, place: &mut Option<Place>) -> Result<bool> {
        // One node ships, whichever has the lease: a collector gets the log in order.
        let Some(lease) = self.book.directory.lease("audit shipping").await? else {
            *place = None;
            self.board.set(None);
            return Ok(false);
        };
        let known = match place {
            Some(known) if !lease.is_new => known,
            _ => place.insert(self.begin().await?),
        };
        let entries = self.book.directory.audit_after(known.seq, BATCH).await?;
        let (mut lines, mut next) =
            (Vec::new(), Place { seq: known.seq, link: known.link.clone(), signed: known.signed });
        for entry in &entries {
            let link = link(entry, &next.link);
            lines.push(in_syslog(entry, &link, &self.host));
            (next.seq, next.link) = (entry.seq, link.to_vec());
        }
        for one in self.book.checkpoints_after(known.signed).await? {
            if one.seq <= next.seq {
                lines.push(checkpoint_in_syslog(&one, &self.host));
                next.signed = one.seq;
            }
        }
        if lines.is_empty() {
            self.board.set(None);
            return Ok(false);
        }
        if let Err(error) = self.collector.take(&lines).await {
            self.waits(entries.first(), &error);
            return Err(error);
        }
        let [log, checkpoints] = self.names();
        self.book.directory.audit_set_shipped(&checkpoints, next.signed).await?;
        self.book.directory.audit_set_shipped(&log, next.seq).await?;
        *known = next;
        self.board.set(None);
        Ok(true)
    }

    /// The names under which it is remembered how far the collector has entries and checkpoints.
    fn names(&self) -> [String; 2] {
        let address = &self.collector.address;
        [format!("syslog {address}"), format!("syslog checkpoints {address}")]
    }

    /// Where to go on after a start.
    async fn begin(&self) -> Result<Place> {
        let [log, checkpoints] = self.names();
        let (has, signed) =
            (self.book.directory.audit_shipped(&log).await?, self.book.directory.audit_shipped(&checkpoints).await?);
        let mut place = Place { seq: 0, link: Vec::new(), signed };
        while place.seq < has {
            let entries = self.book.directory.audit_after(place.seq, BATCH).await?;
            if entries.is_empty() {
                break;
            }
            for entry in entries.iter().take_while(|entry| entry.seq <= has) {
                (place.seq, place.link) = (entry.seq, link(entry, &place.link).to_vec());
            }
        }
        Ok(place)
    }

    fn waits(&self, first: Option<&AuditEntry>, error: &anyhow::Error) {
        // A checkpoint that waits alone waits since it did first.
        let since = || self.board.waiting().unwrap_or_else(|| (0, now()));
        let first = first.map_or_else(since, |entry| (entry.seq, entry.at));
        let why = format!("{error:#}");
        self.board.set(Some(Trouble { collector: self.collector.address.clone(), first, why }));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn what_waits_is_a_finding_once_it_waits_for_long() {
        let (board, at) = (Board::default(), Timestamp::from_unix_s(1_800_000_000));
        assert_eq!(board.late(at), None);
        board.set(Some(Trouble { collector: "logs:6514".to_owned(), first: (4, at), why: "no route".to_owned() }));
        assert_eq!(board.late(at.plus_ms(LATE_MS - 1)), None);
        let said = board.late(at.plus_ms(LATE_MS)).unwrap();
        assert!(said.contains("logs:6514") && said.contains("entry 4") && said.contains("no route"), "{said}");
        board.set(None);
        assert_eq!(board.late(at.plus_ms(LATE_MS)), None);
    }
}
