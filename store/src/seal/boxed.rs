//! The symmetric seal: XChaCha20-Poly1305 that commits to its key.
//!
//! ```text
//!   box        = version commitment nonce ciphertext
//!   version    = 0x01                                          1 byte
//!   commitment = code(key, "relais box commit", [nonce])      32 bytes
//!   nonce      = random                                       24 bytes
//!   ciphertext = XChaCha20-Poly1305(code(key, "relais box encrypt", [nonce]), nonce, named, packed)
//! ```
//!
//! `code` and the encoding of `named`, the associated data, are those of [`crate::mac`]; `packed` is
//! that of [`super::pack`].

use chacha20poly1305::XChaCha20Poly1305;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use zeroize::Zeroizing;

use super::{Key, pack};
use crate::mac;

const VERSION: u8 = 1;
const COMMITMENT: usize = 32;
const NONCE: usize = 24;

/// Seals bytes under a key, bound to what they are.
#[must_use]
pub fn seal(key: &Key, named: &[u8], bytes: &[u8]) -> Vec<u8> {
    sealed(key, named, &Zeroizing::new(pack::pack(bytes)))
}

/// The same for a message, of which `beside` is known to whoever will open it.
#[must_use]
pub(crate) fn seal_beside(key: &Key, named: &[u8], bytes: &[u8], beside: &[u8]) -> Vec<u8> {
    sealed(key, named, &Zeroizing::new(pack::pack_beside(bytes, beside)))
}

fn sealed(key: &Key, named: &[u8], packed: &[u8]) -> Vec<u8> {
    let nonce: [u8; NONCE] = rand::random();
    let payload = Payload { msg: packed, aad: named };
    // Fails only above 256 GiB; what is not sealed is not written in the clear instead.
    let ciphertext = cipher(key, &nonce).encrypt(&nonce.into(), payload).unwrap_or_default();
    let mut sealed = Vec::with_capacity(1 + COMMITMENT + NONCE + ciphertext.len());
    sealed.push(VERSION);
    sealed.extend_from_slice(&commitment(key, &nonce));
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(&ciphertext);
    sealed
}

/// Opens a box; `None` when key, name or a single bit is wrong.
#[must_use]
pub fn open(key: &Key, named: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    open_beside(key, named, sealed, &[])
}

/// Opens what [`seal_beside`] sealed, or [`seal`].
#[must_use]
pub(crate) fn open_beside(key: &Key, named: &[u8], sealed: &[u8], beside: &[u8]) -> Option<Vec<u8>> {
    let (&VERSION, rest) = sealed.split_first()? else { return None };
    let (committed, rest) = rest.split_at_checked(COMMITMENT)?;
    let (nonce, ciphertext) = rest.split_first_chunk::<NONCE>()?;
    if !mac::same(committed, &commitment(key, nonce)) {
        return None;
    }
    let payload = Payload { msg: ciphertext, aad: named };
    let packed = Zeroizing::new(cipher(key, nonce).decrypt(nonce.into(), payload).ok()?);
    pack::unpack(&packed, beside)
}

fn cipher(key: &Key, nonce: &[u8; NONCE]) -> XChaCha20Poly1305 {
    let derived = Zeroizing::new(mac::code(key, "relais box encrypt", &[nonce.into()]));
    XChaCha20Poly1305::new((&*derived).into())
}

fn commitment(key: &Key, nonce: &[u8; NONCE]) -> [u8; 32] {
    mac::code(key, "relais box commit", &[nonce.into()])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::super::fresh_key;
    use super::*;

    #[test]
    fn a_box_opens_with_its_key_and_name_only() {
        let key = fresh_key();
        let sealed = seal(&key, b"name", b"bytes");
        assert_eq!(open(&key, b"name", &sealed).unwrap(), b"bytes");
        assert_eq!(open(&key, b"other", &sealed), None);
        assert_eq!(open(&fresh_key(), b"name", &sealed), None);
    }

    #[test]
    fn every_changed_bit_is_noticed() {
        let key = fresh_key();
        let sealed = seal(&key, b"name", b"bytes");
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(open(&key, b"name", &changed), None, "byte {at}");
            assert_eq!(open(&key, b"name", &sealed[..at]), None, "cut at {at}");
        }
    }

    #[test]
    fn long_text_is_smaller_sealed_than_open() {
        let key = fresh_key();
        let text = "Le conseil municipal se réunit jeudi. ".repeat(200);
        let sealed = seal(&key, b"", text.as_bytes());
        assert!(sealed.len() < text.len() / 4);
        assert_eq!(open(&key, b"", &sealed).unwrap(), text.as_bytes());
    }
}
