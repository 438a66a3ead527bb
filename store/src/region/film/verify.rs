//! Reading the whole film for nothing but its codes.

use crate::db;
use crate::region::event::EventRow;
use crate::region::mailbox::KeyRow;
use crate::{RegionStore, Result};

/// Rows read at one time.
const PAGE: i64 = 2000;

impl RegionStore {
    /// Reads every mailbox row and every event; what does not verify is among [`Self::findings`] afterwards. Takes
    /// seconds for a million events.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn verify(&self) -> Result<()> {
        let rows: Vec<KeyRow> = db::query_as(KeyRow::SELECT).fetch_all(&self.inner.engine.readers).await?;
        for row in &rows {
            self.verifies(row);
        }
        let select = "SELECT * FROM event WHERE id > ?1 ORDER BY id LIMIT ?2";
        let mut after = 0;
        loop {
            let page = db::query_as(select).bind(after).bind(PAGE);
            let rows: Vec<EventRow> = page.fetch_all(&self.inner.engine.readers).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = last.id;
            for row in rows {
                let id = row.id;
                if row.verified(&self.inner.keys, self.name().as_str()).is_none() {
                    self.found_tampered(&format!("event {id} of the film"));
                }
            }
        }
    }
}
