//! The audit log for outsiders: signed checkpoints, exports, and the collector of logs that every entry goes to.
//!
//! ```text
//!   log ── links (SHA-256, anybody) ──┬─ checkpoint, signed: daily, at a run's end, at each export
//!                                     ├─ lines: JSON or RFC 5424          `relais audit export`
//!                                     └─ shipping: RFC 5425               `[audit] syslog`
//!   export ── offline ──> whole as far as the last checkpoint, or the first line that is not
//! ```
//!
//! The log's own chain is under the integrity key: it convinces nobody who does not have it. The links convince whoever has the
//! public half of the key that signs reports.

mod collector;
pub mod heads;
mod lines;
mod offline;
mod shipping;

use std::sync::Arc;
use std::time::Duration;

use mail::Timestamp;
use store::Directory;
use store::directory::{AuditEntry, Chain, Checkpoint, link};
use tokio::sync::watch;

pub use collector::Collector;
pub use lines::{Format, Whose, export as exported};
pub use offline::verified;
pub use shipping::{Board, Shipping};

use crate::cli::region::Signer;
use crate::clock::now;
use crate::witness::Witness;

/// How often the log is looked at.
const EVERY: Duration = Duration::from_secs(5);
/// Without a run's end, a checkpoint is made when the last one is as old as this.
const DAY_MS: i64 = 24 * 3600 * 1000;
/// Entries read at a time.
const PAGE: u32 = 1000;
/// The entry that ends a run.
const RUN_ENDED: &str = "run.ended";

/// Signs the log.
#[derive(Clone)]
pub struct Book {
    /// Holds it.
    pub directory: Directory,
    /// Signs for the house.
    pub signer: Arc<Signer>,
    /// Whose log it is.
    pub organisation: String,
}

/// The log with its links, as far as it is whole.
pub struct Linked {
    /// Every entry with its link.
    pub entries: Vec<(AuditEntry, [u8; 32])>,
    /// What the check of its seals said.
    pub chain: Chain,
}

/// How far the log was looked at.
struct Seen {
    /// The last entry.
    seq: i64,
    /// The last one that is signed, and when that was.
    signed: Option<(i64, Timestamp)>,
}

impl Seen {
    /// Whether the day's checkpoint is due.
    fn is_due(&self, last: i64, now: Timestamp) -> bool {
        match self.signed {
            Some((seq, at)) => last > seq && now.as_ms().saturating_sub(at.as_ms()) >= DAY_MS,
            None => last > 0,
        }
    }
}

impl Book {
    /// Every entry with its link.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn linked(&self) -> anyhow::Result<Linked> {
        let chain = self.directory.audit_verify().await?;
        let mut before: Vec<u8> = Vec::new();
        let entries = self.directory.audit_export().await?.into_iter().map(|entry| {
            let link = link(&entry, &before);
            before = link.to_vec();
            (entry, link)
        });
        Ok(Linked { entries: entries.collect(), chain })
    }

    /// Signs the log as far as it goes, unless that was done; nothing when it is empty or broken.
    ///
    /// # Errors
    /// Those of reading and writing.
    pub async fn sign(&self, log: &Linked, at: Timestamp) -> anyhow::Result<Option<Checkpoint>> {
        let (Chain::Whole { .. }, Some((last, link))) = (&log.chain, log.entries.last()) else { return Ok(None) };
        let (seq, seal) = (last.seq, last.seal.clone());
        let mut made = Checkpoint { seq, at, seal, link: hex::encode(link), signature: String::new() };
        made.signature = self.signer.signature(&made.words());
        self.directory.audit_keep(made.clone()).await?;
        Ok(Some(made))
    }

    /// The checkpoints that our key signed.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn checkpoints(&self) -> anyhow::Result<Vec<Checkpoint>> {
        self.checkpoints_after(0).await
    }

    /// Those of them that are of entries after one.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn checkpoints_after(&self, seq: i64) -> anyhow::Result<Vec<Checkpoint>> {
        let mut all = self.directory.audit_checkpoints().await?;
        all.retain(|one| one.seq > seq && self.signer.is_ours(&one.words(), &one.signature));
        Ok(all)
    }

    /// Makes checkpoints until `shutdown`.
    pub async fn run(self, witness: Option<Witness>, mut shutdown: watch::Receiver<bool>) {
        let mut seen = None;
        loop {
            match self.look(&mut seen, now()).await {
                Ok(None) => {}
                Ok(Some(made)) => tell(witness.as_ref(), &made).await,
                Err(error) => tracing::error!(%error, "the audit log cannot be signed; it is tried again"),
            }
            tokio::select! {
                // The store tells nobody that the log has grown.
                () = tokio::time::sleep(EVERY) => {}
                changed = shutdown.changed() => if changed.is_err() || *shutdown.borrow() { return },
            }
        }
    }

    /// Makes a checkpoint when one is due.
    async fn look(&self, seen: &mut Option<Seen>, now: Timestamp) -> anyhow::Result<Option<Checkpoint>> {
        let known = match seen {
            Some(known) => known,
            None => {
                let signed = self.checkpoints().await?.pop().map(|last| (last.seq, last.at));
                seen.insert(Seen { seq: signed.map_or(0, |(seq, _)| seq), signed })
            }
        };
        let fresh = self.directory.audit_after(known.seq, PAGE).await?;
        let last = fresh.last().map_or(known.seq, |entry| entry.seq);
        if !fresh.iter().any(|entry| entry.what == RUN_ENDED) && !known.is_due(last, now) {
            known.seq = last;
            return Ok(None);
        }
        let log = self.linked().await?;
        if let Chain::Broken { seq, what } = &log.chain {
            tracing::error!(seq, what, "the audit log is broken and is not signed");
        }
        let made = self.sign(&log, now).await?;
        // What failed above is tried again. A broken log is not looked at again before a day has gone.
        *known = Seen { seq: last, signed: Some((last, now)) };
        Ok(made)
    }
}

async fn tell(witness: Option<&Witness>, made: &Checkpoint) {
    tracing::info!(seq = made.seq, link = made.link, signature = made.signature, "audit checkpoint");
    let Some(witness) = witness else { return };
    let line = format!("{} checkpoint {} {}", made.at.rfc3339(), made.words(), made.signature);
    if let Err(error) = witness.note(&line).await {
        tracing::error!(%error, file = %witness.file.display(), "the audit log's witness cannot be told of a checkpoint");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_s_entries_are_signed_and_a_quiet_day_is_not() {
        let day = |days: i64| Timestamp::from_unix_s(days * 86_400);
        let signed = |seq| Seen { seq: 9, signed: Some((seq, day(1))) };
        assert!(!signed(9).is_due(9, day(5)), "nothing came");
        assert!(!signed(8).is_due(9, Timestamp::from_ms(day(2).as_ms() - 1)));
        assert!(signed(8).is_due(9, day(2)));
        assert!(Seen { seq: 1, signed: None }.is_due(1, day(0)) && !Seen { seq: 0, signed: None }.is_due(0, day(0)));
    }
}
