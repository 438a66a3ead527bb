//! The audit log's outside witness: its heads, one a line, in a file that lies elsewhere.
//!
//! ```text
//!   2026-11-22T02:00:00Z 42 9f86d081884c7d65...      when, the last entry's number, its seal
//! ```
//!
//! Lines of other kinds are checkpoints and how far regions are ([`crate::audit`]).
//!
//! Who puts an older database back whole, head included, is contradicted by it. Every head is a log line too, so that
//! a machine that collects logs is a second witness.

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use store::directory::AuditEntry;
use store::{Directory, Store, StoreError};
use tokio::fs::OpenOptions;
use tokio::io::AsyncWriteExt as _;
use tokio::sync::watch;

/// How soon a new head is written. What happens in between is covered by the next head, whose seal is over it.
const EVERY: Duration = Duration::from_secs(2);
/// How soon a file that cannot be written is tried again.
const AFTER_TROUBLE: Duration = Duration::from_secs(60);

/// The file.
#[derive(Clone, Debug)]
pub struct Witness {
    /// Where it lies.
    pub file: PathBuf,
}

/// A head that the file keeps.
#[derive(Debug, PartialEq, Eq)]
struct Head {
    seq: i64,
    seal: String,
}

impl Head {
    fn parse(line: &str) -> Option<Self> {
        let mut words = line.split_whitespace().skip(1);
        Some(Self { seq: words.next()?.parse().ok()?, seal: words.next()?.to_owned() })
    }
}

impl Witness {
    /// Writes new heads until `shutdown`, and the last one then.
    pub async fn run(self, directory: Directory, mut shutdown: watch::Receiver<bool>) {
        let mut told = 0;
        loop {
            let wait = match self.tell(&directory, told).await {
                Ok(seq) => {
                    told = seq;
                    EVERY
                }
                Err(error) => {
                    let file = self.file.display();
                    tracing::error!(%error, %file, "the audit log's witness cannot be told; it is tried again");
                    AFTER_TROUBLE
                }
            };
            if *shutdown.borrow_and_update() {
                return;
            }
            tokio::select! {
                // The store tells nobody that the log has grown.
                () = tokio::time::sleep(wait) => {}
                changed = shutdown.changed() => if changed.is_err() { return },
            }
        }
    }

    /// Writes the head if it is another than `told`; its number.
    async fn tell(&self, directory: &Directory, told: i64) -> io::Result<i64> {
        let newest = directory.audit_tail(None, 1).await.map_err(io::Error::other)?;
        let Some(AuditEntry { seq, at, seal, .. }) = newest.into_iter().next().filter(|entry| entry.seq != told) else {
            return Ok(told);
        };
        let mut file = OpenOptions::new().create(true).append(true).open(&self.file).await?;
        // A line end before the first one of a process: the last one may have been cut short.
        let start = if told == 0 { "\n" } else { "" };
        file.write_all(format!("{start}{} {seq} {seal}\n", at.rfc3339()).as_bytes()).await?;
        file.sync_data().await?;
        tracing::info!(seq, seal, "audit head");
        Ok(seq)
    }

    /// Writes a line of another kind, which is no head.
    ///
    /// # Errors
    /// Those of the file.
    pub async fn note(&self, line: &str) -> io::Result<()> {
        let mut file = OpenOptions::new().create(true).append(true).open(&self.file).await?;
        file.write_all(format!("{line}\n").as_bytes()).await?;
        file.sync_data().await
    }

    /// Compares every head with the log, and how far regions were with how far they are: how many agree, or what does not.
    ///
    /// # Errors
    /// Those of reading the log.
    pub async fn compare(&self, store: &Store) -> Result<Result<usize, String>, StoreError> {
        let text = match tokio::fs::read_to_string(&self.file).await {
            Ok(text) => text,
            Err(error) => return Ok(Err(format!("{} cannot be read: {error}", self.file.display()))),
        };
        let entries = store.directory().audit_export().await?;
        match agrees(&text, &entries) {
            Ok(heads) => Ok(crate::audit::heads::compare(&text, store).await?.map(|films| heads + films)),
            Err(what) => Ok(Err(what)),
        }
    }
}

/// The heads of `text` against the log. What a power cut left of a line is no head.
fn agrees(text: &str, entries: &[AuditEntry]) -> Result<usize, String> {
    let seals: HashMap<i64, &str> = entries.iter().map(|entry| (entry.seq, entry.seal.as_str())).collect();
    let mut heads = 0;
    for Head { seq, seal } in text.lines().filter_map(Head::parse) {
        match seals.get(&seq) {
            Some(known) if **known == *seal => heads += 1,
            Some(known) if known.starts_with(&seal) => {}
            Some(_) => return Err(format!("entry {seq} is another than the witness saw")),
            None => return Err(format!("entry {seq}, which the witness saw, is gone from the log")),
        }
    }
    if heads == 0 && !entries.is_empty() {
        return Err("the witness keeps no head of this log".to_owned());
    }
    Ok(heads)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    fn entry(seq: i64, seal: &str) -> AuditEntry {
        let (actor, what, detail) = (String::new(), String::new(), "{}".to_owned());
        AuditEntry { seq, at: mail::Timestamp::from_unix_s(0), actor, what, detail, seal: seal.to_owned() }
    }

    const TEXT: &str = "2026-11-22T02:00:00Z 1 aa\n2026-11-22T02:00:05Z 3 cc\n";

    #[test]
    fn a_log_as_it_was_agrees_with_its_witness() {
        let log = [entry(1, "aa"), entry(2, "bb"), entry(3, "cc"), entry(4, "dd")];
        assert_eq!(agrees(TEXT, &log), Ok(2));
        for cut in ["2026-11-22T02:0", "2026-11-22T02:00:09Z 4 d", "2026-11-22T02:0\n2026-11-22T02:00:09Z 3 cc\n"] {
            assert!(agrees(&format!("{TEXT}{cut}"), &log).is_ok(), "{cut:?} is what a power cut leaves");
        }
    }

    #[test]
    fn a_log_put_back_whole_is_contradicted() {
        assert!(agrees(TEXT, &[entry(1, "aa")]).unwrap_err().contains("entry 3"));
        assert!(agrees(TEXT, &[entry(1, "aa"), entry(2, "bb"), entry(3, "xx")]).unwrap_err().contains("another"));
        assert!(agrees("", &[entry(1, "aa")]).is_err(), "a witness that was emptied");
    }
}
