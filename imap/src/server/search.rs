//! SEARCH (RFC 9051 §6.4.4). Flags, dates and sizes cost nothing, nor do texts where an index knows; dates as they are
//! written read summaries; what is left opens the message.
//!
//! ```text
//!   entry ── flags, figures, index ── undecided? ── summary ── undecided? ── message
//! ```
//!
//! Texts are folded as [`mail::search`] does: without case, marks and runs of white space.

mod said;

use std::collections::HashMap;
use std::sync::Arc;

use imap_codec::imap_types::core::Charset;
use imap_codec::imap_types::search::SearchKey as Key;
use mail::search::fold;
use mail::{Summary, SystemFlags, Timestamp};

use self::said::{Readable, Said};
use super::sequence::places;
use super::session::Verdict;
use super::view::View;
use crate::wire::Write as _;
use crate::{Entry, Mailbox, MessageKey, Trouble};

/// Keys within keys; more is no question that a person asks.
const DEPTH_MAX: usize = 30;
/// Entries whose summaries are read at one time.
const BATCH: usize = 500;

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// What one message is asked, and what is known of it.
struct Candidate<'a> {
    at: usize,
    entry: &'a Entry,
    /// `None`: not read yet. A message without one has none of what is asked.
    summary: Option<Option<Arc<Summary>>>,
    read: Option<Readable>,
}

/// What was looked up before any message.
struct Known {
    sets: Sets,
    said: Said,
}

/// What SEARCH asks.
pub(super) struct Question<'a> {
    pub(super) charset: Option<Charset<'static>>,
    pub(super) keys: &'a [Key<'a>],
    pub(super) uid: bool,
}

impl View {
    pub(super) async fn search(&mut self, mailbox: &impl Mailbox, asked: Question<'_>, out: &mut Vec<u8>) -> Verdict {
        let charset = asked.charset.map(|charset| charset.as_ref().to_ascii_uppercase());
        if !matches!(charset.as_deref(), None | Some("UTF-8" | "US-ASCII")) {
            return Verdict::No("[BADCHARSET (UTF-8 US-ASCII)] Ask in UTF-8".to_owned());
        }
        if asked.keys.iter().any(|key| depth(key) > DEPTH_MAX) {
            return Verdict::Bad("Too deep");
        }
        let found = match self.matching(mailbox, asked.keys).await {
            Ok(found) => found,
            Err(trouble) => return trouble.into(),
        };
        out.put(b"* SEARCH");
        for at in found {
            let number = self.entries.get(at).filter(|_| asked.uid).map_or(at + 1, |entry| entry.uid as usize);
            out.put(format!(" {number}"));
        }
        out.put(b"\r\n");
        Verdict::done()
    }

