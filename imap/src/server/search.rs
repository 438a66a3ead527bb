//! SEARCH (RFC 9051 §6.4.4). Flags, dates and sizes cost nothing; header keys read summaries; BODY, TEXT and
//! rare header fields open the message.

use std::collections::HashMap;
use std::sync::Arc;

use imap_codec::imap_types::core::Charset;
use imap_codec::imap_types::search::SearchKey as Key;
use mail::{Correspondent, Summary, SystemFlags, Timestamp};

use super::sequence::places;
use super::session::Verdict;
use super::view::View;
use crate::wire::Write as _;
use crate::{Entry, Mailbox, MessageKey, Trouble};

/// Keys within keys; more is no question that a person asks.
const DEPTH_MAX: usize = 30;

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// What one message is asked.
struct Candidate<'a> {
    at: usize,
    entry: &'a Entry,
    summary: Option<&'a Summary>,
    raw: Option<Readable>,
}

struct Readable {
    header: String,
    text: String,
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
        let sets = Sets::of(keys, &self.entries);
        let (wants_summary, wants_raw) = (keys.iter().any(needs_summary), keys.iter().any(needs_raw));
        let mut found = Vec::new();
        for (start, batch) in self.entries.chunks(500).enumerate().map(|(number, batch)| (number * 500, batch)) {
            let summaries: HashMap<MessageKey, Arc<Summary>> = if wants_summary {
                let wanted: Vec<MessageKey> = batch.iter().map(|entry| entry.key).collect();
                mailbox.summaries(&wanted).await?.into_iter().collect()
            } else {
                HashMap::new()
            };
            for (offset, entry) in batch.iter().enumerate() {
                let summary = summaries.get(&entry.key).map(|summary| &**summary);
                let mut candidate = Candidate { at: start + offset, entry, summary, raw: None };
                // What can be ruled out without opening it is not opened.
                if wants_raw && keys.iter().any(|key| !needs_raw(key) && !matches(key, &candidate, &sets)) {
                    continue;
                }
                if wants_raw {
                    candidate.raw = readable(mailbox, entry.key).await?;
                }
                if keys.iter().all(|key| matches(key, &candidate, &sets)) {
                    found.push(candidate.at);
                }
            }
        }
        Ok(found)
    }
}

