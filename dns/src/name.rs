//! A domain name as records carry it.

use std::fmt;
use std::str::FromStr;

use mail::Domain;
use serde::{Deserialize, Serialize};

use crate::DnsError;

/// A name in lower case without its final dot; the root is `.`. At most 253 characters, labels of 1 to 63
/// (RFC 1035 §2.3.4). Any graphic ASCII may stand in a label, as in `_mta-sts` or `*`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

impl Name {
    /// Reads a name, with or without its final dot.
    ///
    /// # Errors
    /// [`DnsError::Name`] when a label is empty or too long, or the whole is.
    pub fn parse(text: &str) -> Result<Self, DnsError> {
        if text == "." {
            return Ok(Self(".".to_owned()));
        }
        let bare = text.strip_suffix('.').unwrap_or(text);
        // RFC 1035 §2.3.4: a label has at most 63 octets, a name 255 on the wire, which is 253 in writing.
        let label_ok = |label: &str| (1..=63).contains(&label.len()) && label.bytes().all(|b| b.is_ascii_graphic());
        let well_formed = bare.len() <= 253 && bare.split('.').all(label_ok);
        well_formed.then(|| Self(bare.to_ascii_lowercase())).ok_or_else(|| DnsError::Name(shorten(text)))
    }

    /// The root of all names, which a null MX names (RFC 7505 §3).
    #[must_use]
    pub fn root() -> Self {
        Self(".".to_owned())
    }

    /// Lower case, without final dot.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// With the final dot, as zone files write it.
    #[must_use]
    pub fn fqdn(&self) -> String {
        if self.is_root() { self.0.clone() } else { format!("{}.", self.0) }
    }

    /// Whether this is the root.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0 == "."
    }

    /// Whether this name is `zone` or lies below it.
    #[must_use]
    pub fn is_within(&self, zone: &Self) -> bool {
        zone.is_root() || self == zone || self.0.strip_suffix(&zone.0).is_some_and(|rest| rest.ends_with('.'))
    }
}

fn shorten(text: &str) -> String {
    text.chars().take(80).collect()
}

impl From<&Domain> for Name {
    fn from(domain: &Domain) -> Self {
        Self(domain.as_str().to_owned())
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Name {
    type Err = DnsError;

    fn from_str(text: &str) -> Result<Self, DnsError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Name {
    type Error = DnsError;

    fn try_from(text: String) -> Result<Self, DnsError> {
        Self::parse(&text)
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn case_and_the_final_dot_do_not_matter() {
        assert_eq!(Name::parse("MX.Corp.Test.").unwrap(), Name::parse("mx.corp.test").unwrap());
        assert_eq!(Name::parse(".").unwrap().fqdn(), ".");
    }

    #[test]
    fn within_is_by_labels_not_by_letters() {
        let zone = Name::parse("corp.test").unwrap();
        assert!(Name::parse("a.corp.test").unwrap().is_within(&zone) && zone.is_within(&zone));
        assert!(!Name::parse("evilcorp.test").unwrap().is_within(&zone));
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for bad in ["", "..", "a..b", "a b", "é.test", &"a".repeat(64), &"ab.".repeat(100)] {
            assert!(Name::parse(bad).is_err(), "{bad:?}");
        }
    }
}
