//! The name of a place that mailboxes are pinned to.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Why a text is no region name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a region name has 1 to 32 lower-case letters, digits and hyphens, such as `fr-paris`")]
pub struct RegionError;

/// A region's name: 1 to 32 lower-case letters, digits and hyphens. It is part of file names and of what
/// seals are bound to, so it never changes once mail is stored under it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Region(String);

impl Region {
    /// Reads a region name.
    ///
    /// # Errors
    /// [`RegionError`] says what a name may have.
    pub fn parse(text: &str) -> Result<Self, RegionError> {
        let known = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let well_formed = (1..=32).contains(&text.len()) && text.bytes().all(known) && !text.starts_with('-');
        well_formed.then(|| Self(text.to_owned())).ok_or(RegionError)
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// `main`, for whoever has only one.
impl Default for Region {
    fn default() -> Self {
        Self("main".to_owned())
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Region {
    type Err = RegionError;

    fn from_str(text: &str) -> Result<Self, RegionError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Region {
    type Error = RegionError;

    fn try_from(text: String) -> Result<Self, RegionError> {
        Self::parse(&text)
    }
}

impl From<Region> for String {
    fn from(region: Region) -> Self {
        region.0
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn names_cannot_leave_their_folder() {
        for bad in ["", "..", "a/b", "FR", "-a", "é", &"a".repeat(33)] {
            assert!(Region::parse(bad).is_err(), "{bad:?}");
        }
        assert_eq!(Region::parse("fr-paris").unwrap().as_str(), "fr-paris");
    }
}
