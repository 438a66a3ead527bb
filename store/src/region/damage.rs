//! Looks whether everything that rows name is there.

use std::collections::HashSet;

use crate::damage::damaged_pages;
use crate::db;
use crate::{ContentId, Hindrance, RegionStore, Result, StoreError};

/// Rows read at one time.
const PAGE: i64 = 5000;
/// Missing bodies that are named; what comes after them is lost with them.
const NAMED_MAX: usize = 100;

impl RegionStore {
    /// What is lost of this region, as far as it was met or looked for since the start.
    #[must_use]
    pub fn damage(&self) -> Vec<String> {
        self.inner.damage.all()
    }

    /// Why the last write was not kept, if it was not: to the database, and of bodies beside it.
    #[must_use]
    pub fn hindrances(&self) -> Vec<Hindrance> {
        let both = [self.inner.engine.committer.hindrance(), self.inner.bodies.now()];
        both.into_iter().flatten().collect()
    }

    /// Writes a body beside the database; durable when this resolves.
    pub(super) async fn write_body(&self, content: ContentId, sealed: Vec<u8>) -> Result<()> {
        let written = self.inner.blobs.write(content, sealed).await;
        self.inner.bodies.observe(&written);
        written
    }

    /// Reads every page of the database, and lists the bodies beside it; what is lost is among [`Self::damage`]
    /// afterwards. Reads a gigabyte in seconds, and hinders nobody.
    ///
    /// # Errors
    /// Those of reading, except where that is the damage.
    pub async fn look_for_damage(&self) -> Result<()> {
        let mut found = damaged_pages(&self.inner.engine.readers, &format!("of region {}", self.name())).await?;
        match self.missing_bodies().await {
            Ok(missing) => found.extend(missing),
            // The pages have named it.
            Err(StoreError::Corrupt(_)) if !found.is_empty() => {}
            Err(other) => return Err(other),
        }
        self.inner.damage.replace(found);
        Ok(())
    }

    async fn missing_bodies(&self) -> Result<Vec<String>> {
        let listed: HashSet<ContentId> = self.inner.blobs.list().await?.into_iter().map(|blob| blob.content).collect();
        let select = "SELECT row, id FROM content WHERE row > ?1 AND raw IS NULL ORDER BY row LIMIT ?2";
        let (mut after, mut missing) = (0, Vec::new());
        loop {
            let page = db::query_as(select).bind(after).bind(PAGE);
            let rows: Vec<(i64, Vec<u8>)> = page.fetch_all(&self.inner.engine.readers).await?;
            let Some((last, _)) = rows.last() else { return Ok(missing) };
            after = *last;
            for (_, id) in rows {
                let content = super::content_id(&id)?;
                // What came since the listing is not in it.
                if missing.len() < NAMED_MAX && !listed.contains(&content) && self.is_lost(content).await? {
                    missing.push(self.missing_body(content).await?);
                }
            }
        }
    }

    async fn is_lost(&self, content: ContentId) -> Result<bool> {
        let is_there = self.inner.blobs.read(content).await?.is_some();
        let row = "SELECT count(*) FROM content WHERE id = ?1";
        let rows: i64 = db::query_scalar(row).bind(&content.0[..]).fetch_one(&self.inner.engine.readers).await?;
        Ok(!is_there && rows > 0)
    }

    async fn missing_body(&self, content: ContentId) -> Result<String> {
        let select = "SELECT mailbox FROM content_key WHERE content = ?1 ORDER BY mailbox LIMIT 5";
        let holders: Vec<i64> =
            db::query_scalar(select).bind(&content.0[..]).fetch_all(&self.inner.engine.readers).await?;
        let holders: Vec<String> = holders.iter().map(ToString::to_string).collect();
        Ok(format!("the body of content {content} of mailbox {}", holders.join(", ")))
    }

    /// The body of a message is not where its row says.
    pub(super) fn missing_content(&self, content: ContentId) -> StoreError {
        let what = format!("the body of content {content}");
        self.inner.damage.note(what.clone());
        StoreError::Missing(what)
    }
}
