//! HMAC-SHA256 over named lists of fields: the codes on rows, the hashes of paths, the derived keys.
//!
//! ```text
//!   input = u8(len(label)) label  *( u64be(len(field)) field )
//! ```
//!
//! The label keeps uses apart, the lengths keep fields apart: no two different lists have one input.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// A field of a coded row, in its canonical bytes.
#[derive(Clone, Copy, Debug)]
pub enum Field<'a> {
    /// Bytes or text as they are.
    Bytes(&'a [u8]),
    /// A number, as eight bytes, big-endian.
    Number(i64),
    /// No value; not the same as empty bytes.
    Absent,
}

impl<'a> From<&'a [u8]> for Field<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Bytes(bytes)
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Field<'a> {
    fn from(bytes: &'a [u8; N]) -> Self {
        Self::Bytes(bytes)
    }
}

impl<'a> From<&'a str> for Field<'a> {
    fn from(text: &'a str) -> Self {
        Self::Bytes(text.as_bytes())
    }
}

impl From<i64> for Field<'_> {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl<'a, T: Into<Field<'a>>> From<Option<T>> for Field<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Absent, Into::into)
    }
}

/// The code of these fields under `key`. `label` names the use, 255 bytes at most.
#[must_use]
pub fn code(key: &[u8; 32], label: &str, fields: &[Field<'_>]) -> [u8; 32] {
    // RFC 2104 §2: a key shorter than the block is padded with zeros.
    let mut block = zeroize::Zeroizing::new([0_u8; 64]);
    block.iter_mut().zip(key).for_each(|(padded, byte)| *padded = *byte);
    let mut mac = Hmac::<Sha256>::new((&*block).into());
    feed(label, fields, |bytes| mac.update(bytes));
    mac.finalize().into_bytes().into()
}

/// The input of [`code`] as bytes: what seals are bound to.
#[must_use]
pub fn encode(label: &str, fields: &[Field<'_>]) -> Vec<u8> {
    let mut encoded = Vec::with_capacity(64);
    feed(label, fields, |bytes| encoded.extend_from_slice(bytes));
    encoded
}

fn feed(label: &str, fields: &[Field<'_>], mut sink: impl FnMut(&[u8])) {
    sink(&[u8::try_from(label.len()).unwrap_or(u8::MAX)]);
    sink(label.as_bytes());
    for field in fields {
        match field {
            Field::Bytes(bytes) => {
                sink(&u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
                sink(bytes);
            }
            Field::Number(number) => {
                sink(&8_u64.to_be_bytes());
                sink(&number.to_be_bytes());
            }
            Field::Absent => sink(&u64::MAX.to_be_bytes()),
        }
    }
}

/// The first 16 bytes of [`code`], where rows are many.
#[must_use]
pub fn short(key: &[u8; 32], label: &str, fields: &[Field<'_>]) -> [u8; 16] {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, ..] = code(key, label, fields);
    [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p]
}

/// Whether a stored code is the expected one, in constant time.
#[must_use]
pub fn same(stored: &[u8], expected: &[u8]) -> bool {
    !stored.is_empty() && stored.ct_eq(expected).into()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn different_lists_have_different_codes() {
        let key = [1; 32];
        let codes = [
            code(&key, "a", &["bc".into(), "d".into()]),
            code(&key, "a", &["b".into(), "cd".into()]),
            code(&key, "ab", &["c".into(), "d".into()]),
            code(&key, "a", &["bcd".into()]),
            code(&key, "a", &["bcd".into(), Field::Absent]),
            code(&key, "a", &["bcd".into(), "".into()]),
            code(&[2; 32], "a", &["bcd".into()]),
        ];
        let distinct: std::collections::HashSet<_> = codes.iter().collect();
        assert_eq!(distinct.len(), codes.len());
    }

    #[test]
    fn an_empty_code_is_never_the_right_one() {
        assert!(!same(&[], &[]));
        assert!(same(&[1, 2], &[1, 2]));
        assert!(!same(&[1], &[1, 2]));
    }
}
