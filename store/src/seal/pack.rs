//! Compression before sealing.
//!
//! ```text
//!   packed = 0x00 bytes
//!          | 0x01 u32be(length) zstd-frame
//!          | 0x02 u32be(length) zstd-frame with our dictionary
//!          | 0x03 u32be(length) zstd-frame with our dictionary and what stands beside it, one after the other
//! ```
//!
//! What stands beside a message is its own summary: what that says of people, subject and first words, the message need
//! not say again. Nothing is compressed with what another message says, whose words would show in the size.
//!
//! The dictionary is `mail-1.dict` with CRLF line ends: what headers, pages and letters have in common. Small messages
//! are mostly that. It never changes: another one would be another kind.

use std::cell::RefCell;
use std::sync::LazyLock;

use zstd::bulk::{Compressor, Decompressor};
use zstd::dict::{DecoderDictionary, EncoderDictionary};
use zstd::zstd_safe::{CCtx, CParameter, DCtx, compress_bound};

const PLAIN: u8 = 0;
const ZSTD: u8 = 1;
const WITH_DICTIONARY: u8 = 2;
const BESIDE: u8 = 3;
/// zstd's own default: twice the speed of the next levels for nearly their size.
const LEVEL: i32 = 3;
/// For messages, which are most of what is stored: the last level before speed halves.
const MESSAGE_LEVEL: i32 = 5;
/// From here on what stands beside saves less than one byte in a hundred, and costs more than the compression.
const BESIDE_BELOW: usize = 8192;
/// Below this a frame's header eats what it saves.
const WORTHWHILE: usize = 48;
/// No content is larger; a length above it is damage.
const LARGEST: usize = 1 << 30;

static DICTIONARY: LazyLock<Vec<u8>> = LazyLock::new(|| include_str!("mail-1.dict").replace('\n', "\r\n").into_bytes());
static ENCODER: LazyLock<EncoderDictionary<'static>> = LazyLock::new(|| EncoderDictionary::copy(&DICTIONARY, LEVEL));
static MESSAGE_ENCODER: LazyLock<EncoderDictionary<'static>> =
    LazyLock::new(|| EncoderDictionary::copy(&DICTIONARY, MESSAGE_LEVEL));
static DECODER: LazyLock<DecoderDictionary<'static>> = LazyLock::new(|| DecoderDictionary::copy(&DICTIONARY));

thread_local! {
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> =
        RefCell::new(Compressor::with_prepared_dictionary(&ENCODER).ok());
    static MESSAGE_COMPRESSOR: RefCell<Option<Compressor<'static>>> =
        RefCell::new(Compressor::with_prepared_dictionary(&MESSAGE_ENCODER).ok());
    static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> =
        RefCell::new(Decompressor::with_prepared_dictionary(&DECODER).ok());
    /// For what was written before there was a dictionary.
    static BARE_DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = RefCell::new(Decompressor::new().ok());
}

/// Packs bytes, compressed where that makes them smaller.
pub(super) fn pack(bytes: &[u8]) -> Vec<u8> {
    smaller(bytes, || {
        let frame = COMPRESSOR.with_borrow_mut(|zstd| zstd.as_mut()?.compress(bytes).ok())?;
        Some((WITH_DICTIONARY, frame))
    })
}

/// Packs a message, of which `beside` is known to whoever will unpack it. Large ones do without that.
pub(super) fn pack_beside(bytes: &[u8], beside: &[u8]) -> Vec<u8> {
    smaller(bytes, || {
        if bytes.len() >= BESIDE_BELOW {
            let frame = MESSAGE_COMPRESSOR.with_borrow_mut(|zstd| zstd.as_mut()?.compress(bytes).ok())?;
            return Some((WITH_DICTIONARY, frame));
        }
        let known = known(beside);
        let mut zstd = CCtx::create();
        zstd.set_parameter(CParameter::CompressionLevel(MESSAGE_LEVEL)).ok()?;
        zstd.ref_prefix(&known).ok()?;
        let mut frame = Vec::with_capacity(compress_bound(bytes.len()));
        zstd.compress2(&mut frame, bytes).ok()?;
        Some((BESIDE, frame))
    })
}

