//! What a folder is for, whatever its name.

use serde::{Deserialize, Serialize};

/// The use of a folder: SPECIAL-USE of RFC 6154 §2, the inbox, and Relais's own marked folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FolderRole {
    /// `\Archive`
    Archive,
    /// `\Drafts`
    Drafts,
    /// INBOX
    Inbox,
    /// `\Junk`
    Junk,
    /// What arrived at the primary after the clean point: readable, under a warning.
    Marked,
    /// `\Sent`
    Sent,
    /// `\Trash`
    Trash,
}

impl FolderRole {
    const ALL: [Self; 7] =
        [Self::Archive, Self::Drafts, Self::Inbox, Self::Junk, Self::Marked, Self::Sent, Self::Trash];

    /// The word it is stored under.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Archive => "archive",
            Self::Drafts => "drafts",
            Self::Inbox => "inbox",
            Self::Junk => "junk",
            Self::Marked => "marked",
            Self::Sent => "sent",
            Self::Trash => "trash",
        }
    }

    /// The role stored under this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }

    /// The attribute of RFC 6154 §2; the inbox and the marked folder have none.
    #[must_use]
    pub const fn special_use(self) -> Option<&'static str> {
        match self {
            Self::Archive => Some("\\Archive"),
            Self::Drafts => Some("\\Drafts"),
            Self::Junk => Some("\\Junk"),
            Self::Sent => Some("\\Sent"),
            Self::Trash => Some("\\Trash"),
            Self::Inbox | Self::Marked => None,
        }
    }

    /// The role of a LIST attribute, whatever its case.
    #[must_use]
    pub fn from_special_use(attribute: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.special_use().is_some_and(|known| known.eq_ignore_ascii_case(attribute)))
    }
}
