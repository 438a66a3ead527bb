//! Blobs that no row needs: left by a crash between blob and row, or by a removal that did not come through.

use std::collections::HashSet;

use mail::Timestamp;

use super::RegionStore;
use super::blob::GRACE_MS;
use crate::db;
use crate::{ContentId, Result};

/// Blobs asked about in one statement.
const ASKED: usize = 500;

impl RegionStore {
    /// Removes blobs that no row names and that are older than a day, so that a writer between blob and row keeps
    /// its own. Returns how many.
    ///
    /// # Errors
    /// Those of a read, and of the blob store.
    pub async fn sweep(&self, now: Timestamp) -> Result<usize> {
        if self.inner.blobs.is_held() {
            return Ok(0);
        }
        let listed = self.inner.blobs.list().await?;
        let old = listed.into_iter().filter(|blob| now.ms_since(blob.written_at) > GRACE_MS);
        let old: Vec<ContentId> = old.map(|blob| blob.content).collect();
        let mut swept = 0;
        for some in old.chunks(ASKED) {
            let needed = self.needed(some).await?;
            let orphans: Vec<ContentId> = some.iter().copied().filter(|id| !needed.contains(id)).collect();
            swept += orphans.len();
            self.inner.blobs.remove(orphans).await?;
        }
        Ok(swept)
    }

    async fn needed(&self, some: &[ContentId]) -> Result<HashSet<ContentId>> {
        let ids: Vec<String> = some.iter().map(|id| format!("\"{id}\"")).collect();
        let select = "SELECT c.id FROM json_each(?1) asked JOIN content c ON c.id = unhex(asked.value)
                      UNION ALL
                      SELECT p.id FROM json_each(?1) asked JOIN draft_part p ON p.id = unhex(asked.value)";
        let rows = db::query_scalar::<Vec<u8>>(select).bind(format!("[{}]", ids.join(",")));
        let rows = rows.fetch_all(&self.inner.engine.readers).await?;
        rows.iter().map(|id| super::content_id(id)).collect()
    }
}
