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

use std::ops::Deref;
use std::sync::LazyLock;

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::charsets::map::charset_decoder;
use mail_parser::decoders::html::html_to_text;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use mail_parser::{HeaderName, Message, MessageParser, MessagePart, MimeHeaders, PartType};

/// Content-Type fields, and runs of dashes that may part parts.
const PIECES_MAX: usize = 20_000;
/// Each boundary may be sought to the end of the message: that many octets are looked at, all in all.
const SOUGHT_MAX_BYTES: usize = 1 << 31;
/// Lines, where they are as short as no one writes them.
const SHORT_LINES_MAX: usize = 1_000_000;
/// Octets of a header, where nothing else is read.
const HEADER_MAX_BYTES: usize = 256 * 1024;

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

/// Takes a message apart; what would cost more than any mail is worth has its header read only.
pub(crate) fn parse(raw: &[u8]) -> Option<Parsed<'_>> {
    let read = || match is_affordable(raw) {
        true => PARSER.parse(raw),
        false => PARSER.parse_headers(raw.get(..HEADER_MAX_BYTES).unwrap_or(raw)),
    };
    // A stranger's mail must not end a session, should the parser ever fall over it: it is shown as plain text.
    std::panic::catch_unwind(read).ok().flatten().map(Parsed)
}

fn is_affordable(raw: &[u8]) -> bool {
    let lines = raw.iter().filter(|byte| **byte == b'\n').count();
    if lines > SHORT_LINES_MAX && raw.len() / lines < 24 {
        return false;
    }
    let boundaries = count(raw, b"boundary");
    boundaries.saturating_mul(raw.len()) <= SOUGHT_MAX_BYTES
        && count(raw, b"content-type") <= PIECES_MAX
        && (boundaries == 0 || dashes(raw) <= PIECES_MAX)
}

fn count(raw: &[u8], word: &[u8]) -> usize {
    raw.windows(word.len()).filter(|window| window.eq_ignore_ascii_case(word)).count()
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
