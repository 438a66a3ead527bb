//! Few large segments instead of many small ones: fewer blocks to open, and each word written once.

use crate::db;
use std::collections::HashSet;

use super::segment::{Header, SealedSegment, place_of};
use crate::seal::Epoch;
use crate::search::{Block, Source, merge};
use crate::{ContentId, MailboxId, RegionStore, Result, StoreError};

/// As many segments of one size become one of the next.
const FAN_IN: usize = 8;
/// Messages from which on a segment is of the second size.
const MIDDLE_MESSAGES: usize = 2048;
/// Messages from which on a segment stays as it is.
const LARGE_MESSAGES: usize = 12_288;

impl RegionStore {
    /// Merges segments as long as there are enough of one size that can be opened.
    pub(super) async fn merge_segments(&self, mailbox: MailboxId, ended: Option<&Epoch>) -> Result<()> {
        while let Some(ids) = self.mergeable(mailbox, ended).await? {
            let mut sources = Vec::with_capacity(ids.len());
            for id in &ids {
                match self.segment(mailbox, *id, ended).await {
                    Ok(Some(header)) => sources.push(header),
                    Ok(None) | Err(StoreError::Sealed(_)) => return Ok(()),
                    Err(other) => return Err(other),
                }
            }
            self.merge_into_one(mailbox, sources, ids).await?;
        }
        Ok(())
    }

    /// The next segments to merge.
    async fn mergeable(&self, mailbox: MailboxId, ended: Option<&Epoch>) -> Result<Option<Vec<i64>>> {
        let select = "SELECT id, epoch, length(contents) / 16 FROM segment WHERE mailbox = ?1 ORDER BY id";
        let rows = db::query_as(select).bind(mailbox.0);
        let rows: Vec<(i64, Vec<u8>, i64)> = rows.fetch_all(&self.inner.engine.readers).await?;
        let writing = self.inner.ring.writing(mailbox, i64::MIN);
        let known: Vec<[u8; 16]> = ended.into_iter().chain(writing.as_ref()).map(|epoch| epoch.id).collect();
        let can_open = |epoch: &[u8]| self.is_unsealed(mailbox) || known.iter().any(|id| id[..] == *epoch);
        for sizes in [0..MIDDLE_MESSAGES, MIDDLE_MESSAGES..LARGE_MESSAGES] {
            let of_size = rows.iter().filter(|(_, epoch, messages)| {
                usize::try_from(*messages).is_ok_and(|messages| sizes.contains(&messages)) && can_open(epoch)
            });
            let ids: Vec<i64> = of_size.map(|(id, ..)| *id).take(FAN_IN).collect();
            if ids.len() == FAN_IN {
                return Ok(Some(ids));
            }
        }
        Ok(None)
    }

    async fn merge_into_one(&self, mailbox: MailboxId, headers: Vec<Header>, ids: Vec<i64>) -> Result<()> {
        let mut sources = Vec::with_capacity(headers.len());
        let mut contents = Vec::new();
        for header in headers {
            let held = self.still_held(mailbox, &header.contents).await?;
            let stays: Vec<bool> = header.contents.iter().map(|id| held.contains(id)).collect();
            contents.extend(header.contents.iter().copied().filter(|id| held.contains(id)));
            let Some(blocks) = self.all_blocks(mailbox, &header).await? else { return Ok(()) };
            sources.push(Source { flags: header.outline.flags, stays, blocks });
        }
        let sealer = self.sealer(mailbox, self.heard()).await?;
        let store = self.clone();
        let seal = move || SealedSegment::new(&store, mailbox, &sealer, (&contents, &merge(&sources)));
        let sealed = tokio::task::spawn_blocking(seal).await.map_err(|_| StoreError::Closed)?;
        self.commit_segment(sealed, ids).await
    }

    /// Which of these the mailbox still holds.
    async fn still_held(&self, mailbox: MailboxId, contents: &[ContentId]) -> Result<HashSet<ContentId>> {
        let ids: Vec<String> = contents.iter().map(|id| format!("\"{id}\"")).collect();
        let select = "SELECT k.content FROM json_each(?2) asked
                      JOIN content_key k ON k.content = unhex(asked.value) AND k.mailbox = ?1";
        let rows = db::query_scalar(select).bind(mailbox.0).bind(format!("[{}]", ids.join(",")));
        let rows: Vec<Vec<u8>> = rows.fetch_all(&self.inner.engine.readers).await?;
        rows.iter().map(|id| crate::region::content_id(id)).collect()
    }

    /// Every block of a segment, in order; nothing when one is missing.
    async fn all_blocks(&self, mailbox: MailboxId, header: &Header) -> Result<Option<Vec<Block>>> {
        let count = header.outline.firsts.len();
        let wanted: Vec<(i64, usize)> = (0..count).map(|number| (header.id, number)).collect();
        let mut rows = self.sealed_blocks(&wanted).await?;
        rows.sort_unstable_by_key(|(row, _)| *row);
        let open = |(row, sealed): (i64, Vec<u8>)| self.open_block(mailbox, header, place_of(row).1, &sealed);
        let blocks: Option<Vec<Block>> = rows.into_iter().map(open).collect();
        Ok(blocks.filter(|blocks| blocks.len() == count))
    }
}
