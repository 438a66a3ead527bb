//! A mail domain in the one form that is compared, stored and looked up.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::AddressError;

/// A domain name as A-labels in lower case without a final dot (`xn--...`), or an address literal in
/// brackets (RFC 5321 §4.1.3). At most 255 octets (RFC 5321 §4.5.3.1.2).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Domain(String);

impl Domain {
    /// Reads a domain in either its Unicode or its ASCII form.
    ///
    /// # Errors
    /// When it is empty, too long, has an empty label, or has characters no host name has.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        if text.starts_with('[') {
            return Self::literal(text);
        }
        let text = text.strip_suffix('.').unwrap_or(text);
        let ascii = idna::domain_to_ascii(text).map_err(|_| AddressError::Domain)?;
        // RFC 5321 §4.5.3.1.2: a domain has at most 255 octets; RFC 1035 §2.3.4: a label at most 63.
        let well_formed = !ascii.is_empty() && ascii.len() <= 255 && ascii.split('.').all(is_label);
        well_formed.then_some(Self(ascii)).ok_or(AddressError::Domain)
    }

    fn literal(text: &str) -> Result<Self, AddressError> {
        let inner = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).ok_or(AddressError::Domain)?;
        let address = match inner.get(..5) {
            Some(tag) if tag.eq_ignore_ascii_case("IPv6:") => {
                inner.get(5..).unwrap_or_default().parse::<std::net::Ipv6Addr>().is_ok()
            }
            _ => inner.parse::<std::net::Ipv4Addr>().is_ok(),
        };
        address.then(|| Self(text.to_ascii_lowercase())).ok_or(AddressError::Domain)
    }

    /// The A-label form, lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form people read, with Unicode labels where the name has any.
    #[must_use]
    pub fn to_unicode(&self) -> String {
        idna::domain_to_unicode(&self.0).0
    }

    /// Whether this is an address literal such as `[192.0.2.1]`.
    #[must_use]
    pub fn is_literal(&self) -> bool {
        self.0.starts_with('[')
    }
}

// Underscores are no host name character (RFC 1123 §2.1), yet real senders use them in mail domains.
fn is_label(label: &str) -> bool {
    let inner = label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    inner && !label.is_empty() && label.len() <= 63
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Domain {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Domain {
    type Error = AddressError;

    fn try_from(text: String) -> Result<Self, AddressError> {
        Self::parse(&text)
    }
}

impl From<Domain> for String {
    fn from(domain: Domain) -> Self {
        domain.0
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn unicode_and_ascii_spellings_are_one_domain() {
        assert_eq!(Domain::parse("Préfecture.Test").unwrap(), Domain::parse("xn--prfecture-c4a.test.").unwrap());
        assert_eq!(Domain::parse("Préfecture.Test").unwrap().to_unicode(), "préfecture.test");
    }

    #[test]
    fn what_is_no_domain_is_refused() {
        for bad in ["", ".", "a..b", "a b", "a@b", "[300.1.1.1]", "[192.0.2.1", "a\r\nb", "-\u{0}"] {
            assert!(Domain::parse(bad).is_err(), "{bad:?}");
        }
        assert!(Domain::parse(&"a.".repeat(200)).is_err());
    }

    #[test]
    fn literals_are_kept_as_they_are() {
        assert!(Domain::parse("[192.0.2.1]").unwrap().is_literal());
        assert!(Domain::parse("[IPv6:2001:db8::1]").unwrap().is_literal());
    }
}
