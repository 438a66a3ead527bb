//! Answering: which messages have what is asked for, newest first.

use crate::db;
use std::collections::HashMap;
use std::sync::Arc;

use mail::Timestamp;
use mail::search::{Lookup, Query, Term};

use super::opened::{Segment, State, is_whole};
use super::places::{Place, Places};
use super::texts::SealedBody;
use crate::region::Placed;
use crate::search::{ATTACHMENT, Answer};
use crate::{ContentId, FolderId, MailboxId, RegionStore, Result, StoreError};

/// Messages that one search reads at most, to see whether they have what an index cannot decide.
const READ_MAX: usize = 5_000;
/// Messages that are read at one time.
const READ_AT_ONCE: usize = 64;
/// Times that a merge may take segments away under a search.
const TRIES: usize = 3;

/// A message that was found, at one of its places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// In which folder.
    pub folder: FolderId,
    /// Its UID there.
    pub uid: u32,
    /// What it is.
    pub content: ContentId,
    /// INTERNALDATE.
    pub received_at: Timestamp,
}

/// The number of a hit, then a placement's uid, content, flags, keywords, modseq, received_at, size.
type Asked = (i64, u32, Vec<u8>, u8, Option<Vec<u8>>, i64, i64, i64);

impl RegionStore {
    /// The messages of a mailbox that meet a question, in all folders or in one, newest first. A message has a hit at
    /// each of its places. Where an index cannot decide, the newest few thousand candidates are read.
    ///
    /// # Errors
    /// [`StoreError::Sealed`], [`StoreError::NoView`] in standby; those of a read.
    pub async fn search(
        &self,
        mailbox: MailboxId,
        query: &Query,
        folder: Option<FolderId>,
        limit: usize,
    ) -> Result<Vec<Hit>> {
        let lookups = lookups(&query.terms);
        for _ in 0..TRIES {
            let state = self.open_for(mailbox, &lookups).await?;
            let places = self.open_places(mailbox).await?;
            let was_fresh = places.is_fresh;
            let candidates = self.candidates(state, places, query, folder).await?;
            let found = self.decide(mailbox, query, candidates, limit).await?;
            let there = if was_fresh { found.clone() } else { self.still_there(&found).await? };
            if there.len() == found.len() {
                return Ok(there.into_iter().map(hit).collect());
            }
            // Something was expunged: the places are read anew.
            self.close_places(mailbox).await;
        }
        Err(StoreError::Busy)
    }

    /// Which contents of a mailbox have a term: `true` for certain, `false` where only reading them tells. All others
    /// have not. Negation is left aside.
    ///
    /// # Errors
    /// Those of [`Self::search`].
    pub async fn having(&self, mailbox: MailboxId, term: &Term) -> Result<HashMap<ContentId, bool>> {
        let lookups = term.lookups();
        let state = self.open_for(mailbox, &lookups).await?;
        let term = term.clone();
        let work = move || {
            let mut having = HashMap::new();
            for segment in state.tail.iter().chain(&state.segments) {
                let answers = segment.contents.iter().zip(segment.answers(&term));
                having.extend(answers.filter_map(|(id, answer)| Some((*id, certainty(answer)?))));
            }
            having
        };
        tokio::task::spawn_blocking(work).await.map_err(|_| StoreError::Closed)
    }

    /// The messages that hits name, with their flags, in the same order; those that are gone are left out.
    ///
    /// # Errors
    /// Those of a read.
    pub async fn placed_hits(&self, mailbox: MailboxId, hits: &[Hit]) -> Result<Vec<(Hit, Placed)>> {
        let asked: Vec<String> = hits.iter().map(|hit| format!("[{},{}]", hit.folder, hit.uid)).collect();
        const SELECT: db::Sql = db::Sql {
            sqlite: "SELECT asked.key, p.uid, p.content, p.flags, p.keywords, p.modseq, p.received_at, p.size
                     FROM json_each(?1) asked
                     JOIN placement p ON p.folder = json_extract(asked.value, '$[0]')
                                     AND p.uid = json_extract(asked.value, '$[1]')
                     JOIN folder f ON f.id = p.folder AND f.mailbox = ?2 ORDER BY asked.key",
            postgres: "SELECT asked.key - 1, p.uid, p.content, p.flags, p.keywords, p.modseq, p.received_at, p.size
                       FROM jsonb_array_elements(?1::jsonb) WITH ORDINALITY AS asked (value, key)
                       JOIN placement p ON p.folder = (asked.value ->> 0)::bigint
                                       AND p.uid = (asked.value ->> 1)::bigint
                       JOIN folder f ON f.id = p.folder AND f.mailbox = ?2 ORDER BY asked.key",
        };
        let rows = db::query_as::<Asked>(SELECT).bind(format!("[{}]", asked.join(","))).bind(mailbox.0);
        let rows = rows.fetch_all(&self.inner.engine.readers).await?;
        let mut placed = Vec::with_capacity(rows.len());
        for (at, uid, content, flags, keywords, modseq, received_at, size) in rows {
            let row = (uid, content, flags, keywords, modseq, received_at, size);
            let message = self.placed(mailbox, row).await?;
            let hit = usize::try_from(at).ok().and_then(|at| hits.get(at));
            placed.extend(hit.filter(|hit| hit.content == message.content).map(|hit| (*hit, message)));
        }
        Ok(placed)
    }

