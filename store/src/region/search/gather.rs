//! Writing segments: messages that wait are read once more, and their words sealed together.

use crate::db;
use mail::search::Terms;

use super::segment::SealedSegment;
use crate::seal::Epoch;
use crate::search::Builder;
use crate::{ContentId, MailboxId, RegionStore, Result};

/// Messages of a segment when it is first written.
const BATCH_MESSAGES: usize = 512;
/// Octets of mail that one segment is made of, so that memory stays bounded; one message may be larger.
const BATCH_BYTES: i64 = 16 * 1024 * 1024;
/// Waiting messages with which a busy mailbox is indexed all the same.
const TOO_MANY: u32 = 8192;
/// Messages that an earlier process left and that are worth a segment of their own.
const LEFT_BEHIND: usize = 64;
/// Messages that are read at one time.
const READ_AT_ONCE: usize = 32;

impl RegionStore {
    /// Indexes where enough has gathered and nothing comes just now, and what was sealed under an epoch that is over;
    /// says how many messages. To be called every few seconds by whoever runs the store, in standby too.
    ///
    /// # Errors
    /// Those of reading and writing; what was written stays.
    pub async fn index_waiting(&self) -> Result<usize> {
        let mut indexed = 0;
        for (mailbox, epoch) in self.inner.searches.take_ended() {
            indexed += self.index(mailbox, Some(&epoch), 1).await?;
        }
        if self.inner.searches.take_unsealed() {
            for mailbox in self.left_behind().await? {
                indexed += self.index(mailbox, None, LEFT_BEHIND).await?;
            }
        }
        let enough = u32::try_from(BATCH_MESSAGES).unwrap_or(u32::MAX);
        for mailbox in self.inner.searches.due(enough, TOO_MANY) {
            indexed += self.index(mailbox, None, BATCH_MESSAGES).await?;
        }
        Ok(indexed)
    }

    /// Unsealed mailboxes with enough left from an earlier process.
    async fn left_behind(&self) -> Result<Vec<MailboxId>> {
        let select = "SELECT mailbox FROM unindexed GROUP BY mailbox HAVING count(*) >= ?1";
        let select = db::query_scalar(select).bind(i64::try_from(LEFT_BEHIND).unwrap_or(i64::MAX));
        let mailboxes: Vec<i64> = select.fetch_all(&self.inner.engine.readers).await?;
        Ok(mailboxes.into_iter().map(MailboxId).filter(|mailbox| self.is_unsealed(*mailbox)).collect())
    }

    /// Indexes all of a mailbox that can be read now; says how many messages.
    ///
    /// # Errors
    /// Those of reading and writing.
    pub async fn index_mailbox(&self, mailbox: MailboxId) -> Result<usize> {
        self.index(mailbox, None, 1).await
    }

    /// Segments of waiting messages, as long as there are `enough` for one.
    pub(super) async fn index(&self, mailbox: MailboxId, ended: Option<&Epoch>, enough: usize) -> Result<usize> {
        let _held = self.inner.searches.indexing.lock().await;
        let mut indexed = 0;
        loop {
            let (batch, is_full) = self.next_batch(mailbox, ended).await?;
            if batch.is_empty() || batch.len() < enough && !is_full {
                break;
            }
            indexed += batch.len();
            self.write_segment(mailbox, batch, ended).await?;
        }
        self.inner.searches.indexed(mailbox, indexed);
        if indexed > 0 {
            self.merge_segments(mailbox, ended).await?;
        }
        Ok(indexed)
    }

    /// The messages of the next segment, oldest first, and whether it can take no more.
    async fn next_batch(&self, mailbox: MailboxId, ended: Option<&Epoch>) -> Result<(Vec<ContentId>, bool)> {
        let writing = self.inner.ring.writing(mailbox, i64::MIN).map(|epoch| epoch.id);
        let readable = ended.map(|epoch| epoch.id).or(writing);
        let only = readable.filter(|_| !self.is_unsealed(mailbox));
        if readable.is_none() && !self.is_unsealed(mailbox) {
            return Ok((Vec::new(), false));
        }
        let select = "SELECT u.content, c.size FROM unindexed u
                      JOIN content_key k ON k.content = u.content AND k.mailbox = u.mailbox
                      JOIN content c ON c.id = u.content
                      WHERE u.mailbox = ?1 AND (?2 IS NULL OR substr(k.sealed, 1, 16) = ?2)
                      ORDER BY u.content LIMIT ?3";
        let select = db::query_as(select).bind(mailbox.0).bind(only.map(|id| id.to_vec()));
        let select = select.bind(i64::try_from(BATCH_MESSAGES).unwrap_or(i64::MAX));
        let rows: Vec<(Vec<u8>, i64)> = select.fetch_all(&self.inner.engine.readers).await?;
        let (mut batch, mut bytes) = (Vec::with_capacity(rows.len()), 0);
        for (content, size) in &rows {
            bytes += size;
            if bytes > BATCH_BYTES && !batch.is_empty() {
                break;
            }
            batch.push(crate::region::content_id(content)?);
        }
        let is_full = batch.len() < rows.len() || batch.len() == BATCH_MESSAGES;
        Ok((batch, is_full))
    }

    async fn write_segment(&self, mailbox: MailboxId, batch: Vec<ContentId>, ended: Option<&Epoch>) -> Result<()> {
        let (contents, builder) = self.words_of(mailbox, &batch, ended).await?;
        let sealer = self.sealer(mailbox, self.heard()).await?;
        let store = self.clone();
        let seal = move || {
            let built = builder.finish();
            SealedSegment::new(&store, mailbox, &sealer, (&contents, &built))
        };
        let sealed = tokio::task::spawn_blocking(seal).await.map_err(|_| crate::StoreError::Closed)?;
        self.commit_segment(sealed, Vec::new()).await
    }

    /// Writes a segment in place of others.
    pub(super) async fn commit_segment(&self, sealed: SealedSegment, replaced: Vec<i64>) -> Result<()> {
        let epoch = sealed.epoch_row();
        self.write(move |db| Box::pin(async move { sealed.write(db, &replaced).await })).await?;
        self.epoch_written(&epoch);
        Ok(())
    }

    /// The words of messages; those that cannot be read are in the segment, and never ruled out.
    pub(super) async fn words_of(
        &self,
        mailbox: MailboxId,
        batch: &[ContentId],
        ended: Option<&Epoch>,
    ) -> Result<(Vec<ContentId>, Builder)> {
        let (mut contents, mut builder) = (Vec::with_capacity(batch.len()), Builder::default());
        for part in batch.chunks(READ_AT_ONCE) {
            let sealed = self.bodies(mailbox, part, ended).await?;
            contents.extend(sealed.iter().map(|body| body.id));
            let store = self.clone();
            let add = move || {
                for body in &sealed {
                    let words = store.text_of(mailbox, body).map(|text| (Terms::of(&text), text.has_attachment));
                    builder.add(words.as_ref().map(|(terms, has_attachment)| (terms, *has_attachment)));
                }
                builder
            };
            builder = tokio::task::spawn_blocking(add).await.map_err(|_| crate::StoreError::Closed)?;
        }
        Ok((contents, builder))
    }
}
