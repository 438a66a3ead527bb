//! Folder names on the wire: modified UTF-7 (RFC 3501 §5.1.3).
//!
//! ```text
//!   Éléments & co   <->   &AMk-l&AOk-ments &- co
//! ```

use base64::Engine as _;
use base64::alphabet::IMAP_MUTF7;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &IMAP_MUTF7,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// A Unicode name as it travels.
#[must_use]
pub fn to_modified_utf7(name: &str) -> String {
    let mut wire = String::new();
    let mut shifted: Vec<u8> = Vec::new();
    for character in name.chars() {
        if (' '..='~').contains(&character) {
            unshift(&mut wire, &mut shifted);
            wire.push_str(if character == '&' { "&-" } else { "" });
            wire.extend((character != '&').then_some(character));
        } else {
            let mut units = [0; 2];
            shifted.extend(character.encode_utf16(&mut units).iter().flat_map(|unit| unit.to_be_bytes()));
        }
    }
    unshift(&mut wire, &mut shifted);
    wire
}

fn unshift(wire: &mut String, shifted: &mut Vec<u8>) {
    if !shifted.is_empty() {
        wire.push('&');
        BASE64.encode_string(shifted.as_slice(), wire);
        wire.push('-');
        shifted.clear();
    }
}

/// A name from the wire. What is no modified UTF-7 is taken as the UTF-8 it may be: servers of all ages
/// have let it in.
#[must_use]
pub fn from_modified_utf7(wire: &str) -> String {
    decode(wire).unwrap_or_else(|| wire.to_owned())
}

fn decode(wire: &str) -> Option<String> {
    let mut name = String::new();
    let mut rest = wire;
    while let Some((plain, shifted)) = rest.split_once('&') {
        name.push_str(plain);
        let (encoded, after) = shifted.split_once('-')?;
        rest = after;
        if encoded.is_empty() {
            name.push('&');
            continue;
        }
        let octets = BASE64.decode(encoded).ok()?;
        let units = octets.chunks_exact(2).filter_map(|pair| Some(u16::from_be_bytes([*pair.first()?, *pair.get(1)?])));
        name.push_str(&String::from_utf16(&units.collect::<Vec<_>>()).ok()?);
    }
    name.push_str(rest);
    Some(name)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_names_are_spelt_as_the_rfc_spells_them() {
        assert_eq!(to_modified_utf7("Entwürfe & Co"), "Entw&APw-rfe &- Co");
        assert_eq!(from_modified_utf7("~peter/mail/&U,BTFw-/&ZeVnLIqe-"), "~peter/mail/台北/日本語");
    }

    #[test]
    fn what_is_no_utf7_is_kept() {
        assert_eq!(from_modified_utf7("R&D"), "R&D");
        assert_eq!(from_modified_utf7("Éléments"), "Éléments");
    }

    proptest! {
        #[test]
        fn there_and_back(name in "\\PC{0,30}") {
            prop_assert_eq!(from_modified_utf7(&to_modified_utf7(&name)), name);
        }
    }
}
