//! The header of a message as bytes: finding fields, and what a submission server adds and drops.
//!
//! ```text
//! field = name ":" value CRLF *( WSP value CRLF )          (RFC 5322 §2.2, §2.2.3)
//! ```
//!
//! Nothing is decoded here and nothing else is changed, so signatures of others stay whole.

use std::borrow::Cow;

use mail::{Address, Timestamp};

/// The header of `raw` with the line end of its last field, without the empty line.
#[must_use]
pub fn header_of(raw: &[u8]) -> &[u8] {
    let length: usize = lines(raw).take_while(|line| !matches!(line, [b'\n'] | [b'\r', b'\n'])).map(<[u8]>::len).sum();
    raw.get(..length).unwrap_or(raw)
}

/// The fields of a header, each whole with its folded lines.
pub fn fields(raw: &[u8]) -> impl Iterator<Item = Field<'_>> {
    let mut rest = header_of(raw);
    std::iter::from_fn(move || {
        let mut length = 0;
        for line in lines(rest) {
            let folded = matches!(line.first(), Some(b' ' | b'\t'));
            if length > 0 && !folded {
                break;
            }
            length += line.len();
        }
        let (whole, after) = rest.split_at_checked(length)?;
        rest = after;
        (!whole.is_empty()).then_some(Field { whole })
    })
}

fn lines(raw: &[u8]) -> impl Iterator<Item = &[u8]> {
    raw.split_inclusive(|&b| b == b'\n')
}

/// One field.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    whole: &'a [u8],
}

impl<'a> Field<'a> {
    /// The field with its line ends.
    #[must_use]
    pub fn whole(self) -> &'a [u8] {
        self.whole
    }

    /// The name; empty for a line that is no field.
    #[must_use]
    pub fn name(self) -> &'a str {
        let name = self.whole.split(|&b| b == b':').next().unwrap_or_default();
        let known = name.len() < self.whole.len();
        std::str::from_utf8(name).ok().filter(|_| known).unwrap_or_default().trim_end()
    }

    /// What follows the colon, unfolded.
    #[must_use]
    pub fn value(self) -> String {
        let after = memchr::memchr(b':', self.whole).map_or(0, |colon| colon + 1);
        let value = String::from_utf8_lossy(self.whole.get(after..).unwrap_or_default());
        value.replace(['\r', '\n'], "").trim().to_owned()
    }

    /// Whether this is the field of that name, in any case.
    #[must_use]
    pub fn is(self, name: &str) -> bool {
        self.name().eq_ignore_ascii_case(name)
    }
}

/// The first field of that name, unfolded.
#[must_use]
pub fn value_of(raw: &[u8], name: &str) -> Option<String> {
    fields(raw).find(|field| field.is(name)).map(Field::value)
}

/// The addresses that the `From` fields name, decoded. One that cannot be read makes the list empty: who
/// cannot be checked may not send.
#[must_use]
pub fn from_addresses(raw: &[u8]) -> Vec<Address> {
    let header = header_of(raw);
    let Some(message) = mail_parser::MessageParser::new().parse_headers(header) else { return Vec::new() };
    let named = message.headers().iter().filter(|field| field.name == mail_parser::HeaderName::From);
    let addresses = named.flat_map(|field| match &field.value {
        mail_parser::HeaderValue::Address(list) => list.iter().map(|one| one.address().map(str::to_owned)).collect(),
        _ => vec![None],
    });
    let parsed: Option<Vec<Address>> = addresses.map(|text| Address::parse(&text?).ok()).collect();
    parsed.unwrap_or_default()
}

/// The message without `Authentication-Results` that a stranger wrote in our name (RFC 8601 §5): mail programs believe
/// those of their own server, which is `authority`.
#[must_use]
pub fn without_false_verdicts<'a>(raw: &'a [u8], authority: &str) -> Cow<'a, [u8]> {
    let is_false = |field: Field<'_>| {
        field.is("Authentication-Results") && authority_of(&field.value()).eq_ignore_ascii_case(authority)
    };
    if !fields(raw).any(is_false) {
        return Cow::Borrowed(raw);
    }
    let kept = fields(raw).filter(|field| !is_false(*field)).flat_map(Field::whole);
    let rest = raw.get(header_of(raw).len()..).unwrap_or_default();
    Cow::Owned(kept.chain(rest).copied().collect())
}

/// Who judged: `authserv-id` of RFC 8601 §2.2, after comments, quoted or not.
fn authority_of(value: &str) -> &str {
    let mut rest = value.trim_start();
    while rest.starts_with('(') {
        let mut depth = 0_usize;
        let end = rest.char_indices().find(|(_, letter)| {
            depth = match letter {
                '(' => depth + 1,
                ')' => depth.saturating_sub(1),
                _ => depth,
            };
            depth == 0
        });
        rest = end.and_then(|(at, _)| rest.get(at + 1..)).unwrap_or_default().trim_start();
    }
    match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next().unwrap_or_default(),
        None => rest.split([' ', '\t', ';', '(']).next().unwrap_or_default(),
    }
    .trim_end_matches('.')
}

