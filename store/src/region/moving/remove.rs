//! Removing: nothing of a mailbox stays in the region it left, and what went is written down.

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::{carry::forget_state, held};
use crate::db::{self, Conn};
use crate::region::content::ContentRow;
use crate::region::removal::{Cause, Released, Why};
use crate::region::search::sweep;
use crate::{MailboxId, RegionStore, Result, StoreError};

/// Every table that has rows of a mailbox, but those of contents and of the connector.
const ROWS: [&str; 10] = [
    "DELETE FROM placement WHERE folder IN (SELECT id FROM folder WHERE mailbox = ?1)",
    "DELETE FROM event WHERE mailbox = ?1",
    "DELETE FROM draft_part WHERE draft IN (SELECT id FROM draft WHERE mailbox = ?1)",
    "DELETE FROM draft WHERE mailbox = ?1",
    "DELETE FROM folder WHERE mailbox = ?1",
    "DELETE FROM expunged WHERE mailbox = ?1",
    "DELETE FROM returned WHERE mailbox = ?1",
    "DELETE FROM clean_point WHERE mailbox = ?1",
    "DELETE FROM epoch WHERE mailbox = ?1",
    "DELETE FROM moving WHERE mailbox = ?1",
];

/// The proof that a mailbox is gone from a region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Removed {
    /// From which region.
    pub region: String,
    /// Events of the film.
    pub events: u64,
    /// Messages that it held.
    pub contents: u64,
    /// Those of them that nobody else in the region holds, and that are gone with their bodies.
    pub removed: u64,
    /// SHA-256 over the ids of the contents it held, in order, each followed by the code of its sealed body.
    pub digest: String,
}

impl RegionStore {
    /// Removes all of a mailbox, looks whether it is gone, and says what went.
    pub(super) async fn remove_mailbox(&self, mailbox: MailboxId) -> Result<Removed> {
        let (events, contents) = self.figures(mailbox).await?;
        let digest = self.digest(mailbox).await?;
        let store = self.clone();
        let gone = self.write(move |db| Box::pin(async move { store.remove_rows(db, mailbox, events).await })).await?;
        self.inner.ring.forget_mailbox(mailbox);
        self.inner.searches.close(mailbox);
        self.inner.views.forget();
        self.inner.blobs.remove(gone.orphans.clone()).await?;
        for content in &gone.orphans {
            if self.inner.blobs.read(*content).await?.is_some() {
                return Err(StoreError::Refused(format!("the body of content {content} is still there")));
            }
        }
        Ok(Removed { region: self.name().to_string(), events, contents, removed: gone.sum.bodies, digest })
    }

    /// The contents of a mailbox by their names and the codes of their bodies.
    async fn digest(&self, mailbox: MailboxId) -> Result<String> {
        let select = "SELECT c.id, c.raw_mac FROM content_key k JOIN content c ON c.id = k.content
                      WHERE k.mailbox = ?1 ORDER BY c.id";
        let rows: Vec<(Vec<u8>, Vec<u8>)> =
            db::query_as(select).bind(mailbox.0).fetch_all(&self.inner.engine.readers).await?;
        let mut digest = Sha256::new();
        for (id, code) in rows {
            digest.update(id);
            digest.update(code);
        }
        Ok(hex::encode(digest.finalize()))
    }

    /// Reads every sealed body of a mailbox from where it lies, and compares it with its code.
    pub(super) async fn verify_contents(&self, mailbox: MailboxId) -> Result<()> {
        let mut db = self.inner.engine.readers.reading().await?;
        let held = held(&mut db, mailbox).await?;
        drop(db);
        for id in held {
            let select = "SELECT summary_mac, summary, raw_mac, raw FROM content WHERE id = ?1";
            let row = db::query_as(select).bind(&id.0[..]).fetch_optional(&self.inner.engine.readers);
            let row: Option<ContentRow> = row.await?;
            let mut row = row.ok_or_else(|| StoreError::Missing(format!("content {id}")))?;
            self.read_body(id, &mut row).await?;
            if !self.is_as_written(id, &row) {
                return Err(StoreError::Tampered(format!("content {id}")));
            }
        }
        Ok(())
    }

    async fn remove_rows(&self, db: &mut Conn, mailbox: MailboxId, events: u64) -> Result<Released> {
        for rows in ROWS {
            db::query(rows).bind(mailbox.0).execute(&mut *db).await?;
        }
        forget_state(db, mailbox).await?;
        let names = held(db, mailbox).await?.into_iter().map(|content| content.0.to_vec()).collect();
        let gone = self.release(db, mailbox, names, Cause { why: Why::Moved, events }).await?;
        sweep(db, mailbox).await?;
        db::query("DELETE FROM mailbox WHERE id = ?1").bind(mailbox.0).execute(&mut *db).await?;
        let left = "SELECT (SELECT count(*) FROM event WHERE mailbox = ?1) + (SELECT count(*) FROM content_key WHERE mailbox = ?1)
                    + (SELECT count(*) FROM segment WHERE mailbox = ?1) + (SELECT count(*) FROM unindexed WHERE mailbox = ?1)
                    + (SELECT count(*) FROM epoch WHERE mailbox = ?1) + (SELECT count(*) FROM source WHERE mailbox = ?1)";
        let left: i64 = db::query_scalar(left).bind(mailbox.0).fetch_one(db).await?;
        if left > 0 {
            return Err(StoreError::Refused(format!("{left} rows of mailbox {mailbox} cannot be removed")));
        }
        Ok(gone)
    }
}
