//! Octets of a part as they were before they travelled (RFC 2045 §6), and text out of them.

use mail::Part;
use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::charsets::map::charset_decoder;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;

/// Octets of a text part that are looked at, still encoded.
const TEXT_MAX_BYTES: usize = 8 * 1024 * 1024;
/// Octets of a page in which its charset may be said.
const META_BYTES: usize = 2048;

/// What a part holds. What cannot be decoded comes as it is.
#[must_use]
pub fn octets(part: &Part, raw: &[u8]) -> Vec<u8> {
    decoded(part, raw.get(part.body()).unwrap_or_default())
}

fn decoded(part: &Part, body: &[u8]) -> Vec<u8> {
    let decoded = match part.encoding.as_str() {
        "base64" => base64_decode(body).or_else(|| base64_decode(data(body))),
        "quoted-printable" => quoted_printable_decode(body),
        "x-uuencode" | "uuencode" | "x-uue" => None,
        _ => None,
    };
    decoded.unwrap_or_else(|| body.to_vec())
}

/// Base64 without what a mailing list wrote below it: it ends at its padding, or where a line is none of its own
/// (RFC 2045 §6.8).
fn data(body: &[u8]) -> &[u8] {
    let is_foreign = |octet: &u8| !(octet.is_ascii_alphanumeric() || b"+/=\r\n".contains(octet));
    let mut end = 0;
    for line in body.split_inclusive(|octet| *octet == b'\n') {
        if line.iter().any(is_foreign) {
            break;
        }
        end += line.len();
        if line.contains(&b'=') {
            break;
        }
    }
    body.get(..end).unwrap_or(body)
}

/// What a text part says.
#[must_use]
pub fn text(part: &Part, raw: &[u8]) -> String {
    let body = raw.get(part.body()).unwrap_or_default();
    let octets = decoded(part, body.get(..TEXT_MAX_BYTES).unwrap_or(body));
    let said = part.parameters.iter().find(|(name, _)| name == "charset").map(|(_, value)| value.trim());
    let said = said.filter(|charset| !charset.is_empty() && !charset.eq_ignore_ascii_case("us-ascii"));
    let inside = || (part.subtype == "html").then(|| declared(&octets)).flatten();
    let charset = said.map(str::to_owned).or_else(inside);
    // Many say one charset and write another: what is UTF-8 is hardly ever anything else.
    let is_stateful =
        octets.contains(&0x1b) || charset.as_ref().is_some_and(|name| name.to_ascii_lowercase().starts_with("utf-"));
    match std::str::from_utf8(&octets) {
        Ok(text) if !is_stateful || charset.as_ref().is_some_and(|name| name.eq_ignore_ascii_case("utf-8")) => {
            text.to_owned()
        }
        _ => foreign(&octets, charset.as_deref()),
    }
}

fn foreign(octets: &[u8], charset: Option<&str>) -> String {
    match charset.and_then(|name| charset_decoder(name.as_bytes())) {
        Some(decode) => decode(octets),
        // Old mail programs of this part of the world.
        None if std::str::from_utf8(octets).is_err() => charset_decoder(b"windows-1252")
            .map_or_else(|| String::from_utf8_lossy(octets).into_owned(), |decode| decode(octets)),
        None => String::from_utf8_lossy(octets).into_owned(),
    }
}

/// The charset that a page says of itself in a `<meta>`.
fn declared(octets: &[u8]) -> Option<String> {
    let start = String::from_utf8_lossy(octets.get(..META_BYTES).unwrap_or(octets)).to_ascii_lowercase();
    let (_, after) = start.split_once("charset=")?;
    let name = after.trim_start_matches(['"', '\'', ' ']);
    let end = name.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':'))).unwrap_or(name.len());
    name.get(..end.min(40)).filter(|name| !name.is_empty()).map(str::to_owned)
}
