//! The address book: who is called so, after a few letters, without accents or case.
//!
//! ```text
//!   text    "\n anne muller anne.muller@corp.test\n ..."   one line an entry, by name; made on first use, thrown away when the
//!   lines   where each begins, and its version              directory changes: 100 bytes an entry
//!
//!   complete("mül ann") ── fold ──> lines that begin so, then lines in which every word begins a word ──> entries, checked
//! ```
//!
//! Hidden entries and those without an address are not in it; of sealed contacts, only the address is.

use crate::db;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use mail::search::{fold, words};
use memchr::memmem;
use tokio::sync::Mutex;

use super::Directory;
use super::entry::{AsOf, Entry, EntryKind, OWN_SOURCE};
use super::entry_row::{EntryRow, select_entries};
use super::lookup::{counts_as_of, moment};
use crate::Result;

/// Rows read at a time while the book is made.
const PAGE_ROWS: i64 = 2_000;
/// The longest question, in octets.
const QUERY_MAX: usize = 200;
/// The most words of a question.
const WORDS_MAX: usize = 8;
/// The most entries of an answer.
const LIMIT_MAX: usize = 500;

/// The book that was last made, and how often the directory changed.
#[derive(Default)]
pub(super) struct Books {
    changes: AtomicU64,
    last: Mutex<Option<Arc<Book>>>,
}

impl Books {
    /// The directory, or what can be read of it, is another now.
    pub(super) fn changed(&self) {
        self.changes.fetch_add(1, Ordering::Release);
    }
}

pub(super) struct Book {
    made_for: (u64, AsOf),
    text: String,
    lines: Vec<Line>,
}

/// An entry's line: where it begins in the text.
#[derive(Clone, Copy)]
struct Line {
    start: usize,
    version: i64,
    kind: EntryKind,
}

impl Directory {
    /// Entries of whose name or address every word of `query` begins a word; those whose name begins with it come first, then
    /// by name. Case and accents do not matter. Hidden entries are left out.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn complete(&self, query: &str, as_of: AsOf, limit: usize) -> Result<Vec<Entry>> {
        let asked = Asked::of(query);
        if asked.words.is_empty() {
            return Ok(Vec::new());
        }
        let book = self.book(as_of).await?;
        let versions = book.find(&asked, limit.min(LIMIT_MAX));
        self.of_versions(&versions).await
    }

    /// A part of the address book by name, and how many entries it has in all; of one kind, or of every kind.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn address_book(
        &self,
        as_of: AsOf,
        kind: Option<EntryKind>,
        range: Range<usize>,
    ) -> Result<(Vec<Entry>, usize)> {
        let book = self.book(as_of).await?;
        let listed = || book.lines.iter().filter(|line| kind.is_none_or(|kind| line.kind == kind));
        let part = listed().skip(range.start).take(range.len().min(LIMIT_MAX));
        let versions: Vec<i64> = part.map(|line| line.version).collect();
        Ok((self.of_versions(&versions).await?, listed().count()))
    }

    pub(super) async fn book(&self, as_of: AsOf) -> Result<Arc<Book>> {
        let mut last = self.books.last.lock().await;
        let made_for = (self.books.changes.load(Ordering::Acquire), as_of);
        if let Some(book) = last.as_ref().filter(|book| book.made_for == made_for) {
            return Ok(Arc::clone(book));
        }
        *last = None;
        let book = Arc::new(self.make_book(made_for).await?);
        *last = Some(Arc::clone(&book));
        Ok(book)
    }

    async fn make_book(&self, made_for: (u64, AsOf)) -> Result<Book> {
        let select = concat!(
            select_entries!("entry e WHERE e.version > ?2 AND"),
            counts_as_of!(),
            "ORDER BY e.version LIMIT ?3"
        );
        let mut db = self.reading().await?;
        // Of two versions that count, the primary's and our own, ours.
        let mut found: HashMap<String, (bool, Option<Found>)> = HashMap::new();
        let mut after = 0;
        loop {
            let rows = db::query_as(select).bind(moment(made_for.1)).bind(after).bind(PAGE_ROWS);
            let rows: Vec<EntryRow> = rows.fetch_all(&mut *db).await?;
            let Some(last) = rows.last() else { break };
            after = last.version;
            for row in rows {
                let ours = row.source == OWN_SOURCE;
                let listed = self.read(&row).ok().and_then(|entry| Found::of(&entry, row.version));
                if ours || found.get(&row.id).is_none_or(|(ours, _)| !ours) {
                    found.insert(row.id, (ours, listed));
                }
            }
        }
        let mut found: Vec<Found> = found.into_values().filter_map(|(_, found)| found).collect();
        found.sort_unstable_by(|one, other| one.text.cmp(&other.text));
        Ok(Book::of(made_for, found))
    }

    /// Entries by their versions, in this order. What does not verify is left out.
    async fn of_versions(&self, versions: &[i64]) -> Result<Vec<Entry>> {
        let numbers: Vec<String> = versions.iter().map(ToString::to_string).collect();
        let select =
            select_entries!("json_each(?1) wanted CROSS JOIN entry e ON e.version = CAST(wanted.value AS BIGINT)");
        let rows = db::query_as(select).bind(format!("[{}]", numbers.join(",")));
        let rows: Vec<EntryRow> = rows.fetch_all(&self.engine.readers).await?;
        let mut rows: HashMap<i64, EntryRow> = rows.into_iter().map(|row| (row.version, row)).collect();
        Ok(versions.iter().filter_map(|version| self.read(&rows.remove(version)?).ok()).collect())
    }
}

