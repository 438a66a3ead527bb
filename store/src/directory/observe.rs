//! Taking in what a source of people shows. What looks as before costs a comparison and no write.

use crate::db;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use mail::Timestamp;

use super::Directory;
use super::change::{Change, Changes, current_rows, source_code};
use super::entry::{Observed, Sighting};
use super::entry_row::{Draft, EntryRow, select_entries};
use super::ledger::{self, Area};
use crate::{Result, StoreError};

/// Changes in one transaction: a first copy of 100,000 people takes five.
const CHANGES_MAX: usize = 20_000;
/// From this many sightings on, reading everything is cheaper than asking for each.
const SCAN_FROM: usize = 10_000;
/// Rows read at a time when everything is read.
const PAGE_ROWS: i64 = 2_000;

/// What was seen, by id; nothing for what is gone.
type Seen = BTreeMap<String, Option<Draft>>;

/// What is known of an entry before it is seen again.
struct Known {
    digest: Vec<u8>,
    source: String,
    ours: bool,
}

impl From<(EntryRow, bool)> for Known {
    fn from((row, ours): (EntryRow, bool)) -> Self {
        Self { digest: row.digest, source: row.source, ours }
    }
}

impl Directory {
    /// Takes in what `source` showed at `at`, and where it stands now. The cursor is kept only together with the last change, so
    /// that a copy that is cut off is taken up again. Of two sightings of one entry the later one counts. An entry seen by another source changes hands; a source
    /// cannot remove what is another's.
    ///
    /// # Errors
    /// Those of writing.
    pub async fn observe(
        &self,
        source: &str,
        sightings: Vec<Sighting>,
        cursor: Option<Vec<u8>>,
        at: Timestamp,
    ) -> Result<Observed> {
        let seen = self.drafts(sightings).await?;
        let known = self.known(&seen).await?;
        let (observed, list) = compare(source, seen, &known);
        let mut list = self.sealed(list).await?;
        while list.len() > CHANGES_MAX {
            let later = list.split_off(CHANGES_MAX);
            self.apply(Changes { source: source.to_owned(), at, list, cursor: None }).await?;
            list = later;
        }
        self.apply(Changes { source: source.to_owned(), at, list, cursor: Some(cursor) }).await?;
        Ok(observed)
    }

    async fn apply(&self, changes: Changes) -> Result<()> {
        let changes_people = !changes.list.is_empty();
        self.write(move |db, guard| Box::pin(changes.apply(db, guard))).await?;
        if changes_people {
            self.books.changed();
        }
        Ok(())
    }

    async fn drafts(&self, sightings: Vec<Sighting>) -> Result<Seen> {
        let guard = Arc::clone(&self.guard);
        off_thread(move || {
            let mut seen = BTreeMap::new();
            for sighting in sightings {
                let (id, draft) = match sighting {
                    Sighting::Present(entry) => (entry.id.0.clone(), Some(Draft::of(entry, &guard)?)),
                    Sighting::Gone(id) => (id.0, None),
                };
                seen.insert(id, draft);
            }
            Ok(seen)
        })
        .await
    }

    async fn sealed(&self, list: Vec<Change>) -> Result<Vec<Change>> {
        let (guard, contacts) = (Arc::clone(&self.guard), Arc::clone(&self.contacts));
        off_thread(move || {
            let seal = |change| match change {
                Change::Put(draft) => draft.sealed(&guard, &contacts).map(|sealed| Change::Put(Box::new(sealed))),
                end => Ok(end),
            };
            list.into_iter().map(seal).collect()
        })
        .await
    }

    async fn known(&self, seen: &Seen) -> Result<HashMap<String, Known>> {
        let mut db = self.reading().await?;
        let mut known = HashMap::with_capacity(seen.len());
        if seen.len() < SCAN_FROM {
            let ids: Vec<&str> = seen.keys().map(String::as_str).collect();
            self.note_known(seen, current_rows(&mut db, &ids).await?, &mut known);
            return Ok(known);
        }
        let page = select_entries!("entry e WHERE e.seen_until IS NULL AND e.version > ? ORDER BY e.version LIMIT ?");
        let mut after = 0;
        loop {
            let rows: Vec<EntryRow> = db::query_as(page).bind(after).bind(PAGE_ROWS).fetch_all(&mut *db).await?;
            let Some(last) = rows.last() else { return Ok(known) };
            after = last.version;
            self.note_known(seen, rows, &mut known);
        }
    }

    fn note_known(&self, seen: &Seen, rows: Vec<EntryRow>, known: &mut HashMap<String, Known>) {
        for row in rows.into_iter().filter(|row| seen.contains_key(&row.id)) {
            let ours = row.is_ours(&self.guard);
            known.insert(row.id.clone(), (row, ours).into());
        }
    }

    /// Where this source stands; `None` when it was never observed, or when somebody else changed what was kept, so
    /// that it is read anew from the start.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn cursor(&self, source: &str) -> Result<Option<Vec<u8>>> {
        Ok(self.source(source).await?.and_then(|(cursor, _)| cursor))
    }

    /// When this source was last observed; `None` as for [`Self::cursor`].
    ///
    /// # Errors
    /// Those of reading.
    pub async fn last_seen(&self, source: &str) -> Result<Option<Timestamp>> {
        Ok(self.source(source).await?.map(|(_, seen_at)| seen_at))
    }

    async fn source(&self, name: &str) -> Result<Option<(Option<Vec<u8>>, Timestamp)>> {
        let mut db = self.reading().await?;
        let row = "SELECT cursor, seen_at, mac FROM source WHERE name = ?";
        let row: Option<(Option<Vec<u8>>, i64, Vec<u8>)> =
            db::query_as(row).bind(name).fetch_optional(&mut *db).await?;
        let Some((cursor, seen_at, code)) = row else { return Ok(None) };
        let ours = crate::mac::same(&code, &source_code(&self.guard, name, cursor.as_deref(), seen_at))
            && ledger::is_whole(&mut db, &self.guard, Area::Source, 0).await?;
        Ok(ours.then_some((cursor, Timestamp::from_ms(seen_at))))
    }
}

fn compare(source: &str, seen: Seen, known: &HashMap<String, Known>) -> (Observed, Vec<Change>) {
    let (mut observed, mut list) = (Observed::default(), Vec::new());
    for (id, draft) in seen {
        match (draft, known.get(&id)) {
            (Some(draft), Some(known)) if known.ours && known.source == source && known.digest == draft.digest => {
                observed.unchanged += 1;
            }
            (Some(draft), before) => {
                observed.changed += usize::from(before.is_some());
                observed.added += usize::from(before.is_none());
                list.push(Change::Put(Box::new(draft)));
            }
            (None, Some(known)) if known.source == source => {
                observed.removed += 1;
                list.push(Change::End(id));
            }
            (None, _) => observed.unchanged += 1,
        }
    }
    (observed, list)
}

async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|_| StoreError::Closed)?
}