async fn readable(mailbox: &impl Mailbox, key: MessageKey) -> Result<Option<Readable>, Trouble> {
    match mailbox.raw(key).await {
        Ok(raw) => {
            let header = raw.get(..super::section::body_start(&raw)).unwrap_or_default();
            let header = folded(&String::from_utf8_lossy(header));
            Ok(Some(Readable { header, text: folded(&mail::readable_text(&raw)) }))
        }
        Err(Trouble::Gone) => Ok(None),
        Err(trouble) => Err(trouble),
    }
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

fn needs_raw(key: &Key<'_>) -> bool {
    let own = match key {
        Key::Body(_) | Key::Text(_) => true,
        Key::Header(name, _) => !is_summed_up(name.as_ref()),
        _ => false,
    };
    own || inner(key).into_iter().any(needs_raw)
}

/// Fields that the summary holds whole.
fn is_summed_up(name: &[u8]) -> bool {
    ["subject", "message-id", "in-reply-to"].iter().any(|known| name.eq_ignore_ascii_case(known.as_bytes()))
}

fn needs_summary(key: &Key<'_>) -> bool {
    let own = matches!(key, Key::Header(name, _) if is_summed_up(name.as_ref())) || matches!(
        key,
        Key::From(_) | Key::To(_) | Key::Cc(_) | Key::Bcc(_) | Key::Subject(_) | Key::Text(_)
            | Key::SentBefore(_) | Key::SentOn(_) | Key::SentSince(_)
    );
    own || inner(key).into_iter().any(needs_summary)
}

fn matches(key: &Key<'_>, candidate: &Candidate<'_>, sets: &Sets) -> bool {
    match key {
        Key::And(keys) => keys.as_ref().iter().all(|key| matches(key, candidate, sets)),
        Key::Not(key) => !matches(key, candidate, sets),
        Key::Or(one, other) => matches(one, candidate, sets) || matches(other, candidate, sets),
        Key::All => true,
        Key::SequenceSet(_) | Key::Uid(_) => sets.has(key, candidate.at),
        key => flag_matches(key, candidate.entry)
            .or_else(|| figure_matches(key, candidate))
            .unwrap_or_else(|| text_matches(key, candidate)),
    }
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

fn figure_matches(key: &Key<'_>, candidate: &Candidate<'_>) -> Option<bool> {
    let received = day(candidate.entry.received_at.as_unix_s());
    let written = || candidate.summary.and_then(written_on);
    let size = candidate.entry.size_bytes;
    Some(match key {
        Key::Larger(limit) => size > u64::from(*limit),
        Key::Smaller(limit) => size < u64::from(*limit),
        Key::Before(date) => received < day_of(date),
        Key::On(date) => received == day_of(date),
        Key::Since(date) => received >= day_of(date),
        Key::SentBefore(date) => written().is_some_and(|written| written < day_of(date)),
        Key::SentOn(date) => written().is_some_and(|written| written == day_of(date)),
        Key::SentSince(date) => written().is_some_and(|written| written >= day_of(date)),
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

fn text_matches(key: &Key<'_>, candidate: &Candidate<'_>) -> bool {
    let wanted = |text: &[u8]| folded(&String::from_utf8_lossy(text));
    let about = candidate.summary.map(|summary| &summary.correspondence);
    let raw = candidate.raw.as_ref();
    match key {
        Key::From(text) => about.is_some_and(|about| any_has(&about.from, &wanted(text.as_ref()))),
        Key::To(text) => about.is_some_and(|about| any_has(&about.to, &wanted(text.as_ref()))),
        Key::Cc(text) => about.is_some_and(|about| any_has(&about.cc, &wanted(text.as_ref()))),
        Key::Bcc(text) => about.is_some_and(|about| any_has(&about.bcc, &wanted(text.as_ref()))),
        Key::Subject(text) => {
            let subject = about.and_then(|about| about.subject.as_deref()).unwrap_or_default();
            folded(subject).contains(&wanted(text.as_ref()))
        }
        Key::Body(text) => raw.is_some_and(|raw| raw.text.contains(&wanted(text.as_ref()))),
        Key::Text(text) => {
            let wanted = wanted(text.as_ref());
            let subject = about.and_then(|about| about.subject.as_deref()).unwrap_or_default();
            folded(subject).contains(&wanted)
                || raw.is_some_and(|raw| raw.text.contains(&wanted) || raw.header.contains(&wanted))
        }
        Key::Header(name, text) if is_summed_up(name.as_ref()) => {
            let field = about.and_then(|about| match name.as_ref().to_ascii_lowercase().as_slice() {
                b"subject" => about.subject.as_deref(),
                b"message-id" => about.message_id.as_deref(),
                _ => about.in_reply_to.as_deref(),
            });
            field.is_some_and(|field| folded(field).contains(&wanted(text.as_ref())))
        }
        Key::Header(name, text) => {
            raw.is_some_and(|raw| field_has(&raw.header, &wanted(name.as_ref()), &wanted(text.as_ref())))
        }
        _ => false,
    }
}

fn any_has(field: &[Correspondent], wanted: &str) -> bool {
    field.iter().any(|one| {
        let name = folded(one.name.as_deref().unwrap_or_default());
        let address = folded(&one.address().unwrap_or_default());
        name.contains(wanted) || address.contains(wanted) || format!("{name} <{address}>").contains(wanted)
    })
}

/// Whether a field of that name has the text; any field of that name when the text is empty.
fn field_has(header: &str, name: &str, wanted: &str) -> bool {
    let unfolded = header.replace("\r\n ", " ").replace("\r\n\t", " ");
    unfolded.lines().any(|line| {
        line.split_once(':').is_some_and(|(found, value)| found.trim() == name && value.contains(wanted))
    })
}

fn folded(text: &str) -> String {
    text.to_lowercase()
}