struct Found {
    text: String,
    version: i64,
    kind: EntryKind,
}

impl Found {
    /// An entry's line: its name, its address, and the words of both that do not begin after a space.
    fn of(entry: &Entry, version: i64) -> Option<Self> {
        let address = entry.primary.as_ref().filter(|_| !entry.hidden)?;
        let (name, address_text) = (fold(entry.name.trim()), fold(&address.to_string()));
        let mut text = format!("{name} {address_text}");
        let local = fold(address.local());
        for word in words(&name).chain(words(&local)) {
            if !begins_a_word(&text, word) {
                text.push(' ');
                text.push_str(word);
            }
        }
        Some(Self { text: text.trim_start().to_owned(), version, kind: entry.kind })
    }
}

/// What was typed, folded.
struct Asked {
    whole: String,
    words: Vec<String>,
}

impl Asked {
    fn of(query: &str) -> Self {
        let cut = query.char_indices().map(|(at, _)| at).take_while(|at| *at < QUERY_MAX).last().unwrap_or_default();
        let query: String = query.char_indices().filter(|(at, _)| *at <= cut).map(|(_, c)| c).collect();
        let plain = fold(&query.replace(['"', '<', '>', '(', ')', ',', ';', '\n'], " "));
        let words: Vec<String> =
            plain.split(' ').filter(|word| !word.is_empty()).take(WORDS_MAX).map(str::to_owned).collect();
        Self { whole: words.join(" "), words }
    }
}

impl Book {
    fn of(made_for: (u64, AsOf), found: Vec<Found>) -> Self {
        let mut text = String::with_capacity(found.iter().map(|found| found.text.len() + 2).sum());
        let mut lines = Vec::with_capacity(found.len());
        for Found { text: line, version, kind } in found {
            text.push_str("\n ");
            lines.push(Line { start: text.len(), version, kind });
            text.push_str(&line);
        }
        Self { made_for, text, lines }
    }

    fn line(&self, number: usize) -> &str {
        let start = self.lines.get(number).map_or(self.text.len(), |line| line.start);
        let end = self.lines.get(number + 1).map_or(self.text.len(), |next| next.start - 2);
        self.text.get(start..end).unwrap_or_default()
    }

    fn find(&self, asked: &Asked, limit: usize) -> Vec<i64> {
        let from =
            self.lines.partition_point(|line| self.text.get(line.start..).unwrap_or_default() < asked.whole.as_str());
        let begin_so = |number: &usize| self.line(*number).starts_with(&asked.whole);
        let first: Vec<usize> = (from..self.lines.len()).take_while(begin_so).take(limit).collect();
        let mut numbers = first.clone();
        if numbers.len() < limit {
            let others = self.with_words(asked).filter(|number| first.binary_search(number).is_err());
            numbers.extend(others.take(limit - first.len()));
        }
        numbers.iter().filter_map(|number| self.lines.get(*number)).map(|line| line.version).collect()
    }

    /// The lines in which every word begins a word.
    fn with_words<'a>(&'a self, asked: &'a Asked) -> impl Iterator<Item = usize> + 'a {
        let longest = asked.words.iter().max_by_key(|word| word.len()).map(String::as_str).unwrap_or_default();
        let finder = memmem::Finder::new(&format!(" {longest}")).into_owned();
        let mut at = 0;
        std::iter::from_fn(move || {
            loop {
                let hit = at + finder.find(self.text.as_bytes().get(at..)?)?;
                let number = self.lines.partition_point(|line| line.start <= hit + 1).checked_sub(1)?;
                at = self.lines.get(number + 1).map_or(self.text.len(), |next| next.start - 2);
                if asked.words.iter().all(|word| begins_a_word(self.line(number), word)) {
                    return Some(number);
                }
            }
        })
    }
}

fn begins_a_word(line: &str, word: &str) -> bool {
    line.starts_with(word)
        || line.match_indices(word).any(|(at, _)| line.as_bytes().get(at.wrapping_sub(1)) == Some(&b' '))
}
