//! Taking octets apart that a stranger wrote, at a bounded cost.
//!
//! ```text
//!   raw ── is it mail at all? ──> the parser, transfer encodings ignored ──> Parsed ── taken down level by level
//!                  └─ no ──> its header alone
//! ```
//!
//! The parser keeps messages inside messages in each other. Two things would follow them down, one call a level,
//! until the stack ends and the process with it: letting go of them, which [`Parsed`] therefore does itself, and
//! opening messages that were encoded, which is why nothing is decoded here but what is read.

use std::borrow::Cow;
use std::ops::{Deref, Range};
use std::sync::LazyLock;

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::charsets::map::charset_decoder;
use mail_parser::decoders::html::html_to_text;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use mail_parser::{HeaderName, Message, MessageParser, MessagePart, MimeHeaders, PartType};
use memchr::{memchr_iter, memchr2_iter};

/// Content-Type fields, and runs of dashes that may part parts.
const PIECES_MAX: usize = 20_000;
/// Each boundary may be sought to the end of the message: that many octets are looked at, all in all.
const SOUGHT_MAX_BYTES: usize = 1 << 31;
/// Lines, where they are as short as no one writes them.
const SHORT_LINES_MAX: usize = 1_000_000;
/// Octets of a header, where nothing else is read.
const HEADER_MAX_BYTES: usize = 256 * 1024;

/// Rounds of quieting; after them, an encoded message may hide what follows it.
const QUIETED_MAX: usize = 4;
/// What is written over the type of an encoded message.
const CLOSED_TYPE: &str = " closed/box";

// Naming one field turns off what the parser does for all others: each that is read has to be named.
static PARSER: LazyLock<MessageParser> = LazyLock::new(|| {
    MessageParser::new()
        .with_mime_headers()
        .with_date_headers()
        .with_address_headers()
        .with_message_ids()
        .header_text(HeaderName::Subject)
        .header_text(HeaderName::ContentDescription)
        .header_text(HeaderName::ContentLocation)
        .header_comma_separated(HeaderName::ContentLanguage)
        .header_content_type(HeaderName::ContentType)
        .header_content_type(HeaderName::ContentDisposition)
        .header_id(HeaderName::ContentId)
        .default_header_ignore()
        .ignore_header(HeaderName::ContentTransferEncoding)
});

/// A message that was taken apart.
pub(crate) struct Parsed<'x>(Message<'x>);

impl<'x> Deref for Parsed<'x> {
    type Target = Message<'x>;

    fn deref(&self) -> &Message<'x> {
        &self.0
    }
}

impl Drop for Parsed<'_> {
    fn drop(&mut self) {
        let mut levels = vec![std::mem::take(&mut self.0.parts)];
        while let Some(parts) = levels.pop() {
            for part in parts {
                if let PartType::Message(inside) = part.body {
                    levels.push(inside.parts);
                }
            }
        }
    }
}

/// Takes a message apart and shows it to `then`; what would cost more than any mail is worth has its header read
/// only. Octets are counted as in `raw`.
pub(crate) fn taken_apart<T>(raw: &[u8], then: impl FnOnce(Option<&Message<'_>>) -> T) -> T {
    let mut quieted = Cow::Borrowed(raw);
    let mut rounds = 0;
    loop {
        let message = parse(&quieted);
        let closed = message.as_deref().map(|message| closed_messages(message, &quieted)).unwrap_or_default();
        if closed.is_empty() || rounds == QUIETED_MAX {
            return then(message.as_deref());
        }
        drop(message);
        rounds += 1;
        // The parser would look for a header in what is encoded, and find what follows the part instead. Their type
        // is written over, octet for octet, until none is left.
        for field in closed {
            quiet(quieted.to_mut().get_mut(field).unwrap_or_default());
        }
    }
}

fn parse(raw: &[u8]) -> Option<Parsed<'_>> {
    let read = || match is_affordable(raw) {
        true => PARSER.parse(raw),
        false => PARSER.parse_headers(raw.get(..HEADER_MAX_BYTES).unwrap_or(raw)),
    };
    // A stranger's mail must not end a session, should the parser ever fall over it: it is shown as plain text.
    std::panic::catch_unwind(read).ok().flatten().map(Parsed)
}