fn known(beside: &[u8]) -> Vec<u8> {
    [&DICTIONARY, beside].concat()
}

fn smaller(bytes: &[u8], compress: impl FnOnce() -> Option<(u8, Vec<u8>)>) -> Vec<u8> {
    let frame = if bytes.len() < WORTHWHILE { None } else { compress() };
    let length = u32::try_from(bytes.len()).ok();
    let (kind, head, rest) = match (&frame, length) {
        (Some((kind, frame)), Some(length)) if frame.len() + 5 < bytes.len() => {
            (*kind, length.to_be_bytes().to_vec(), frame.as_slice())
        }
        _ => (PLAIN, Vec::new(), bytes),
    };
    let mut packed = Vec::with_capacity(1 + head.len() + rest.len());
    packed.push(kind);
    packed.extend_from_slice(&head);
    packed.extend_from_slice(rest);
    packed
}

/// Unpacks; `None` for what neither [`pack`] nor [`pack_beside`] wrote. What stood beside it matters to the latter.
pub(super) fn unpack(packed: &[u8], beside: &[u8]) -> Option<Vec<u8>> {
    let (&kind, rest) = packed.split_first()?;
    if kind == PLAIN {
        return Some(rest.to_vec());
    }
    let (length, frame) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    if length > LARGEST {
        return None;
    }
    let bytes = match kind {
        ZSTD => BARE_DECOMPRESSOR.with_borrow_mut(|zstd| zstd.as_mut()?.decompress(frame, length).ok())?,
        WITH_DICTIONARY => DECOMPRESSOR.with_borrow_mut(|zstd| zstd.as_mut()?.decompress(frame, length).ok())?,
        BESIDE => unpacked_beside(frame, length, beside)?,
        _ => return None,
    };
    (bytes.len() == length).then_some(bytes)
}

fn unpacked_beside(frame: &[u8], length: usize, beside: &[u8]) -> Option<Vec<u8>> {
    let known = known(beside);
    let mut zstd = DCtx::create();
    zstd.ref_prefix(&known).ok()?;
    let mut bytes = Vec::with_capacity(length);
    zstd.decompress(&mut bytes, frame).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use sha2::{Digest as _, Sha256};

    use super::*;

    #[test]
    fn what_was_packed_comes_back() {
        for text in [String::new(), "bref".into(), "Le conseil municipal se réunit jeudi. ".repeat(9)] {
            assert_eq!(unpack(&pack(text.as_bytes()), b"").unwrap(), text.as_bytes());
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
        assert_eq!(unpack(&[&[ZSTD][..], &length, &frame].concat(), b"").unwrap(), text.as_bytes());
        assert_eq!(unpack(&[&[9][..], &length, &frame].concat(), b""), None);
    }

    #[test]
    fn what_stands_beside_a_message_need_not_be_said_again() {
        let beside = "Hélène Préfecture <helene.prefecture@mairie.test> Re: travaux de la rue Haute, jeudi à 9 h 15";
        let text = format!("From: {beside}\r\n\r\nBonjour, voici ce que nous avons dit hier.\r\n");
        let packed = pack_beside(text.as_bytes(), beside.as_bytes());
        assert!(packed.len() + 50 < pack(text.as_bytes()).len(), "{}", packed.len());
        assert_eq!(unpack(&packed, beside.as_bytes()).unwrap(), text.as_bytes());
        assert_ne!(unpack(&packed, &beside.as_bytes()[1..]).as_deref(), Some(text.as_bytes()));
        for text in ["", "bref"] {
            assert_eq!(unpack(&pack_beside(text.as_bytes(), b"bref"), b"bref").unwrap(), text.as_bytes());
        }
    }

    #[test]
    fn the_dictionary_is_the_one_that_is_documented() {
        let found = hex::encode(Sha256::digest(&*DICTIONARY));
        let format = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/format.md")).unwrap();
        assert!(format.contains(&found), "docs/format.md does not name {found}");
    }
}
