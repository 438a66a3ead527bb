//! Figures about the film that whoever decides and whoever watches asks for.

use crate::db;
use mail::Timestamp;

use crate::{RegionStore, Result};

impl RegionStore {
    /// How many messages Relais itself took in since a moment, each counted once whoever got it.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn accepted_since(&self, since: Timestamp) -> Result<u64> {
        let count = "SELECT count(DISTINCT content) FROM event WHERE kind = 7 AND at >= ?1";
        let accepted: i64 = db::query_scalar(count).bind(since.as_ms()).fetch_one(&self.inner.engine.readers).await?;
        Ok(u64::try_from(accepted).unwrap_or(0))
    }

    /// When something new was last seen at the primary.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn last_seen(&self) -> Result<Option<Timestamp>> {
        let newest = "SELECT at FROM event WHERE kind <> 7 ORDER BY id DESC LIMIT 1";
        let at: Option<i64> = db::query_scalar(newest).fetch_optional(&self.inner.engine.readers).await?;
        Ok(at.map(Timestamp::from_ms))
    }

    /// When anything was first seen at the primary, as far as the film goes back.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn first_seen(&self) -> Result<Option<Timestamp>> {
        let oldest = "SELECT at FROM event WHERE kind <> 7 ORDER BY id LIMIT 1";
        let at: Option<i64> = db::query_scalar(oldest).fetch_optional(&self.inner.engine.readers).await?;
        Ok(at.map(Timestamp::from_ms))
    }
}
