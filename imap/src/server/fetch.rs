//! FETCH (RFC 9051 §6.4.5, §7.5.2). Lists and envelopes come from summaries; only BODY[...] opens a message.

use std::collections::HashMap;
use std::sync::Arc;

use imap_codec::imap_types::fetch::{
    Macro, MacroOrMessageDataItemNames as Names, MessageDataItemName as Item, Section,
};
use imap_codec::imap_types::sequence::SequenceSet;
use mail::{Flags, Summary, SystemFlags};

use super::section::{octets, written};
use super::sequence::places;
use super::session::Verdict;
use super::view::{View, write_flag_names};
use super::wire::Wire;
use crate::wire::{Write as _, write_envelope, write_structure};
use crate::{Entry, Error, FlagChange, Mailbox, MessageKey, Trouble};

/// Summaries are read this many at a time.
const BATCH: usize = 256;

/// What FETCH asks for.
pub(super) struct Asked<'a> {
    set: &'a SequenceSet,
    items: Vec<Item<'a>>,
    by_uid: bool,
}

impl<'a> Asked<'a> {
    pub(super) fn new(set: &'a SequenceSet, names: &'a Names<'a>, by_uid: bool) -> Self {
        let mut items = match names {
            Names::Macro(short) => expanded(short.clone()),
            Names::MessageDataItemNames(items) => items.clone(),
        };
        // RFC 9051 §6.4.9: UID FETCH always answers with the UID.
        if by_uid && !items.contains(&Item::Uid) {
            items.insert(0, Item::Uid);
        }
        Self { set, items, by_uid }
    }

    /// Whether all of it is offered: BINARY and MODSEQ are not.
    pub(super) fn is_offered(&self) -> bool {
        self.items.iter().all(|item| {
            matches!(
                item,
                Item::Body
                    | Item::BodyExt { .. }
                    | Item::BodyStructure
                    | Item::Envelope
                    | Item::Flags
                    | Item::InternalDate
                    | Item::Rfc822
                    | Item::Rfc822Header
                    | Item::Rfc822Size
                    | Item::Rfc822Text
                    | Item::Uid
            )
        })
    }

    fn needs_summary(&self) -> bool {
        self.items.iter().any(|item| match item {
            Item::Envelope | Item::Body | Item::BodyStructure => true,
            Item::BodyExt { section: Some(section), .. } => goes_into_parts(section),
            _ => false,
        })
    }

    fn needs_raw(&self) -> bool {
        self.items
            .iter()
            .any(|item| matches!(item, Item::BodyExt { .. } | Item::Rfc822 | Item::Rfc822Header | Item::Rfc822Text))
    }

    // RFC 9051 §6.4.5: reading a body without PEEK sets \Seen.
    fn marks_seen(&self) -> bool {
        self.items
            .iter()
            .any(|item| matches!(item, Item::BodyExt { peek: false, .. } | Item::Rfc822 | Item::Rfc822Text))
    }
}

fn goes_into_parts(section: &Section<'_>) -> bool {
    !matches!(
        section,
        Section::Header(None)
            | Section::Text(None)
            | Section::HeaderFields(None, _)
            | Section::HeaderFieldsNot(None, _)
    )
}

// RFC 9051 §6.4.5
fn expanded<'a>(short: Macro) -> Vec<Item<'a>> {
    let mut items = vec![Item::Flags, Item::InternalDate, Item::Rfc822Size];
    if !matches!(short, Macro::Fast) {
        items.push(Item::Envelope);
    }
    if matches!(short, Macro::Full) {
        items.push(Item::Body);
    }
    items
}

/// What is known of one message while it is answered.
struct Known {
    summary: Option<Arc<Summary>>,
    raw: Option<Arc<Vec<u8>>>,
}

impl View {
    pub(super) async fn fetch(
        &mut self,
        mailbox: &impl Mailbox,
        asked: Asked<'_>,
        wire: &mut Wire,
    ) -> Result<Verdict, Error> {
        if !asked.is_offered() {
            return Ok(Verdict::Bad("Something asked for is not offered"));
        }
        let places = places(asked.set, &self.entries, asked.by_uid);
        let mut missing = None;
        for batch in places.chunks(BATCH) {
            let seen = match self.mark_seen(mailbox, &asked, batch).await {
                Ok(seen) => seen,
                Err(trouble) => return Ok(trouble.into()),
            };
            let summaries = match self.summaries(mailbox, &asked, batch).await {
                Ok(summaries) => summaries,
                Err(trouble) => return Ok(trouble.into()),
            };
            for at in batch {
                let Some(entry) = self.entries.get(*at) else { continue };
                match known(mailbox, &asked, entry, &summaries).await {
                    Ok(known) => answer(&mut wire.out, *at + 1, entry, &asked, (&known, seen.contains(&entry.uid))),
                    Err(trouble) => missing = Some(trouble),
                }
                wire.flush_if_large().await?;
            }
        }
        // RFC 5530 §3, EXPUNGEISSUED: what could be fetched has been; the client asks again after a NOOP.
        Ok(missing.map_or_else(Verdict::done, Verdict::from))
    }

