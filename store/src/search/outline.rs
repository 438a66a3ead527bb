//! What a segment is made of: a byte for each message, and the first word of each block.
//!
//! ```text
//!   outline = varint(messages) *flags varint(blocks) *( varint(length) word )
//! ```

use mail::search::{How, Lookup};

use super::varint::{put, take, take_bytes};

/// A flag: words of the message were left out, only reading it tells.
pub(crate) const CUT: u8 = 1;
/// A flag: something hangs on it.
pub(crate) const ATTACHMENT: u8 = 2;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outline {
    /// A byte for each message.
    pub(crate) flags: Vec<u8>,
    /// The first word of each block, in order.
    pub(crate) firsts: Vec<String>,
}

impl Outline {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.flags.len() + self.firsts.len() * 12 + 8);
        put(&mut bytes, u32::try_from(self.flags.len()).unwrap_or(u32::MAX));
        bytes.extend_from_slice(&self.flags);
        put(&mut bytes, u32::try_from(self.firsts.len()).unwrap_or(u32::MAX));
        for word in &self.firsts {
            put(&mut bytes, u32::try_from(word.len()).unwrap_or(u32::MAX));
            bytes.extend_from_slice(word.as_bytes());
        }
        bytes
    }

    pub(crate) fn parse(mut bytes: &[u8]) -> Option<Self> {
        let bytes = &mut bytes;
        let flags = take_bytes(bytes)?.to_vec();
        let blocks = take(bytes)?;
        let mut firsts = Vec::new();
        for _ in 0..blocks {
            firsts.push(String::from_utf8(take_bytes(bytes)?.to_vec()).ok()?);
        }
        (bytes.is_empty() && firsts.is_sorted()).then_some(Self { flags, firsts })
    }

    /// The blocks that may have words which answer a lookup.
    pub(crate) fn blocks_for(&self, lookup: &Lookup) -> std::ops::Range<usize> {
        let word = lookup.word.as_str();
        if matches!(lookup.how, How::End | How::Within) {
            return 0..self.firsts.len();
        }
        let from = self.firsts.partition_point(|first| first.as_str() <= word).saturating_sub(1);
        let until = match lookup.how {
            How::Whole => self.firsts.partition_point(|first| first.as_str() <= word),
            _ => self.firsts.partition_point(|first| first.as_str() <= word || first.starts_with(word)),
        };
        from..until.max(from)
    }
}