    async fn open_for(&self, mailbox: MailboxId, lookups: &[Lookup]) -> Result<State> {
        if !self.is_unsealed(mailbox) {
            return Err(StoreError::Sealed(mailbox));
        }
        self.open_view(mailbox).await?;
        let mut state = self.open_index(mailbox, lookups).await?;
        for _ in 1..TRIES {
            // A block that is still missing then was tampered with, and that is a finding: what it held is not found.
            if is_whole(&state, lookups) {
                break;
            }
            state = self.open_index(mailbox, lookups).await?;
        }
        if !self.is_unsealed(mailbox) {
            self.inner.searches.close(mailbox);
            return Err(StoreError::Sealed(mailbox));
        }
        Ok(state)
    }

    /// Everything that may meet the question, newest first.
    async fn candidates(
        &self,
        state: State,
        places: Arc<Places>,
        query: &Query,
        folder: Option<FolderId>,
    ) -> Result<Vec<(Place, Answer)>> {
        let query = query.clone();
        let work = move || {
            let mut found = Vec::new();
            for segment in state.segments.iter().chain(&state.tail) {
                collect(segment, &query, &places, &mut found);
            }
            found.retain(|(place, _)| is_wanted(place, &query, folder));
            found.sort_unstable_by(|(one, _), (other, _)| newest_first(one, other));
            // What came into a segment meanwhile is found in the tail, too.
            found.dedup_by_key(|(place, _)| (place.folder, place.uid));
            found
        };
        tokio::task::spawn_blocking(work).await.map_err(|_| StoreError::Closed)
    }

    /// The first of the candidates that meet the question.
    async fn decide(
        &self,
        mailbox: MailboxId,
        query: &Query,
        candidates: Vec<(Place, Answer)>,
        limit: usize,
    ) -> Result<Vec<Place>> {
        let opened = self.inner.searches.opened(mailbox);
        let (mut decided, mut read) = (opened.decided(query), 0);
        let mut found = Vec::with_capacity(limit.min(candidates.len()));
        let mut rest = candidates.as_slice();
        while let Some(((place, answer), after)) = rest.split_first().filter(|_| found.len() < limit) {
            let is_met = *answer == Answer::Yes || decided.get(&place.content).copied().unwrap_or_default();
            if *answer == Answer::Maybe && !decided.contains_key(&place.content) {
                if read >= READ_MAX {
                    break;
                }
                let open = rest
                    .iter()
                    .filter(|(place, answer)| *answer == Answer::Maybe && !decided.contains_key(&place.content));
                let next: Vec<ContentId> = open.map(|(place, _)| place.content).take(READ_AT_ONCE).collect();
                read += next.len();
                decided.extend(self.meeting(mailbox, query, &next).await?);
                continue;
            }
            if is_met {
                found.push(*place);
            }
            rest = after;
        }
        if read > 0 {
            opened.decide(query, decided);
        }
        Ok(found)
    }

    /// Reads messages and tells which meet the question.
    async fn meeting(
        &self,
        mailbox: MailboxId,
        query: &Query,
        contents: &[ContentId],
    ) -> Result<Vec<(ContentId, bool)>> {
        let mut met: HashMap<ContentId, bool> = contents.iter().map(|id| (*id, false)).collect();
        let mut first = self.bodies(mailbox, contents, None).await?;
        let second = first.split_off(first.len() / 2);
        let read = |bodies: Vec<SealedBody>| {
            let (store, query) = (self.clone(), query.clone());
            let is_met =
                move |body: &SealedBody| store.text_of(mailbox, body).is_some_and(|text| query.is_met_by(&text));
            tokio::task::spawn_blocking(move || bodies.iter().map(|body| (body.id, is_met(body))).collect::<Vec<_>>())
        };
        for half in [read(first), read(second)] {
            met.extend(half.await.map_err(|_| StoreError::Closed)?);
        }
        Ok(met.into_iter().collect())
    }
}

fn lookups(terms: &[Term]) -> Vec<Lookup> {
    terms.iter().flat_map(Term::lookups).collect()
}

fn certainty(answer: Answer) -> Option<bool> {
    match answer {
        Answer::No => None,
        Answer::Maybe => Some(false),
        Answer::Yes => Some(true),
    }
}

/// What a segment says of each message for the whole question, as far as it does not rule it out.
fn collect(segment: &Segment, query: &Query, places: &Places, found: &mut Vec<(Place, Answer)>) {
    let mut all: Vec<Answer> = segment.flags().iter().map(|flags| attachment(query, *flags)).collect();
    for term in &query.terms {
        for (so_far, answer) in all.iter_mut().zip(segment.answers(term)) {
            *so_far = (*so_far).min(if term.is_negated { !answer } else { answer });
        }
    }
    for (content, answer) in segment.contents.iter().zip(all) {
        if answer != Answer::No {
            found.extend(places.of(content).iter().map(|place| (*place, answer)));
        }
    }
}

fn attachment(query: &Query, flags: u8) -> Answer {
    match query.has_attachment {
        Some(wanted) if wanted != (flags & ATTACHMENT != 0) => Answer::No,
        _ => Answer::Yes,
    }
}

fn is_wanted(place: &Place, query: &Query, folder: Option<FolderId>) -> bool {
    let received_at = Timestamp::from_ms(place.received_ms);
    folder.is_none_or(|folder| folder.0 == place.folder)
        && query.after.is_none_or(|after| received_at >= after)
        && query.before.is_none_or(|before| received_at < before)
}

fn newest_first(one: &Place, other: &Place) -> std::cmp::Ordering {
    let key = |place: &Place| (place.received_ms, place.folder, place.uid);
    key(other).cmp(&key(one))
}

fn hit(place: Place) -> Hit {
    Hit {
        folder: FolderId(place.folder),
        uid: place.uid,
        content: place.content,
        received_at: Timestamp::from_ms(place.received_ms),
    }
}
