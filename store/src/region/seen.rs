//! What a connector saw at the primary.

use mail::{Flags, FolderRole, SystemFlags, Timestamp};

use crate::ContentId;

/// The keyed hash of a folder's path at the primary, by which it is known while paths are sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PathMac(pub [u8; 16]);

/// One sighting. `at` is always Relais's own first sight, never a date that the primary claims. Paths
/// have `/` between their levels whatever the primary uses, and `INBOX` is spelt so.
#[derive(Clone, Debug)]
pub enum Seen {
    /// A folder, new or of a new UIDVALIDITY.
    Folder {
        /// Its path.
        path: String,
        /// What it is for, where the primary says so.
        role: Option<FolderRole>,
        /// The primary's UIDVALIDITY.
        uidvalidity: u32,
        /// First sight.
        at: Timestamp,
    },
    /// A folder that is no longer listed. By hash, as nobody can read its path in standby.
    FolderGone {
        /// Which one.
        folder: PathMac,
        /// First sight of its absence.
        at: Timestamp,
    },
    /// A message.
    Message {
        /// Its folder.
        path: String,
        /// The folder's UIDVALIDITY.
        uidvalidity: u32,
        /// The primary's UID.
        uid: u32,
        /// Its flags.
        flags: Flags,
        /// INTERNALDATE, as claimed.
        received_at: Timestamp,
        /// The message as the primary gave it.
        raw: Vec<u8>,
        /// First sight.
        at: Timestamp,
    },
    /// A message that Relais relayed or returned itself, by its authenticated `Relais-Id`: no new content.
    Returned {
        /// Its folder.
        path: String,
        /// The folder's UIDVALIDITY.
        uidvalidity: u32,
        /// The primary's UID.
        uid: u32,
        /// Its flags.
        flags: Flags,
        /// Which content it is.
        content: ContentId,
        /// First sight.
        at: Timestamp,
    },
    /// The flags of a message that is on film already.
    Flags {
        /// Its folder.
        path: String,
        /// The folder's UIDVALIDITY.
        uidvalidity: u32,
        /// The primary's UID.
        uid: u32,
        /// All its flags now.
        flags: Flags,
        /// First sight.
        at: Timestamp,
    },
    /// A message that is no longer in its folder.
    Gone {
        /// Its folder.
        path: String,
        /// The folder's UIDVALIDITY.
        uidvalidity: u32,
        /// The primary's UID.
        uid: u32,
        /// First sight of its absence.
        at: Timestamp,
    },
}

/// How far a connector has read one folder; stored together with what it saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The folder's path.
    pub path: String,
    /// All UIDs below are on film.
    pub uidnext: u32,
    /// All changes up to this MODSEQ are on film; 0 without CONDSTORE.
    pub highest_modseq: u64,
}

/// A folder at the primary as far as the film goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFolder {
    /// The hash of its path.
    pub path_mac: PathMac,
    /// The primary's UIDVALIDITY.
    pub uidvalidity: u32,
    /// All UIDs below are on film.
    pub uidnext: u32,
    /// All changes up to this MODSEQ are on film.
    pub highest_modseq: u64,
    /// It was no longer listed when last looked.
    pub gone: bool,
}

/// A message that the connector believes is at the primary now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceUid {
    /// The primary's UID.
    pub uid: u32,
    /// Its system flags.
    pub system: SystemFlags,
    /// A keyed hash of its keywords, 0 for none: keywords cannot be read in standby.
    /// See [`crate::RegionStore::keywords_tag`].
    pub keywords: i64,
}
