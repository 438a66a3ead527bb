//! A letter that somebody may read, out of octets that anybody may have sent.
//!
//! ```text
//!   octets ── Summary (bounded, never panics) ── parts sorted ──┬─ words       shown by our own escaper
//!                                                               ├─ pages       to `html`, washed, in a frame
//!                                                               ├─ pictures    that pages name by cid:
//!                                                               ├─ files       to be saved
//!                                                               └─ invitation  as words
//! ```

mod body;
pub mod decode;
pub mod files;
mod invitation;
mod people;
mod verdict;

use std::collections::HashMap;

use mail::{Part, Summary};
use mail_parser::decoders::html::html_to_text;

pub use files::{File, Sort};
pub use invitation::Invitation;
pub use people::Person;
pub use verdict::Verdict;

use self::body::Sorted;
use super::html::{IMAGES_MAX_BYTES, Image};
use super::plain;

/// Files that are listed; all others are in the message as it came.
pub const FILES_MAX: usize = 200;
/// Pictures that a page may name.
const IMAGES_MAX: usize = 200;

/// What is shown of a letter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Letter {
    /// The subject; empty when there is none.
    pub subject: String,
    /// From.
    pub from: Vec<Person>,
    /// To.
    pub to: Vec<Person>,
    /// Cc.
    pub cc: Vec<Person>,
    /// Reply-To, where it is not From.
    pub reply_to: Vec<Person>,
    /// What it says, as plain text.
    pub words: String,
    /// Whether it has a page.
    pub has_page: bool,
    /// What hangs on it.
    pub files: Vec<File>,
    /// How many more files there are.
    pub files_more: usize,
    /// What it invites to.
    pub invitation: Option<Invitation>,
    /// Whether something of it cannot be read here.
    pub lock: Option<Lock>,
    /// What reception found out about its sender.
    pub verdict: Option<(Verdict, String)>,
}

/// What is done to a letter that we cannot undo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock {
    /// Encrypted, for a key that is not here.
    Encrypted,
    /// Signed; nobody checked it.
    Signed,
    /// Signed in a form that hides the letter.
    Wrapped,
}

impl Letter {
    /// Reads a letter. Any octets are one.
    #[must_use]
    pub fn read(raw: &[u8]) -> Self {
        Self::of(&Summary::of(raw), raw)
    }

    /// Reads a letter whose summary is there.
    #[must_use]
    pub fn of(summary: &Summary, raw: &[u8]) -> Self {
        let sorted = Sorted::of(&summary.root);
        let correspondence = &summary.correspondence;
        let (from, reply_to) = (Person::all(&correspondence.from), Person::all(&correspondence.reply_to));
        let is_other = |one: &Person| !from.iter().any(|author| author.address.eq_ignore_ascii_case(&one.address));
        let words = words(&sorted, raw);
        let named = named(&sorted, raw);
        let mut files: Vec<File> = sorted
            .hanging
            .iter()
            .filter(|(_, part)| !part.id.as_ref().is_some_and(|id| named.contains(id)))
            .map(|(number, part)| File::of(*number, part))
            .collect();
        let files_more = files.len().saturating_sub(FILES_MAX);
        files.truncate(FILES_MAX);
        Self {
            subject: plain::line(correspondence.subject.as_deref().unwrap_or_default(), 500),
            to: Person::all(&correspondence.to),
            cc: Person::all(&correspondence.cc),
            reply_to: reply_to.into_iter().filter(is_other).collect(),
            from,
            has_page: sorted.has_page(),
            files,
            files_more,
            invitation: sorted.calendar.and_then(|part| Invitation::read(&decode::text(part, raw))),
            lock: lock(&summary.root, &words),
            verdict: verdict::verdict(raw),
            words,
        }
    }
}

/// What a letter's frame is made of: the sources of its pages, each to be washed for itself, and pictures by
/// Content-ID.
#[must_use]
pub fn pages(summary: &Summary, raw: &[u8]) -> (Vec<String>, HashMap<String, Image>) {
    let sorted = Sorted::of(&summary.root);
    let source = |part: &&Part| {
        let text = decode::text(part, raw);
        if body::is(part, "html") {
            text
        } else {
            format!("<div style=\"white-space: pre-wrap\">{}</div>", plain::escaped(&text))
        }
    };
    let pages: Vec<String> = sorted.pages.iter().map(source).collect();
    let images = images(&sorted, raw, &pages);
    (pages, images)
}

fn images(sorted: &Sorted<'_>, raw: &[u8], pages: &[String]) -> HashMap<String, Image> {
    let mut left_bytes = IMAGES_MAX_BYTES;
    let mut found = HashMap::new();
    for (_, part) in sorted.hanging.iter().take(IMAGES_MAX) {
        let Some(id) = part.id.as_ref().filter(|id| is_named(id, pages)) else { continue };
        // Four octets of base64 are three of the picture.
        if part.size_bytes() as usize / 4 * 3 > left_bytes {
            continue;
        }
        if let Some(image) = Image::of(decode::octets(part, raw)) {
            left_bytes = left_bytes.saturating_sub(image.bytes.len());
            found.insert(id.clone(), image);
        }
    }
    found
}

fn is_named(id: &str, pages: &[String]) -> bool {
    !id.is_empty() && pages.iter().any(|page| page.contains(id) || page.contains(&id.replace('@', "%40")))
}

/// Content-IDs of pictures that are part of a page and no files.
fn named(sorted: &Sorted<'_>, raw: &[u8]) -> Vec<String> {
    if !sorted.has_page() {
        return Vec::new();
    }
    let pages: Vec<String> = sorted.pages.iter().map(|part| decode::text(part, raw)).collect();
    let pictures = sorted.hanging.iter().take(IMAGES_MAX).filter(|(_, part)| {
        let body = raw.get(part.body()).unwrap_or_default();
        let start = Part { end: part.end.min(part.body_start.saturating_add(64)), ..(*part).clone() };
        part.kind == "image" && !body.is_empty() && Image::of(decode::octets(&start, raw)).is_some()
    });
    pictures.filter_map(|(_, part)| part.id.clone()).filter(|id| is_named(id, &pages)).collect()
}

fn words(sorted: &Sorted<'_>, raw: &[u8]) -> String {
    let mut words = String::new();
    for part in &sorted.words {
        if words.len() > super::text::TEXT_MAX_BYTES {
            break;
        }
        let text = decode::text(part, raw);
        if !words.is_empty() {
            words.push_str("\n\n");
        }
        words.push_str(&if body::is(part, "html") {
            html_to_text(plain::cut(&text, super::html::PAGE_MAX_BYTES))
        } else {
            text
        });
    }
    words
}

fn lock(root: &Part, words: &str) -> Option<Lock> {
    let parameter = |part: &Part, wanted: &str| {
        part.parameters.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.to_ascii_lowercase())
    };
    let is_opaque = |part: &Part| matches!(part.subtype.as_str(), "pkcs7-mime" | "x-pkcs7-mime");
    if root.is_multipart() && root.subtype == "encrypted" || words.contains("-----BEGIN PGP MESSAGE-----") {
        return Some(Lock::Encrypted);
    }
    let opaque = root.leaves().into_iter().take(100).find(|part| is_opaque(part));
    if let Some(part) = opaque {
        let signed = parameter(part, "smime-type").is_some_and(|kind| kind == "signed-data");
        return Some(if signed { Lock::Wrapped } else { Lock::Encrypted });
    }
    let is_signed =
        root.is_multipart() && root.subtype == "signed" || words.contains("-----BEGIN PGP SIGNED MESSAGE-----");
    is_signed.then_some(Lock::Signed)
}