/// Where the Content-Type of each message stands that is encoded.
fn closed_messages(message: &Message<'_>, raw: &[u8]) -> Vec<Range<usize>> {
    let mut levels = vec![&message.parts];
    let mut closed = Vec::new();
    while let Some(parts) = levels.pop() {
        for part in parts {
            if let PartType::Message(inside) = &part.body {
                levels.push(&inside.parts);
            }
            let is_message = part.content_type().is_some_and(|said| said.ctype().eq_ignore_ascii_case("message"));
            if is_message && matches!(encoding(part, raw).as_str(), "base64" | "quoted-printable") {
                let field = part.headers.iter().rev().find(|header| header.name == HeaderName::ContentType);
                closed.extend(field.map(|field| field.offset_start as usize..field.offset_end as usize));
            }
        }
    }
    closed
}

fn quiet(field: &mut [u8]) {
    let said = CLOSED_TYPE.bytes().chain(std::iter::repeat(b' '));
    // Its line ends stay where they are, and each line but the first starts with a space as it did.
    for (octet, quiet) in field.iter_mut().filter(|octet| !matches!(octet, b'\r' | b'\n')).zip(said) {
        *octet = quiet;
    }
}

fn is_affordable(raw: &[u8]) -> bool {
    let lines = memchr_iter(b'\n', raw).count();
    if lines > SHORT_LINES_MAX && raw.len() / lines < 24 {
        return false;
    }
    let boundaries = count(raw, b"boundary", 7);
    boundaries.saturating_mul(raw.len()) <= SOUGHT_MAX_BYTES
        && count(raw, b"content-type", 7) <= PIECES_MAX
        && (boundaries == 0 || dashes(raw) <= PIECES_MAX)
}

/// How often a word stands in `raw`, in capitals or not; it is sought by that octet of it that text has least of.
fn count(raw: &[u8], word: &[u8], rarest_at: usize) -> usize {
    let Some(rarest) = word.get(rarest_at) else { return 0 };
    let is_there = |at: &usize| {
        let from = at.saturating_sub(rarest_at);
        raw.get(from..from + word.len()).is_some_and(|found| found.eq_ignore_ascii_case(word))
    };
    memchr2_iter(rarest.to_ascii_lowercase(), rarest.to_ascii_uppercase(), raw).filter(is_there).count()
}

fn dashes(raw: &[u8]) -> usize {
    raw.windows(3).filter(|window| matches!(window, [before, b'-', b'-'] if *before != b'-')).count()
}

/// Content-Transfer-Encoding in lower case; `7bit` where nothing is said (RFC 2045 §6.1).
pub(crate) fn encoding(part: &MessagePart<'_>, raw: &[u8]) -> String {
    let said = part.headers.iter().rev().find(|header| header.name == HeaderName::ContentTransferEncoding);
    let said = said.and_then(|header| raw.get(header.offset_start as usize..header.offset_end as usize));
    let said = String::from_utf8_lossy(said.unwrap_or_default()).to_ascii_lowercase();
    // Some write a comment or a semicolon behind it.
    let word = said.split(|c: char| c.is_whitespace() || matches!(c, ';' | '(')).find(|word| !word.is_empty());
    word.filter(|word| word.len() <= 64 && word.chars().all(|c| c.is_ascii_graphic())).unwrap_or("7bit").to_owned()
}

/// What a text part says to people, from its first `max_bytes` octets; `None` for what is no text.
pub(crate) fn readable(part: &MessagePart<'_>, raw: &[u8], max_bytes: usize) -> Option<String> {
    let is_html = match part.body {
        PartType::Html(_) => true,
        PartType::Text(_) => false,
        _ => return None,
    };
    let body = raw.get(part.offset_body as usize..part.offset_end as usize)?;
    let body = body.get(..max_bytes).unwrap_or(body);
    let decoded = match encoding(part, raw).as_str() {
        "base64" => base64_decode(body.get(..body.len() / 4 * 4).filter(|_| body.len() == max_bytes).unwrap_or(body)),
        "quoted-printable" => quoted_printable_decode(body),
        _ => None,
    };
    let octets = decoded.unwrap_or_else(|| body.to_vec());
    let charset = part.content_type().and_then(|declared| declared.attribute("charset"));
    let text = match charset.and_then(|name| charset_decoder(name.as_bytes())) {
        Some(decode) => decode(&octets),
        None => String::from_utf8_lossy(&octets).into_owned(),
    };
    Some(if is_html { html_to_text(&text) } else { text })
}
