//! Message flags as IMAP and the primary know them (RFC 9051 §2.3.2).

use std::collections::BTreeSet;
use std::ops::{BitOr, BitOrAssign};

use serde::{Deserialize, Serialize};

/// The five system flags as one bit set. They are stored in the clear; keywords are not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SystemFlags(u8);

impl SystemFlags {
    /// No flag.
    pub const NONE: Self = Self(0);
    /// `\Seen`
    pub const SEEN: Self = Self(1);
    /// `\Answered`
    pub const ANSWERED: Self = Self(2);
    /// `\Flagged`
    pub const FLAGGED: Self = Self(4);
    /// `\Deleted`
    pub const DELETED: Self = Self(8);
    /// `\Draft`
    pub const DRAFT: Self = Self(16);

    const NAMES: [(Self, &'static str); 5] = [
        (Self::ANSWERED, "\\Answered"),
        (Self::DELETED, "\\Deleted"),
        (Self::DRAFT, "\\Draft"),
        (Self::FLAGGED, "\\Flagged"),
        (Self::SEEN, "\\Seen"),
    ];

    /// The bits as they are stored: 1 seen, 2 answered, 4 flagged, 8 deleted, 16 draft.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// From stored bits; bits that mean nothing are dropped.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits & 31)
    }

    /// Whether all flags of `other` are set here.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// These flags without those of `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The names with their backslash, in alphabetical order.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::NAMES.into_iter().filter(move |(flag, _)| self.contains(*flag)).map(|(_, name)| name)
    }

    /// The flag with this name (case does not matter), `None` when it is no system flag.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES.into_iter().find(|(_, known)| known.eq_ignore_ascii_case(name)).map(|(flag, _)| flag)
    }
}

impl BitOr for SystemFlags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for SystemFlags {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

/// All flags of a message: system flags and keywords.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Flags {
    /// The system flags.
    pub system: SystemFlags,
    /// Keywords in their first spelling, such as `$Forwarded`.
    pub keywords: BTreeSet<String>,
}

impl Flags {
    /// No flags at all.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Reads flag names as IMAP writes them; `\Recent` and unknown system flags are left out.
    pub fn from_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut flags = Self::none();
        for name in names {
            if let Some(system) = SystemFlags::named(name) {
                flags.system |= system;
            } else if !name.starts_with('\\') {
                flags.keywords.insert(name.to_owned());
            }
        }
        flags
    }

    /// All names, system flags first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let system: SystemFlags = self.system;
        system.names().map(|name| -> &str { name }).chain(self.keywords.iter().map(String::as_str))
    }

    /// Whether `\Seen` is set.
    #[must_use]
    pub fn is_seen(&self) -> bool {
        self.system.contains(SystemFlags::SEEN)
    }

    /// These flags and those.
    #[must_use]
    pub fn with(mut self, other: &Self) -> Self {
        self.system |= other.system;
        self.keywords.extend(other.keywords.iter().cloned());
        self
    }

    /// These flags without those.
    #[must_use]
    pub fn without(mut self, other: &Self) -> Self {
        self.system = self.system.without(other.system);
        self.keywords.retain(|keyword| !other.keywords.contains(keyword));
        self
    }
}

impl From<SystemFlags> for Flags {
    fn from(system: SystemFlags) -> Self {
        Self { system, keywords: BTreeSet::new() }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn names_survive_a_round_trip() {
        let flags = Flags::from_names(["\\seen", "$Forwarded", "\\Recent", "\\Flagged"]);
        assert_eq!(flags.names().collect::<Vec<_>>(), ["\\Flagged", "\\Seen", "$Forwarded"]);
        assert_eq!(Flags::from_names(flags.names()), flags);
    }

    #[test]
    fn unknown_bits_mean_nothing() {
        assert_eq!(SystemFlags::from_bits(0xff).bits(), 31);
    }
}
