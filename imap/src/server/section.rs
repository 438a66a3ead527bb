//! Which octets of a message a section means (RFC 9051 §6.4.5.1).
//!
//! ```text
//!   BODY[]            all of it                    BODY[2.MIME]      the header of part 2
//!   BODY[HEADER]      its header, and empty line   BODY[2]           the body of part 2
//!   BODY[TEXT]        what follows                 BODY[2.HEADER]    the header of the message in part 2
//! ```

use std::borrow::Cow;
use std::fmt::Write as _;

use imap_codec::imap_types::core::AString;
use imap_codec::imap_types::fetch::{Part as Path, Section};
use mail::Part;

/// The octets, or nothing when there is no such part.
pub(super) fn octets<'a>(raw: &'a [u8], root: Option<&Part>, section: Option<&Section<'_>>) -> Option<Cow<'a, [u8]>> {
    let whole = Cow::Borrowed(raw);
    match section {
        None => Some(whole),
        Some(Section::Part(path)) => slice(raw, part(root, path)?.body()),
        Some(Section::Mime(path)) => slice(raw, part(root, path)?.header()),
        Some(Section::Header(path)) => header(raw, root, path.as_ref()).map(Cow::Borrowed),
        Some(Section::Text(path)) => text(raw, root, path.as_ref()).map(Cow::Borrowed),
        Some(Section::HeaderFields(path, names)) => {
            header(raw, root, path.as_ref()).map(|header| Cow::Owned(fields(header, names.as_ref(), true)))
        }
        Some(Section::HeaderFieldsNot(path, names)) => {
            header(raw, root, path.as_ref()).map(|header| Cow::Owned(fields(header, names.as_ref(), false)))
        }
    }
}

fn slice(raw: &[u8], range: std::ops::Range<usize>) -> Option<Cow<'_, [u8]>> {
    raw.get(range).map(Cow::Borrowed)
}

fn part<'p>(root: Option<&'p Part>, path: &Path) -> Option<&'p Part> {
    let numbers: Vec<u32> = path.0.as_ref().iter().map(|number| number.get()).collect();
    root?.at(&numbers)
}

// With a path, HEADER and TEXT mean the message inside a message/rfc822 part.
fn header<'a>(raw: &'a [u8], root: Option<&Part>, path: Option<&Path>) -> Option<&'a [u8]> {
    match path {
        None => raw.get(..body_start(raw)),
        Some(path) => raw.get(part(root, path)?.inner.as_ref()?.root.header()),
    }
}

fn text<'a>(raw: &'a [u8], root: Option<&Part>, path: Option<&Path>) -> Option<&'a [u8]> {
    match path {
        None => raw.get(body_start(raw)..),
        Some(path) => raw.get(part(root, path)?.inner.as_ref()?.root.body()),
    }
}

/// Where the body starts: after the first empty line.
pub(super) fn body_start(raw: &[u8]) -> usize {
    if raw.starts_with(b"\r\n") {
        return 2;
    }
    let mut from = 0;
    while let Some(found) = raw.get(from..).and_then(|rest| rest.iter().position(|byte| *byte == b'\n')) {
        let after = from + found + 1;
        match raw.get(after..) {
            Some([b'\r', b'\n', ..]) => return after + 2,
            Some([b'\n', ..]) => return after + 1,
            _ => from = after,
        }
    }
    raw.len()
}

/// The fields with (or without) these names, and the empty line (RFC 9051 §6.4.5.1).
fn fields(header: &[u8], names: &[AString<'_>], with: bool) -> Vec<u8> {
    let mut out = Vec::new();
    for field in unfolded(header) {
        let name = field.split(|byte| *byte == b':').next().unwrap_or_default().trim_ascii_end();
        let named = names.iter().any(|wanted| wanted.as_ref().eq_ignore_ascii_case(name));
        if named == with {
            out.extend_from_slice(field);
        }
    }
    out.extend_from_slice(b"\r\n");
    out
}

/// Each field with its continuation lines, the empty line left out.
fn unfolded(header: &[u8]) -> Vec<&[u8]> {
    let mut fields = Vec::new();
    let mut start = 0;
    let ends = header.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
    for end in ends.chain([header.len()]) {
        let goes_on = matches!(header.get(end), Some(b' ' | b'\t'));
        let field = header.get(start..end).unwrap_or_default();
        if !goes_on {
            if !field.trim_ascii().is_empty() {
                fields.push(field);
            }
            start = end;
        }
    }
    fields
}

/// The section as the response repeats it.
pub(super) fn written(section: Option<&Section<'_>>) -> String {
    let Some(section) = section else { return String::new() };
    let (path, word, names) = match section {
        Section::Part(path) => (Some(path), "", None),
        Section::Mime(path) => (Some(path), "MIME", None),
        Section::Header(path) => (path.as_ref(), "HEADER", None),
        Section::Text(path) => (path.as_ref(), "TEXT", None),
        Section::HeaderFields(path, names) => (path.as_ref(), "HEADER.FIELDS", Some(names)),
        Section::HeaderFieldsNot(path, names) => (path.as_ref(), "HEADER.FIELDS.NOT", Some(names)),
    };
    let numbers: Vec<String> =
        path.map(|path| path.0.as_ref().iter().map(ToString::to_string).collect()).unwrap_or_default();
    let mut text = numbers.join(".");
    if !text.is_empty() && !word.is_empty() {
        text.push('.');
    }
    text.push_str(word);
    if let Some(names) = names {
        let names: Vec<Cow<'_, str>> =
            names.as_ref().iter().map(|name| String::from_utf8_lossy(name.as_ref())).collect();
        // A name that needs quoting names no field that any message has.
        let plain = names.iter().map(|name| name.chars().filter(char::is_ascii_graphic).collect::<String>());
        let _ = write!(text, " ({})", plain.collect::<Vec<_>>().join(" "));
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn the_body_starts_after_the_first_empty_line() {
        assert_eq!(body_start(b"A: b\r\n\r\nc"), 8);
        assert_eq!(body_start(b"\r\nc"), 2);
        assert_eq!(body_start(b"A: b\r\n"), 6);
        assert_eq!(body_start(b"A: b\n\nc"), 6);
    }

    #[test]
    fn fields_come_with_their_continuation_lines() {
        let header = b"To: a,\r\n b\r\nSubject: x\r\nto: c\r\n\r\n";
        let names = [AString::try_from("TO").unwrap()];
        assert_eq!(fields(header, &names, true), b"To: a,\r\n b\r\nto: c\r\n\r\n");
        assert_eq!(fields(header, &names, false), b"Subject: x\r\n\r\n");
    }
}
