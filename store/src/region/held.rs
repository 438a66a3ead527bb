//! What a backup asks of a region: its bodies stay while it runs, and are read as they lie; and what a restored one is asked:
//! whether every message is as it was.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mail::{Region, Timestamp};

use super::blob::Blobs;
use super::content::ContentRow;
use crate::db::{self, Reading};
use crate::{BlobStore, ContentId, RegionStore, Result, StoreError};

/// Rows read at one time.
const PAGE: i64 = 200;

/// As long as this lives, bodies that no row names any more stay; the sweep takes them later.
pub(crate) struct HeldBodies(Arc<AtomicUsize>);

impl HeldBodies {
    pub(super) fn of(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(count))
    }
}

impl Drop for HeldBodies {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl RegionStore {
    pub(crate) fn hold_bodies(&self) -> HeldBodies {
        self.inner.blobs.hold()
    }

    pub(crate) async fn reading(&self) -> Result<Reading> {
        self.inner.engine.readers.reading().await
    }

    /// Tells the region that it is a copy from before: mail that waits may have left since, so that it waits for somebody's word;
    /// and UIDs may have been given since, so that no folder is what mail programs know.
    ///
    /// # Errors
    /// Those of a write.
    pub(crate) async fn is_a_copy(&self, now: Timestamp) -> Result<()> {
        self.hear(now);
        let since_s = now.as_unix_s();
        self.write(move |db| {
            Box::pin(async move {
                for (change, number) in [
                    ("UPDATE outgoing_recipient SET held = 1, leased_until = 0 WHERE ?1 = ?1", 0),
                    (
                        "UPDATE folder SET uidvalidity = CASE WHEN uidvalidity < ?1 THEN ?1 ELSE uidvalidity + 1 END",
                        since_s,
                    ),
                    (
                        "UPDATE mailbox SET uidvalidity = CASE WHEN uidvalidity < ?1 THEN ?1 ELSE uidvalidity + 1 END",
                        since_s,
                    ),
                ] {
                    db::query(change).bind(number).execute(&mut *db).await?;
                }
                Ok(())
            })
        })
        .await?;
        self.inner.views.forget();
        // A region that was put back by itself is behind what the directory knows, and that is no finding.
        self.believe_heads().await
    }

    /// Removes bodies that no row names any more. That they are none is committed: one that cannot be removed now is left to the daily
    /// sweep.
    pub(super) async fn remove_bodies(&self, contents: Vec<ContentId>) {
        if let Err(error) = self.inner.blobs.remove(contents).await {
            tracing::warn!(%error, region = %self.name(), "bodies that nobody needs could not be removed; the sweep takes them");
        }
    }

    /// A body as it lies beside the database.
    pub(crate) async fn body(&self, body: ContentId) -> Result<Option<Vec<u8>>> {
        self.inner.blobs.read(body).await
    }

    pub(crate) fn lost_body(&self, body: ContentId) -> StoreError {
        self.missing_content(body)
    }

    /// Reads every message as it is stored and compares its codes; nothing is opened. What does not verify is among
    /// [`Self::findings`] afterwards, what is missing among [`Self::damage`]. Reads as much as there is.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn verify_all_contents(&self) -> Result<u64> {
        let select = "SELECT row, id FROM content WHERE row > ?1 ORDER BY row LIMIT ?2";
        let (mut after, mut read) = (0, 0);
        loop {
            let page = db::query_as(select).bind(after).bind(PAGE);
            let rows: Vec<(i64, Vec<u8>)> = page.fetch_all(&self.inner.engine.readers).await?;
            let Some((last, _)) = rows.last() else { return Ok(read) };
            after = *last;
            for (_, id) in rows {
                self.verify_content(super::content_id(&id)?).await?;
                read += 1;
            }
        }
    }

    async fn verify_content(&self, id: ContentId) -> Result<()> {
        let select = "SELECT summary_mac, summary, raw_mac, raw FROM content WHERE id = ?1";
        let row: Option<ContentRow> =
            db::query_as(select).bind(&id.0[..]).fetch_optional(&self.inner.engine.readers).await?;
        // It may have gone meanwhile.
        let Some(mut row) = row else { return Ok(()) };
        self.read_body(id, &mut row).await?;
        if row.raw.is_none() {
            drop(self.lost_body(id));
        } else if !self.is_as_written(id, &row) {
            self.found_tampered(&format!("content {id}"));
        }
        Ok(())
    }
}

/// Where the bodies of a region are that is not open.
pub(crate) struct Bodies(Blobs);

impl Bodies {
    pub(crate) fn open(place: &BlobStore, data: &Path, region: &Region) -> Result<Self> {
        Blobs::open(place, data, region).map(Self)
    }

    /// Puts a body back.
    pub(crate) async fn write(&self, body: ContentId, sealed: Vec<u8>) -> Result<()> {
        self.0.write(body, sealed).await
    }
}
