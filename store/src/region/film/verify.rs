//! Reading the whole film for nothing but its codes.

use crate::db;
use crate::region::mailbox::KeyRow;
use crate::{RegionStore, Result};

impl RegionStore {
    /// Reads every mailbox row and every event, and adds them up; what does not verify is among [`Self::findings`] afterwards. Takes
    /// seconds for a million events.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn verify(&self) -> Result<()> {
        let rows: Vec<KeyRow> = db::query_as(KeyRow::SELECT).fetch_all(&self.inner.engine.readers).await?;
        for row in &rows {
            self.verifies(row);
        }
        self.look_at_all().await
    }
}
