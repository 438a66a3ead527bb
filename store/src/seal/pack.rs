//! Compression before sealing: `packed = 0x00 bytes | 0x01 u32be(length) zstd-frame`.

use std::cell::RefCell;

use zstd::bulk::{Compressor, Decompressor};

const PLAIN: u8 = 0;
const ZSTD: u8 = 1;
/// zstd's own default: twice the speed of the next levels for nearly their size.
const LEVEL: i32 = 3;
/// Below this a frame's header eats what it saves.
const WORTHWHILE: usize = 96;
/// No content is larger; a length above it is damage.
const LARGEST: usize = 1 << 30;

thread_local! {
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = RefCell::new(Compressor::new(LEVEL).ok());
    static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = RefCell::new(Decompressor::new().ok());
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
    packed.push(ZSTD);
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
    if kind != ZSTD || length > LARGEST {
        return None;
    }
    let bytes = DECOMPRESSOR.with_borrow_mut(|zstd| zstd.as_mut()?.decompress(frame, length).ok())?;
    (bytes.len() == length).then_some(bytes)
}