    async fn matching(&self, mailbox: &impl Mailbox, keys: &[Key<'_>]) -> Result<Vec<usize>, Trouble> {
        let known = Known { sets: Sets::of(keys, &self.entries), said: Said::of(keys, mailbox).await? };
        let mut found = Vec::new();
        for (number, batch) in self.entries.chunks(BATCH).enumerate() {
            let candidates =
                (number * BATCH..).zip(batch).map(|(at, entry)| Candidate { at, entry, summary: None, read: None });
            let mut undecided = Vec::new();
            for candidate in candidates {
                match all(keys, &candidate, &known) {
                    Some(true) => found.push(candidate.at),
                    Some(false) => {}
                    None => undecided.push(candidate),
                }
            }
            if keys.iter().any(needs_summary) {
                sum_up(mailbox, &mut undecided).await?;
            }
            for mut candidate in undecided {
                if all(keys, &candidate, &known).is_none() {
                    candidate.read = Some(Readable::of(mailbox, candidate.entry.key).await?);
                }
                if all(keys, &candidate, &known) == Some(true) {
                    found.push(candidate.at);
                }
            }
        }
        found.sort_unstable();
        Ok(found)
    }
}

async fn sum_up(mailbox: &impl Mailbox, candidates: &mut [Candidate<'_>]) -> Result<(), Trouble> {
    let wanted: Vec<MessageKey> = candidates.iter().map(|candidate| candidate.entry.key).collect();
    let summaries: HashMap<MessageKey, Arc<Summary>> = mailbox.summaries(&wanted).await?.into_iter().collect();
    for candidate in candidates {
        candidate.summary = Some(summaries.get(&candidate.entry.key).map(Arc::clone));
    }
    Ok(())
}

/// Sequence and UID sets of a search, resolved once. Found again by address: the keys outlive the search.
struct Sets(HashMap<usize, Vec<usize>>);

impl Sets {
    fn of(keys: &[Key<'_>], entries: &[Entry]) -> Self {
        let mut sets = HashMap::new();
        let mut open: Vec<&Key<'_>> = keys.iter().collect();
        while let Some(key) = open.pop() {
            match key {
                Key::SequenceSet(set) => drop(sets.insert(address(key), places(set, entries, false))),
                Key::Uid(set) => drop(sets.insert(address(key), places(set, entries, true))),
                _ => open.extend(inner(key)),
            }
        }
        Self(sets)
    }

    fn has(&self, key: &Key<'_>, at: usize) -> bool {
        self.0.get(&address(key)).is_some_and(|places| places.binary_search(&at).is_ok())
    }
}

fn address(key: &Key<'_>) -> usize {
    std::ptr::from_ref(key).addr()
}

fn inner<'k, 'a>(key: &'k Key<'a>) -> Vec<&'k Key<'a>> {
    match key {
        Key::And(keys) => keys.as_ref().iter().collect(),
        Key::Not(key) => vec![key],
        Key::Or(one, other) => vec![one, other],
        _ => Vec::new(),
    }
}

fn depth(key: &Key<'_>) -> usize {
    1 + inner(key).into_iter().map(depth).max().unwrap_or(0)
}

/// Fields that the summary holds whole.
fn is_summed_up(name: &[u8]) -> bool {
    ["subject", "message-id", "in-reply-to"].iter().any(|known| name.eq_ignore_ascii_case(known.as_bytes()))
}

fn needs_summary(key: &Key<'_>) -> bool {
    let own = match key {
        Key::SentBefore(_) | Key::SentOn(_) | Key::SentSince(_) => true,
        Key::Header(name, _) => is_summed_up(name.as_ref()),
        _ => false,
    };
    own || inner(key).into_iter().any(needs_summary)
}

/// Whether all match; nothing where that cannot be told yet.
fn all(keys: &[Key<'_>], candidate: &Candidate<'_>, known: &Known) -> Option<bool> {
    let mut answer = Some(true);
    for key in keys {
        match matches(key, candidate, known) {
            Some(false) => return Some(false),
            Some(true) => {}
            None => answer = None,
        }
    }
    answer
}

fn matches(key: &Key<'_>, candidate: &Candidate<'_>, known: &Known) -> Option<bool> {
    match key {
        Key::And(keys) => all(keys.as_ref(), candidate, known),
        Key::Not(key) => matches(key, candidate, known).map(|matched| !matched),
        Key::Or(one, other) => match (matches(one, candidate, known), matches(other, candidate, known)) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), Some(false)) => Some(false),
            _ => None,
        },
        Key::All => Some(true),
        Key::SequenceSet(_) | Key::Uid(_) => Some(known.sets.has(key, candidate.at)),
        Key::Header(name, text) => header_matches((name.as_ref(), text.as_ref()), key, candidate, known),
        key => match flag_matches(key, candidate.entry).or_else(|| figure_matches(key, candidate.entry)) {
            Some(matched) => Some(matched),
            None => written_matches(key, candidate)
                .unwrap_or_else(|| known.said.matches(key, candidate.entry.key, candidate.read.as_ref())),
        },
    }
}

fn header_matches(
    (name, text): (&[u8], &[u8]),
    key: &Key<'_>,
    candidate: &Candidate<'_>,
    known: &Known,
) -> Option<bool> {
    let (name, text) = (String::from_utf8_lossy(name).to_ascii_lowercase(), String::from_utf8_lossy(text));
    if !is_summed_up(name.as_bytes()) {
        return candidate.read.as_ref().map(|read| read.field_has(&name, &text));
    }
    if known.said.rules_out(key, candidate.entry.key) {
        return Some(false);
    }
    let about = candidate.summary.as_ref()?.as_ref().map(|summary| &summary.correspondence);
    let field = about.and_then(|about| match name.as_str() {
        "subject" => about.subject.as_deref(),
        "message-id" => about.message_id.as_deref(),
        _ => about.in_reply_to.as_deref(),
    });
    Some(field.is_some_and(|field| fold(field).contains(&fold(&text))))
}

fn flag_matches(key: &Key<'_>, entry: &Entry) -> Option<bool> {
    let has = |flag| entry.flags.system.contains(flag);
    let keyword = |wanted: &str| entry.flags.keywords.iter().any(|keyword| keyword.eq_ignore_ascii_case(wanted));
    Some(match key {
        Key::Answered => has(SystemFlags::ANSWERED),
        Key::Unanswered => !has(SystemFlags::ANSWERED),
        Key::Deleted => has(SystemFlags::DELETED),
        Key::Undeleted => !has(SystemFlags::DELETED),
        Key::Draft => has(SystemFlags::DRAFT),
        Key::Undraft => !has(SystemFlags::DRAFT),
        Key::Flagged => has(SystemFlags::FLAGGED),
        Key::Unflagged => !has(SystemFlags::FLAGGED),
        Key::Seen => has(SystemFlags::SEEN),
        Key::Unseen => !has(SystemFlags::SEEN),
        Key::Keyword(wanted) => keyword(wanted.as_ref()),
        Key::Unkeyword(wanted) => !keyword(wanted.as_ref()),
        // \Recent is never given: every session sees the same.
        Key::New | Key::Recent => false,
        Key::Old => true,
        _ => return None,
    })
}

fn figure_matches(key: &Key<'_>, entry: &Entry) -> Option<bool> {
    let received = day(entry.received_at.as_unix_s());
    Some(match key {
        Key::Larger(limit) => entry.size_bytes > u64::from(*limit),
        Key::Smaller(limit) => entry.size_bytes < u64::from(*limit),
        Key::Before(date) => received < day_of(date),
        Key::On(date) => received == day_of(date),
        Key::Since(date) => received >= day_of(date),
        _ => return None,
    })
}

/// What dates as they are written say: nothing of other keys, and nothing yet without a summary.
#[expect(clippy::option_option, reason = "the outer one says whether the key is one of these")]
fn written_matches(key: &Key<'_>, candidate: &Candidate<'_>) -> Option<Option<bool>> {
    let matched = |is_so: &dyn Fn(i64) -> bool| {
        let summary = candidate.summary.as_ref()?;
        Some(summary.as_deref().and_then(written_on).is_some_and(is_so))
    };
    Some(match key {
        Key::SentBefore(date) => matched(&|written| written < day_of(date)),
        Key::SentOn(date) => matched(&|written| written == day_of(date)),
        Key::SentSince(date) => matched(&|written| written >= day_of(date)),
        _ => return None,
    })
}

// RFC 9051 §6.4.4: the date as it is written, whatever its time zone.
fn written_on(summary: &Summary) -> Option<i64> {
    let said = summary.correspondence.date.as_deref().unwrap_or_default();
    let said = said.split_once(',').map_or(said, |(_, date)| date);
    let mut words = said.split_ascii_whitespace();
    let date = words.next().and_then(|date| date.parse::<u32>().ok());
    let month = words.next().and_then(|name| MONTHS.iter().position(|month| name.eq_ignore_ascii_case(month)));
    let year = words.next().filter(|year| year.len() == 4);
    let as_written = date.zip(month).zip(year).and_then(|((date, month), year)| {
        Timestamp::parse_rfc3339(&format!("{year}-{:02}-{date:02}T00:00:00Z", month + 1))
    });
    as_written.map(|midnight| day(midnight.as_unix_s())).or_else(|| summary.written_at_s.map(day))
}

fn day(unix_s: i64) -> i64 {
    unix_s.div_euclid(86_400)
}

fn day_of(date: &imap_codec::imap_types::datetime::NaiveDate) -> i64 {
    let text = date.as_ref().to_string();
    Timestamp::parse_rfc3339(&format!("{text}T00:00:00Z")).map_or(i64::MIN, |midnight| day(midnight.as_unix_s()))
}