    async fn mark_seen(
        &mut self,
        mailbox: &impl Mailbox,
        asked: &Asked<'_>,
        batch: &[usize],
    ) -> Result<Vec<u32>, Trouble> {
        if self.read_only || !asked.marks_seen() {
            return Ok(Vec::new());
        }
        let unseen = |at: &usize| self.entries.get(*at).is_some_and(|entry| !entry.flags.is_seen());
        let uids = self.uids(&batch.iter().copied().filter(unseen).collect::<Vec<_>>());
        if uids.is_empty() {
            return Ok(uids);
        }
        let change = FlagChange::Add(Flags::from(SystemFlags::SEEN));
        let changed = mailbox.change_flags(self.folder.id, &uids, change).await?;
        self.set_flags(changed);
        Ok(uids)
    }

    async fn summaries(
        &self,
        mailbox: &impl Mailbox,
        asked: &Asked<'_>,
        batch: &[usize],
    ) -> Result<HashMap<MessageKey, Arc<Summary>>, Trouble> {
        if !asked.needs_summary() {
            return Ok(HashMap::new());
        }
        let keys: Vec<MessageKey> =
            batch.iter().filter_map(|at| self.entries.get(*at)).map(|entry| entry.key).collect();
        Ok(mailbox.summaries(&keys).await?.into_iter().collect())
    }
}

async fn known(
    mailbox: &impl Mailbox,
    asked: &Asked<'_>,
    entry: &Entry,
    summaries: &HashMap<MessageKey, Arc<Summary>>,
) -> Result<Known, Trouble> {
    let raw = if asked.needs_raw() { Some(mailbox.raw(entry.key).await?) } else { None };
    let summary = summaries.get(&entry.key).cloned();
    if asked.needs_summary() && summary.is_none() {
        return Err(Trouble::Gone);
    }
    Ok(Known { summary, raw })
}

fn answer(out: &mut Vec<u8>, number: usize, entry: &Entry, asked: &Asked<'_>, known: (&Known, bool)) {
    let (known, newly_seen) = known;
    out.put(format!("* {number} FETCH ("));
    for (at, item) in asked.items.iter().enumerate() {
        if at > 0 {
            out.put(b" ");
        }
        write_item(out, item, entry, known);
    }
    if newly_seen && !asked.items.contains(&Item::Flags) {
        out.put(b" ");
        write_item(out, &Item::Flags, entry, known);
    }
    out.put(b")\r\n");
}

fn write_item(out: &mut Vec<u8>, item: &Item<'_>, entry: &Entry, known: &Known) {
    let raw = known.raw.as_ref().map_or(&[][..], |raw| raw.as_slice());
    let root = known.summary.as_ref().map(|summary| &summary.root);
    match item {
        Item::Uid => out.put(format!("UID {}", entry.uid)),
        Item::Flags => {
            out.put(b"FLAGS (");
            write_flag_names(out, &entry.flags);
            out.put(b")");
        }
        Item::InternalDate => out.put(format!("INTERNALDATE \"{}\"", entry.received_at.imap_date_time())),
        Item::Rfc822Size => out.put(format!("RFC822.SIZE {}", entry.size_bytes)),
        Item::Envelope => {
            out.put(b"ENVELOPE ");
            if let Some(summary) = &known.summary {
                write_envelope(out, &summary.correspondence);
            }
        }
        Item::Body | Item::BodyStructure => {
            let extended = matches!(item, Item::BodyStructure);
            out.put(if extended { "BODYSTRUCTURE " } else { "BODY " });
            if let Some(root) = root {
                write_structure(out, root, extended);
            }
        }
        Item::Rfc822 => write_octets(out, "RFC822", Some(raw)),
        Item::Rfc822Header => write_octets(out, "RFC822.HEADER", raw.get(..super::section::body_start(raw))),
        Item::Rfc822Text => write_octets(out, "RFC822.TEXT", raw.get(super::section::body_start(raw)..)),
        Item::BodyExt { section, partial, .. } => {
            let found = octets(raw, root, section.as_ref());
            let name = format!("BODY[{}]", written(section.as_ref()));
            match partial {
                Some((origin, length)) => {
                    let part = found.as_deref().map(|octets| cut(octets, *origin, length.get()));
                    write_octets(out, &format!("{name}<{origin}>"), part);
                }
                None => write_octets(out, &name, found.as_deref()),
            }
        }
        // Not offered, and refused before.
        _ => {}
    }
}

fn write_octets(out: &mut Vec<u8>, name: &str, octets: Option<&[u8]>) {
    out.put(name);
    out.put(b" ");
    match octets {
        Some(octets) => out.literal(octets),
        None => out.put(b"NIL"),
    }
}

fn cut(octets: &[u8], origin: u32, length: u32) -> &[u8] {
    let rest = octets.get(origin as usize..).unwrap_or_default();
    rest.get(..length as usize).unwrap_or(rest)
}
