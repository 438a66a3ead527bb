//! The authenticated mark by which Relais knows its own messages again.

use std::fmt;

/// The value of a `Relais-Id` header: `<content id, 32 hex digits>.<tag, 32 hex digits>`.
///
/// The tag is made and checked in `store`, which holds the key; this is only its shape. A mark whose tag
/// does not verify is a stranger's text and means nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RelaisId {
    /// The content this message is a copy of.
    pub content: [u8; 16],
    /// The first half of an HMAC-SHA256 over the content id.
    pub tag: [u8; 16],
}

impl RelaisId {
    /// The header's name.
    pub const HEADER: &'static str = "Relais-Id";

    /// Reads a header value; `None` for anything of another shape.
    #[must_use]
    pub fn parse(value: &str) -> Option<Self> {
        let (content, tag) = value.trim().split_once('.')?;
        Some(Self { content: from_hex(content)?, tag: from_hex(tag)? })
    }
}

fn from_hex(text: &str) -> Option<[u8; 16]> {
    let whole = text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit());
    whole.then(|| u128::from_str_radix(text, 16).ok()).flatten().map(u128::to_be_bytes)
}

impl fmt::Display for RelaisId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}.{:032x}", u128::from_be_bytes(self.content), u128::from_be_bytes(self.tag))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn printing_and_parsing_are_inverse() {
        let id = RelaisId { content: [7; 16], tag: [0; 16] };
        assert_eq!(RelaisId::parse(&id.to_string()), Some(id));
    }

    #[test]
    fn other_shapes_are_nobodys_mark() {
        for bad in ["", ".", "0.0", "+0000000000000000000000000000000.00000000000000000000000000000000", "é"] {
            assert_eq!(RelaisId::parse(bad), None, "{bad:?}");
        }
    }
}
