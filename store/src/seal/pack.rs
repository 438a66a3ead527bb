//! Compression before sealing.
//!
//! ```text
//!   packed = 0x00 bytes | 0x01 u32be(length) zstd-frame | 0x02 u32be(length) zstd-frame with our dictionary
//! ```
//!
//! The dictionary is `mail-1.dict` with CRLF line ends: what headers, pages and letters have in common. Small messages
//! are mostly that. It never changes: another one would be another kind.

use std::cell::RefCell;
use std::sync::LazyLock;

use zstd::bulk::{Compressor, Decompressor};
use zstd::dict::{DecoderDictionary, EncoderDictionary};

const PLAIN: u8 = 0;
const ZSTD: u8 = 1;
const WITH_DICTIONARY: u8 = 2;
/// zstd's own default: twice the speed of the next levels for nearly their size.
const LEVEL: i32 = 3;
/// Below this a frame's header eats what it saves.
const WORTHWHILE: usize = 48;
/// No content is larger; a length above it is damage.
const LARGEST: usize = 1 << 30;

static DICTIONARY: LazyLock<Vec<u8>> = LazyLock::new(|| include_str!("mail-1.dict").replace('\n', "\r\n").into_bytes());
static ENCODER: LazyLock<EncoderDictionary<'static>> = LazyLock::new(|| EncoderDictionary::copy(&DICTIONARY, LEVEL));
static DECODER: LazyLock<DecoderDictionary<'static>> = LazyLock::new(|| DecoderDictionary::copy(&DICTIONARY));

thread_local! {
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> =
        RefCell::new(Compressor::with_prepared_dictionary(&ENCODER).ok());
    static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> =
        RefCell::new(Decompressor::with_prepared_dictionary(&DECODER).ok());
    /// For what was written before there was a dictionary.
    static BARE_DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = RefCell::new(Decompressor::new().ok());
}

/// Packs bytes, compressed where that makes them smaller.
pub(super) fn pack(bytes: &[u8]) -> Vec<u8> {
    compressed(bytes).filter(|packed| packed.len() < bytes.len()).unwrap_or_else(|| {
        let mut packed = Vec::with_capacity(bytes.len() + 1);
        packed.push(PLAIN);
        packed.extend_from_slice(bytes);
        packed
    })
}

fn compressed(bytes: &[u8]) -> Option<Vec<u8>> {
    if bytes.len() < WORTHWHILE {
        return None;
    }
    let length = u32::try_from(bytes.len()).ok()?;
    let frame = COMPRESSOR.with_borrow_mut(|zstd| zstd.as_mut()?.compress(bytes).ok())?;
    let mut packed = Vec::with_capacity(frame.len() + 5);
    packed.push(WITH_DICTIONARY);
    packed.extend_from_slice(&length.to_be_bytes());
    packed.extend_from_slice(&frame);
    Some(packed)
}

/// Unpacks; `None` for what [`pack`] never wrote.
pub(super) fn unpack(packed: &[u8]) -> Option<Vec<u8>> {
    let (&kind, rest) = packed.split_first()?;
    if kind == PLAIN {
        return Some(rest.to_vec());
    }
    let (length, frame) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let decompressor = match kind {
        ZSTD => &BARE_DECOMPRESSOR,
        WITH_DICTIONARY => &DECOMPRESSOR,
        _ => return None,
    };
    if length > LARGEST {
        return None;
    }
    let bytes = decompressor.with_borrow_mut(|zstd| zstd.as_mut()?.decompress(frame, length).ok())?;
    (bytes.len() == length).then_some(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use sha2::{Digest as _, Sha256};

    use super::*;

    #[test]
    fn what_was_packed_comes_back() {
        for text in [String::new(), "bref".into(), "Le conseil municipal se réunit jeudi. ".repeat(9)] {
            assert_eq!(unpack(&pack(text.as_bytes())).unwrap(), text.as_bytes());
        }
        let header =
            b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: 7bit\r\n";
        assert!(pack(header).len() < header.len() / 2, "{}", pack(header).len());
    }

    #[test]
    fn what_was_packed_without_a_dictionary_is_read() {
        let text = "Le conseil municipal se réunit jeudi. ".repeat(9);
        let frame = Compressor::new(LEVEL).unwrap().compress(text.as_bytes()).unwrap();
        let length = u32::try_from(text.len()).unwrap().to_be_bytes();
        assert_eq!(unpack(&[&[ZSTD][..], &length, &frame].concat()).unwrap(), text.as_bytes());
        assert_eq!(unpack(&[&[9][..], &length, &frame].concat()), None);
    }

    #[test]
    fn the_dictionary_is_the_one_that_is_documented() {
        let found = hex::encode(Sha256::digest(&*DICTIONARY));
        let format = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/format.md")).unwrap();
        assert!(format.contains(&found), "docs/format.md does not name {found}");
    }
}