/// What a submission server does to a message of its staff: `Date` and `Message-ID` are added when they are
/// missing (RFC 6409 §8.2, §8.3), `Bcc` and a `Return-Path` that has no business there are dropped
/// (RFC 5322 §3.6.3, RFC 5321 §4.4).
///
/// `unique` is 16 octets that nobody has used before; `hostname` is the right part of the message id.
#[must_use]
pub fn completed(raw: Vec<u8>, now: Timestamp, unique: [u8; 16], hostname: &str) -> Vec<u8> {
    let has = |name: &str| fields(&raw).any(|field| field.is(name));
    let unwanted = |field: Field<'_>| field.is("Bcc") || field.is("Return-Path");
    let (dated, named) = (has("Date"), has("Message-ID"));
    if dated && named && !fields(&raw).any(unwanted) {
        return raw;
    }
    let mut out = Vec::with_capacity(raw.len() + 128);
    if !dated {
        out.extend_from_slice(format!("Date: {}\r\n", now.rfc5322()).as_bytes());
    }
    if !named {
        out.extend_from_slice(format!("Message-ID: <{:032x}@{hostname}>\r\n", u128::from_be_bytes(unique)).as_bytes());
    }
    let header = header_of(&raw);
    fields(&raw).filter(|field| !unwanted(*field)).for_each(|field| out.extend_from_slice(field.whole()));
    let rest = raw.get(header.len()..).unwrap_or_default();
    // A message without any field has no empty line either.
    if header.is_empty() && !rest.starts_with(b"\r\n") {
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(rest);
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use proptest::prelude::*;

    use super::*;

    fn complete(raw: &str) -> String {
        String::from_utf8(completed(raw.as_bytes().to_vec(), Timestamp::from_unix_s(0), [1; 16], "mx.test")).unwrap()
    }

    #[test]
    fn fields_are_found_with_their_folds() {
        let raw = b"Subject: a\r\n b\r\nTO : c\r\n\r\nDate: not me\r\n";
        assert_eq!(value_of(raw, "subject").as_deref(), Some("a b"));
        assert_eq!(value_of(raw, "To").as_deref(), Some("c"));
        assert_eq!(value_of(raw, "Date"), None);
        assert_eq!(header_of(b"a: b\r\n"), b"a: b\r\n");
    }

    #[test]
    fn what_is_missing_is_added_and_what_is_secret_is_dropped() {
        let out = complete("From: a@b.test\r\nBcc: c@d.test,\r\n e@f.test\r\nTo: g@h.test\r\n\r\nhello\r\n");
        assert_eq!(
            out,
            "Date: Thu, 01 Jan 1970 00:00:00 +0000\r\nMessage-ID: <01010101010101010101010101010101@mx.test>\r\n\
             From: a@b.test\r\nTo: g@h.test\r\n\r\nhello\r\n"
        );
        assert_eq!(complete(&out), out);
    }

    #[test]
    fn verdicts_in_our_name_are_dropped_however_they_are_written() {
        let left =
            |raw: &str| String::from_utf8(without_false_verdicts(raw.as_bytes(), "mx.test").into_owned()).unwrap();
        for id in ["mx.test", "MX.Test 1", "\"mx.test\"", "(a (b) c) mx.test", "\r\n mx.test(x)", "mx.test."] {
            let raw =
                format!("From: a@b.test\r\nauthentication-results: {id}; spf=pass\r\n dkim=pass\r\nTo: c\r\n\r\nx\r\n");
            assert_eq!(left(&raw), "From: a@b.test\r\nTo: c\r\n\r\nx\r\n", "{id}");
        }
        for raw in [
            "Authentication-Results: mx.elsewhere.test; spf=pass\r\n\r\nAuthentication-Results: mx.test; spf=pass\r\n",
            "Authentication-Results: (((\r\n\r\nx",
            "Authentication-Results:\r\n\r\nx",
            "",
        ] {
            assert_eq!(left(raw), raw);
        }
    }

    #[test]
    fn a_message_without_a_header_gets_one() {
        assert!(complete("\r\nhello\r\n").ends_with("@mx.test>\r\n\r\nhello\r\n"));
        assert!(complete("").ends_with("@mx.test>\r\n\r\n"));
    }

    #[test]
    fn every_from_address_is_named_or_none() {
        let named = |text: &str| from_addresses(text.as_bytes()).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(named("From: =?utf-8?q?A?= <a@corp.test>, B <b@corp.test>\r\n\r\n"), ["a@corp.test", "b@corp.test"]);
        assert_eq!(named("From: a@corp.test\r\nTo: x@y.test\r\nfrom: c@evil.test\r\n\r\n").len(), 2);
        assert_eq!(named("From: group: a@corp.test, b@corp.test;\r\n\r\n").len(), 2);
        assert_eq!(named("From: a@corp.test, nobody\r\n\r\n"), [""; 0]);
        assert_eq!(named("Subject: none\r\n\r\nFrom: a@corp.test\r\n"), [""; 0]);
    }

    proptest! {
        #[test]
        fn the_fields_of_a_header_are_the_header(raw in "[a: \r\n]{0,60}") {
            let whole: Vec<u8> = fields(raw.as_bytes()).flat_map(|field| field.whole().to_vec()).collect();
            prop_assert_eq!(whole, header_of(raw.as_bytes()).to_vec());
        }
    }
}
