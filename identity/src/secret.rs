//! Secrets that Relais makes and people copy from paper or screen.
//!
//! ```text
//!   secret = group *( "-" group )        group = 4symbol
//!   symbol = 0-9 a-z without i l o u     (5 bits each; what is misread on the way in is read as it was meant)
//! ```

use std::fmt;

use zeroize::Zeroizing;

const SYMBOLS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const GROUP: usize = 4;

/// A secret in clear. It is shown once and wipes itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// A random secret of so many groups of 20 bits.
    pub(crate) fn generate(groups: usize) -> Self {
        let mut text = String::with_capacity(groups * (GROUP + 1));
        for place in 0..groups * GROUP {
            if place > 0 && place % GROUP == 0 {
                text.push('-');
            }
            let symbol = SYMBOLS.get(usize::from(rand::random::<u8>() & 31)).copied().unwrap_or(b'0');
            text.push(char::from(symbol));
        }
        Self(Zeroizing::new(text))
    }

    /// A secret that somebody else chose: for the demo and tests.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }

    /// The text to show or to send.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// The form that is hashed: lower case, without hyphens and white space, misread letters put right.
pub(crate) fn canonical(typed: &str) -> Zeroizing<String> {
    let plain = typed.chars().filter(|c| *c != '-' && !c.is_whitespace()).flat_map(char::to_lowercase);
    Zeroizing::new(
        plain
            .map(|c| match c {
                'i' | 'l' => '1',
                'o' => '0',
                'u' => 'v',
                other => other,
            })
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn a_secret_is_typed_back_in_any_case_with_or_without_hyphens() {
        let secret = Secret::generate(7);
        assert_eq!(secret.reveal().len(), 7 * 4 + 6);
        let typed = secret.reveal().to_uppercase().replace('-', " ");
        assert_eq!(canonical(&typed), canonical(secret.reveal()));
        assert_eq!(canonical("OIL"), canonical("011"));
    }

    #[test]
    fn no_two_secrets_are_alike() {
        let made: std::collections::HashSet<_> = (0..1000).map(|_| Secret::generate(7).reveal().to_owned()).collect();
        assert_eq!(made.len(), 1000);
    }

    #[test]
    fn a_secret_is_not_printed_by_accident() {
        assert_eq!(format!("{:?}", Secret::from_text("x")), "Secret");
    }
}
