//! The audit log's outside witness: its heads, one a line, in a file that lies elsewhere.
//!
//! ```text
//!   2026-11-22T02:00:00Z 42 9f86d081884c7d65...      when, the last entry's number, its seal
//! ```
//!
//! Lines of other kinds are checkpoints and how far regions are ([`crate::audit`]), and that an admin has settled what was found:
//! what stands before that is not compared any more.
//!
//! Who puts an older database back whole, head included, is contradicted by it. Every head is a log line too, so that
//! a machine that collects logs is a second witness.

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use store::directory::AuditEntry;
use store::{Directory, Store, StoreError};
use tokio::fs::{File, OpenOptions};
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _};
use tokio::sync::watch;

/// How soon a new head is written. What happens in between is covered by the next head, whose seal is over it.
const EVERY: Duration = Duration::from_secs(2);
/// How soon a file that cannot be written is tried again.
const AFTER_TROUBLE: Duration = Duration::from_secs(60);

/// What follows the moment in the line that settles.
const SETTLED: &str = "settled";

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
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            // The line that settles is a head as well.
            [_, seq, seal] | [_, SETTLED, seq, seal] if seal.bytes().all(|octet| octet.is_ascii_hexdigit()) => {
                Some(Self { seq: seq.parse().ok()?, seal: (*seal).to_owned() })
            }
            _ => None,
        }
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
        self.note(&format!("{} {seq} {seal}", at.rfc3339())).await?;
        tracing::info!(seq, seal, "audit head");
        Ok(seq)
    }

    /// Writes a line; it is on the disk when this answers.
    ///
    /// # Errors
    /// Those of the file.
    pub async fn note(&self, line: &str) -> io::Result<()> {
        let mut file = OpenOptions::new().create(true).append(true).read(true).open(&self.file).await?;
        // The last line may have been cut short.
        let start = if ends_in_a_line(&mut file).await? { "" } else { "\n" };
        file.write_all(format!("{start}{line}\n").as_bytes()).await?;
        // What was written is on its way only, and a sync does not say what came of it.
        file.flush().await?;
        file.sync_data().await
    }

    /// Notes that an admin has looked at what was found, and goes on with what there is.
    ///
    /// # Errors
    /// Those of the file, and of reading the log.
    pub async fn settle(&self, directory: &Directory) -> io::Result<()> {
        let newest = directory.audit_tail(None, 1).await.map_err(io::Error::other)?;
        let Some(AuditEntry { seq, at, seal, .. }) = newest.into_iter().next() else { return Ok(()) };
        self.note(&format!("{} {SETTLED} {seq} {seal}", at.rfc3339())).await
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
        let (text, entries) = (since_settled(&text), store.directory().audit_export().await?);
        match agrees(text, &entries) {
            Ok(heads) => Ok(crate::audit::heads::compare(text, store).await?.map(|films| heads + films)),
            Err(what) => Ok(Err(what)),
        }
    }
}

async fn ends_in_a_line(file: &mut File) -> io::Result<bool> {
    if file.metadata().await?.len() == 0 {
        return Ok(true);
    }
    file.seek(io::SeekFrom::End(-1)).await?;
    Ok(file.read_u8().await? == b'\n')
}

/// The text from the last line on that settles.
fn since_settled(text: &str) -> &str {
    let mut start = 0;
    let mut end = 0;
    for line in text.split_inclusive('\n') {
        if line.split_whitespace().nth(1) == Some(SETTLED) {
            start = end;
        }
        end += line.len();
    }
    text.get(start..).unwrap_or(text)
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
    fn what_was_settled_is_not_compared_any_more() {
        let log = [entry(1, "aa"), entry(2, "xx"), entry(3, "ee")];
        assert!(agrees(TEXT, &log).is_err());
        let settled = format!("{TEXT}2026-11-23T02:00:00Z settled 3 ee\n2026-11-23T02:00:01Z film fr 5 ff\n");
        assert_eq!(agrees(since_settled(&settled), &log), Ok(1));
        assert!(agrees(since_settled(&settled), &log[..2]).is_err(), "it was put back to before that");
        assert_eq!(since_settled(TEXT), TEXT);
    }

    #[tokio::test]
    async fn a_line_that_was_cut_short_spoils_no_other_and_a_full_disk_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let witness = Witness { file: folder.path().join("heads") };
        std::fs::write(&witness.file, "2026-11-22T02:00:00Z 4 9f86").unwrap();
        witness.note("2026-11-22T02:00:01Z film fr 47 aa").await.unwrap();
        witness.note("2026-11-22T02:00:02Z 5 bb").await.unwrap();
        let text = std::fs::read_to_string(&witness.file).unwrap();
        let heads: Vec<Head> = text.lines().filter_map(Head::parse).collect();
        let head = |seq, seal: &str| Head { seq, seal: seal.to_owned() };
        assert_eq!((text.lines().count(), heads), (3, vec![head(4, "9f86"), head(5, "bb")]));
        let full = Witness { file: PathBuf::from("/dev/full") };
        assert!(full.note("a line").await.is_err());
    }

    #[test]
    fn a_log_put_back_whole_is_contradicted() {
        assert!(agrees(TEXT, &[entry(1, "aa")]).unwrap_err().contains("entry 3"));
        assert!(agrees(TEXT, &[entry(1, "aa"), entry(2, "bb"), entry(3, "xx")]).unwrap_err().contains("another"));
        assert!(agrees("", &[entry(1, "aa")]).is_err(), "a witness that was emptied");
    }
}
