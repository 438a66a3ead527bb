//! A mailbox's index in memory: outlines of its segments, the blocks that somebody asked for, and the words of what
//! is in no segment yet.

use crate::db;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use mail::search::{Lookup, Query};

use super::places::Places;
use super::segment::{Header, place_of};
use crate::search::{Answer, Block, Outline, Part, answers};
use crate::{ContentId, MailboxId, RegionStore, Result, StoreError};

/// Parts of the tail; more are put together.
const TAIL_PARTS: usize = 16;
/// Waiting messages with which a search first writes segments.
const INDEXED_FIRST: usize = 1024;
/// Blocks that are read at one time.
const BLOCKS_AT_ONCE: usize = 64;

/// Questions whose answers are remembered.
const DECIDED_QUERIES: usize = 16;
/// Messages of one of them.
const DECIDED_MESSAGES: usize = 20_000;

/// What is open of a mailbox.
#[derive(Default)]
pub(super) struct Opened {
    state: tokio::sync::Mutex<State>,
    places: tokio::sync::Mutex<Option<Arc<Places>>>,
    bytes: AtomicUsize,
    /// What reading messages told, for the last questions: contents never change.
    decided: Mutex<Vec<(Query, Decided)>>,
}

/// Which messages meet a question.
pub(super) type Decided = HashMap<ContentId, bool>;

/// What a search works on.
#[derive(Clone, Default)]
pub(super) struct State {
    pub(super) segments: Vec<Arc<Segment>>,
    /// What waits, indexed in memory.
    pub(super) tail: Vec<Arc<Segment>>,
}

/// A segment, its blocks as far as they are open.
pub(super) struct Segment {
    /// `None` for one that is in memory only.
    header: Option<Header>,
    pub(super) contents: Vec<ContentId>,
    outline: Outline,
    blocks: Vec<OnceLock<Block>>,
}

impl Opened {
    pub(super) fn size_bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// What is known already of a question's answer.
    pub(super) fn decided(&self, query: &Query) -> Decided {
        let kept = self.decided.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().find(|(known, _)| known == query).map(|(_, decided)| decided.clone()).unwrap_or_default()
    }

    /// Remembers the answer, in place of the oldest.
    pub(super) fn decide(&self, query: &Query, decided: Decided) {
        let mut kept = self.decided.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(known, _)| known != query);
        if kept.len() >= DECIDED_QUERIES {
            kept.remove(0);
        }
        if decided.len() <= DECIDED_MESSAGES {
            kept.push((query.clone(), decided));
        }
    }

    /// Takes note of how large it has become.
    async fn measure(&self, state: &State) {
        let segments: usize = state.segments.iter().chain(&state.tail).map(|segment| segment.size_bytes()).sum();
        let places = self.places.lock().await.as_ref().map_or(0, |places| places.size_bytes());
        let kept = self.decided.lock().unwrap_or_else(PoisonError::into_inner);
        let decided: usize = kept.iter().map(|(_, decided)| decided.len() * 32).sum();
        self.bytes.store(segments + places + decided, Ordering::Relaxed);
    }
}

impl Segment {
    fn stored(mut header: Header) -> Self {
        let (contents, outline) = (std::mem::take(&mut header.contents), std::mem::take(&mut header.outline));
        let blocks = outline.firsts.iter().map(|_| OnceLock::new()).collect();
        Self { header: Some(header), contents, outline, blocks }
    }

    fn size_bytes(&self) -> usize {
        let blocks: usize = self.blocks.iter().filter_map(OnceLock::get).map(Block::size_bytes).sum();
        blocks + self.contents.len() * 17 + self.outline.firsts.len() * 64
    }

    /// What the segment says of each message.
    pub(super) fn answers(&self, term: &mail::search::Term) -> Vec<Answer> {
        let block = |number: usize| self.blocks.get(number).and_then(OnceLock::get);
        answers(term, &Part { flags: &self.outline.flags, outline: &self.outline, block: &block })
    }

    /// What it knows of each message besides its words.
    pub(super) fn flags(&self) -> &[u8] {
        &self.outline.flags
    }

    /// The blocks that these lookups need and that are not open.
    fn missing(&self, lookups: &[Lookup]) -> Vec<(i64, usize)> {
        let Some(header) = &self.header else { return Vec::new() };
        let mut numbers: Vec<usize> = lookups.iter().flat_map(|lookup| self.outline.blocks_for(lookup)).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers.retain(|number| self.blocks.get(*number).is_some_and(|block| block.get().is_none()));
        numbers.into_iter().map(|number| (header.id, number)).collect()
    }
}

impl RegionStore {
    /// The index as it is now, with every block open that the lookups need.
    pub(super) async fn open_index(&self, mailbox: MailboxId, lookups: &[Lookup]) -> Result<State> {
        let opened = self.inner.searches.opened(mailbox);
        let mut state = opened.state.lock().await;
        // What waits is read before the segments: in between it can only move to where it is found, too.
        let mut waiting = self.waiting(mailbox).await?;
        if waiting.len() >= INDEXED_FIRST && self.index(mailbox, None, INDEXED_FIRST / 2).await? > 0 {
            waiting = self.waiting(mailbox).await?;
        }
        self.refresh_segments(mailbox, &mut state.segments).await?;
        self.refresh_tail(mailbox, &mut state.tail, &waiting).await?;
        self.open_blocks(mailbox, &state.segments, lookups).await?;
        opened.measure(&state).await;
        let state = state.clone();
        self.inner.searches.trim();
        Ok(state)
    }

