//! The audit log for those who have no key of ours: a chain that anybody can compute, signed now and then.
//!
//! ```text
//!   link(n)    = SHA-256(seq, at, actor, what, detail, link(n-1))       link(0) = no octets
//!   checkpoint = Ed25519("relais-audit-1 SEQ AT SEAL LINK")             signed elsewhere, kept here
//! ```
//!
//! Links are computed when they are wanted and stored nowhere but in checkpoints: what the log itself is believed for
//! is its seals. How far a collector of logs has it is kept here too, under a code, so that nobody hides entries from it by
//! saying that it had them.

use mail::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{AuditEntry, Directory};
use crate::{Result, db, mac};

/// A statement about the log that others can check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The last entry that it covers.
    pub seq: i64,
    /// When it was made.
    pub at: Timestamp,
    /// The entry's seal, hexadecimal.
    pub seal: String,
    /// The entry's link, hexadecimal.
    pub link: String,
    /// The signature over [`Self::words`], base64.
    pub signature: String,
}

impl Checkpoint {
    /// What is signed.
    #[must_use]
    pub fn words(&self) -> String {
        format!("relais-audit-1 {} {} {} {}", self.seq, self.at.rfc3339(), self.seal, self.link)
    }
}

/// The link of an entry that follows one with the link `before`.
#[must_use]
pub fn link(entry: &AuditEntry, before: &[u8]) -> [u8; 32] {
    let fields = [
        entry.seq.into(),
        entry.at.as_ms().into(),
        entry.actor.as_str().into(),
        entry.what.as_str().into(),
        entry.detail.as_str().into(),
        before.into(),
    ];
    Sha256::digest(mac::encode("audit link", &fields)).into()
}

/// seq, at, seal, link, signature
type CheckpointRow = (i64, i64, String, String, String);

impl Directory {
    /// Keeps a checkpoint; the first one of an entry stays.
    ///
    /// # Errors
    /// Those of writing.
    pub async fn audit_keep(&self, checkpoint: Checkpoint) -> Result<()> {
        let put = "INSERT INTO audit_checkpoint (seq, at, seal, link, signature) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT DO NOTHING";
        self.write(move |db, _| {
            Box::pin(async move {
                let put = db::query(put).bind(checkpoint.seq).bind(checkpoint.at.as_ms()).bind(checkpoint.seal);
                put.bind(checkpoint.link).bind(checkpoint.signature).execute(db).await.map(drop)
            })
        })
        .await
    }

    /// Every checkpoint, in order. Only its signature says that one is ours.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn audit_checkpoints(&self) -> Result<Vec<Checkpoint>> {
        let rows = db::query_as("SELECT seq, at, seal, link, signature FROM audit_checkpoint ORDER BY seq");
        let rows: Vec<CheckpointRow> = rows.fetch_all(&mut *self.reading().await?).await?;
        let checkpoint = |(seq, at, seal, link, signature)| {
            let at = Timestamp::from_ms(at);
            Checkpoint { seq, at, seal, link, signature }
        };
        Ok(rows.into_iter().map(checkpoint).collect())
    }

    /// Entries after `seq`, in order, at most `limit`.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn audit_after(&self, seq: i64, limit: u32) -> Result<Vec<AuditEntry>> {
        super::audit::after(&mut *self.reading().await?, seq, limit).await
    }

    /// The last entry that a collector of logs has; 0 when it has none, or when somebody else said so.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn audit_shipped(&self, collector: &str) -> Result<i64> {
        let row = db::query_as("SELECT seq, mac FROM audit_shipped WHERE collector = ?").bind(collector);
        let row: Option<(i64, Vec<u8>)> = row.fetch_optional(&mut *self.reading().await?).await?;
        let ours = row.filter(|(seq, code)| {
            mac::same(code, &self.guard.row("audit_shipped", &[collector.into(), (*seq).into()]))
        });
        Ok(ours.map_or(0, |(seq, _)| seq))
    }

    /// Remembers the last entry that a collector has.
    ///
    /// # Errors
    /// Those of writing.
    pub async fn audit_set_shipped(&self, collector: &str, seq: i64) -> Result<()> {
        let put = "INSERT INTO audit_shipped (collector, seq, mac) VALUES (?, ?, ?)
            ON CONFLICT (collector) DO UPDATE SET seq = excluded.seq, mac = excluded.mac";
        let collector = collector.to_owned();
        self.write(move |db, guard| {
            Box::pin(async move {
                let code = guard.row("audit_shipped", &[collector.as_str().into(), seq.into()]);
                db::query(put).bind(&collector).bind(seq).bind(code).execute(db).await.map(drop)
            })
        })
        .await
    }
}
