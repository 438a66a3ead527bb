//! Where in a message a word stands.

use std::ops::{BitAnd, BitOr};

/// A set of places in a message, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Fields(u8);

impl Fields {
    /// Nowhere.
    pub const NONE: Self = Self(0);
    /// The text of its parts.
    pub const BODY: Self = Self(1);
    /// `Subject`.
    pub const SUBJECT: Self = Self(2);
    /// `From`.
    pub const FROM: Self = Self(4);
    /// `To`.
    pub const TO: Self = Self(8);
    /// `Cc`.
    pub const CC: Self = Self(16);
    /// `Bcc`.
    pub const BCC: Self = Self(32);
    /// Names of attachments.
    pub const FILES: Self = Self(64);
    /// Header fields that name people or the message: see [`super::Text::of`].
    pub const OTHER: Self = Self(128);
    /// Everywhere.
    pub const ALL: Self = Self(255);
    /// `To`, `Cc` and `Bcc`.
    pub const RECIPIENTS: Self = Self(8 | 16 | 32);

    /// The set of these bits.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits)
    }

    /// Its bits.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Whether it is nowhere.
    #[must_use]
    pub const fn is_none(self) -> bool {
        self.0 == 0
    }
}

impl BitAnd for Fields {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl BitOr for Fields {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}