    /// Where the messages of the mailbox lie now.
    pub(super) async fn open_places(&self, mailbox: MailboxId) -> Result<Arc<Places>> {
        let opened = self.inner.searches.opened(mailbox);
        let mut places = opened.places.lock().await;
        let known = places.take();
        let now = self.refreshed(mailbox, known).await?;
        *places = Some(Arc::clone(&now));
        Ok(now)
    }

    /// Forgets them: the next look reads all.
    pub(super) async fn close_places(&self, mailbox: MailboxId) {
        *self.inner.searches.opened(mailbox).places.lock().await = None;
    }

    async fn waiting(&self, mailbox: MailboxId) -> Result<Vec<ContentId>> {
        let select = "SELECT content FROM unindexed WHERE mailbox = ?1";
        let rows: Vec<Vec<u8>> = db::query_scalar(select).bind(mailbox.0).fetch_all(&self.inner.engine.readers).await?;
        rows.iter().map(|id| crate::region::content_id(id)).collect()
    }

    async fn refresh_segments(&self, mailbox: MailboxId, segments: &mut Vec<Arc<Segment>>) -> Result<()> {
        let ids = self.segment_ids(mailbox).await?;
        let id_of = |segment: &Arc<Segment>| segment.header.as_ref().map(|header| header.id);
        segments.retain(|segment| id_of(segment).is_some_and(|id| ids.binary_search(&id).is_ok()));
        for id in ids {
            if !segments.iter().any(|segment| id_of(segment) == Some(id)) {
                let header = self.segment(mailbox, id, None).await?;
                segments.extend(header.map(|header| Arc::new(Segment::stored(header))));
            }
        }
        Ok(())
    }

    /// Indexes in memory what waits and is not in the tail yet.
    async fn refresh_tail(
        &self,
        mailbox: MailboxId,
        tail: &mut Vec<Arc<Segment>>,
        waiting: &[ContentId],
    ) -> Result<()> {
        // A part goes when nothing of it waits any more; what is found twice is shown once.
        tail.retain(|part| part.contents.iter().any(|id| waiting.binary_search(id).is_ok()));
        if tail.len() >= TAIL_PARTS {
            tail.clear();
        }
        let known: std::collections::HashSet<&ContentId> = tail.iter().flat_map(|part| &part.contents).collect();
        let new: Vec<ContentId> = waiting.iter().filter(|id| !known.contains(id)).copied().collect();
        if new.is_empty() {
            return Ok(());
        }
        let (one, other) = new.split_at(new.len() / 2);
        let (one, other) = tokio::join!(self.tail_part(mailbox, one), self.tail_part(mailbox, other));
        tail.extend([one?, other?].into_iter().flatten());
        Ok(())
    }

    async fn tail_part(&self, mailbox: MailboxId, new: &[ContentId]) -> Result<Option<Arc<Segment>>> {
        if new.is_empty() {
            return Ok(None);
        }
        let (contents, builder) = self.words_of(mailbox, new, None).await?;
        let build = move || {
            let built = builder.finish();
            let blocks = built.blocks.iter().map(|bytes| Block::parse(bytes).map(OnceLock::from));
            let blocks = blocks.collect::<Option<Vec<_>>>().unwrap_or_default();
            Segment { header: None, contents, outline: built.outline, blocks }
        };
        let part = tokio::task::spawn_blocking(build).await.map_err(|_| StoreError::Closed)?;
        Ok(Some(Arc::new(part)))
    }

    async fn open_blocks(&self, mailbox: MailboxId, segments: &[Arc<Segment>], lookups: &[Lookup]) -> Result<()> {
        let wanted: Vec<(i64, usize)> = segments.iter().flat_map(|segment| segment.missing(lookups)).collect();
        for part in wanted.chunks(BLOCKS_AT_ONCE) {
            let mut first = self.sealed_blocks(part).await?;
            let second = first.split_off(first.len() / 2);
            let open = |rows: Vec<(i64, Vec<u8>)>| {
                let (store, segments) = (self.clone(), segments.to_vec());
                tokio::task::spawn_blocking(move || {
                    rows.into_iter().for_each(|row| store.keep_block(mailbox, &segments, row));
                })
            };
            for half in [open(first), open(second)] {
                half.await.map_err(|_| StoreError::Closed)?;
            }
        }
        Ok(())
    }

    fn keep_block(&self, mailbox: MailboxId, segments: &[Arc<Segment>], (row, sealed): (i64, Vec<u8>)) {
        let (id, number) = place_of(row);
        for segment in segments {
            let Some(header) = segment.header.as_ref().filter(|header| header.id == id) else { continue };
            let Some(slot) = segment.blocks.get(number) else { continue };
            if let Some(block) = self.open_block(mailbox, header, number, &sealed) {
                // Somebody else may have opened it: it is the same.
                let _ = slot.set(block);
            }
        }
    }
}

/// Whether every block that the lookups need is open: one that is not was replaced by a merge, or tampered with.
pub(super) fn is_whole(state: &State, lookups: &[Lookup]) -> bool {
    state.segments.iter().all(|segment| segment.missing(lookups).is_empty())
}
