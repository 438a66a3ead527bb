//! A form's fields, read once and handed on unchanged (WHATWG URL §5, application/x-www-form-urlencoded).

use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;

use super::FORM_BYTES_MAX;
use crate::Trouble;

/// The field that carries the token.
pub const FIELD: &str = "token";
/// Fields whose values are asked anew instead: a page that lies open would tell them.
const SECRETS: [&str; 5] = ["password", "new", "repeat", "code", "share"];
/// The most fields that are kept on a page.
const FIELDS_MAX: usize = 5000;

/// Names and values in order, as they came.
#[derive(Clone, Debug, Default)]
pub struct Fields {
    bytes: Bytes,
    all: Vec<(String, String)>,
}

impl Fields {
    /// Reads a body.
    #[must_use]
    pub fn read(bytes: Bytes) -> Self {
        let all = url_decoded(&bytes).take(FIELDS_MAX).collect();
        Self { bytes, all }
    }

    /// The first value of this name; empty when there is none.
    #[must_use]
    pub fn value(&self, name: &str) -> &str {
        self.all.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    /// All but the token, and what no page may show again.
    pub fn iter(&self) -> impl Iterator<Item = &(String, String)> {
        self.all.iter().filter(|(name, _)| name != FIELD && !SECRETS.contains(&name.as_str()))
    }

    pub(super) fn into_bytes(self) -> Bytes {
        self.bytes
    }
}

/// Takes the body out of a request.
pub(super) async fn taken(request: &mut Request) -> Result<Fields, Response> {
    let body = std::mem::take(request.body_mut());
    let read = axum::body::to_bytes(body, FORM_BYTES_MAX).await;
    read.map(Fields::read).map_err(|_| Trouble::TooLarge.into_response())
}

fn url_decoded(bytes: &[u8]) -> impl Iterator<Item = (String, String)> + '_ {
    bytes.split(|octet| *octet == b'&').filter(|pair| !pair.is_empty()).map(|pair| {
        let cut = pair.iter().position(|octet| *octet == b'=').unwrap_or(pair.len());
        let (name, value) = pair.split_at(cut);
        (decoded(name), decoded(value.strip_prefix(b"=").unwrap_or_default()))
    })
}

fn decoded(text: &[u8]) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        let hex = after.get(..2).and_then(|pair| std::str::from_utf8(pair).ok());
        match (first, hex.and_then(|pair| u8::from_str_radix(pair, 16).ok())) {
            (b'%', Some(octet)) => {
                out.push(octet);
                rest = after.get(2..).unwrap_or_default();
            }
            (b'+', _) => out.push(b' '),
            _ => out.push(*first),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// A value as it stands in a URL's query.
#[must_use]
pub fn encoded(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for octet in value.bytes() {
        match octet {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => out.push(char::from(octet)),
            _ => out.push_str(&format!("%{octet:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_come_out_as_they_were_typed() {
        let fields = Fields::read(Bytes::from_static(b"token=abc&text=a%20b+c%0D%0A%C3%A9&x=&odd=100%&%zz=1"));
        assert_eq!(fields.value("token"), "abc");
        assert_eq!(fields.value("text"), "a b c\r\né");
        assert_eq!(fields.value("odd"), "100%");
        assert_eq!(fields.value("%zz"), "1");
        assert_eq!(fields.iter().count(), 4);
    }

    #[test]
    fn what_is_encoded_is_decoded_the_same() {
        let text = "à /f/1?page=2&q=\"x y\"+%🙂";
        assert_eq!(decoded(encoded(text).as_bytes()), text);
    }
}
