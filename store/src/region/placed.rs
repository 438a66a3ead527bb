//! What the view shows: folders, and messages placed in them.

use mail::{Flags, FolderRole, Timestamp};

use crate::{ContentId, FolderId};

/// A folder of the view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    /// Its number.
    pub id: FolderId,
    /// Its path, `/` between levels; the inbox is `INBOX`.
    pub name: String,
    /// What it is for.
    pub role: Option<FolderRole>,
    /// Changes when the mailbox is laid out anew.
    pub uidvalidity: u32,
    /// The UID that the next message gets.
    pub uidnext: u32,
    /// How many messages it has.
    pub messages: u32,
    /// How many of them are without `\Seen`.
    pub unseen: u32,
    /// The highest mod-sequence in it (RFC 7162 §3.1.2.1).
    pub highest_modseq: u64,
    /// Whether the client subscribed to it.
    pub subscribed: bool,
}

/// A message in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Its UID in the folder.
    pub uid: u32,
    /// What it is.
    pub content: ContentId,
    /// Its flags; keywords are left out while the mailbox is sealed.
    pub flags: Flags,
    /// Its mod-sequence.
    pub modseq: u64,
    /// INTERNALDATE.
    pub received_at: Timestamp,
    /// Octets of the message.
    pub size_bytes: u64,
}

/// Which messages of a folder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Only {
    /// Every one.
    #[default]
    All,
    /// Those without `\Seen`.
    Unseen,
    /// Those with `\Flagged`.
    Flagged,
}

/// Where a page of a folder begins. Pages have the newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageFrom {
    /// After so many messages.
    Offset(u32),
    /// After this message.
    OlderThan {
        /// When it was received.
        received_at: Timestamp,
        /// Its UID.
        uid: u32,
    },
    /// So that it ends before this message.
    NewerThan {
        /// When it was received.
        received_at: Timestamp,
        /// Its UID.
        uid: u32,
    },
}

/// A question for one page of a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageAsk {
    /// Where it begins.
    pub from: PageFrom,
    /// The most messages of it; 500 at most.
    pub limit: u32,
    /// Which of them.
    pub only: Only,
}

/// One page of a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The messages, newest first: by when they were received, then by UID.
    pub messages: Vec<Placed>,
    /// How many messages the folder has.
    pub total: u32,
    /// How many of them are without `\Seen`.
    pub unseen: u32,
    /// How many of them the question lets through.
    pub matching: u32,
    /// The folder's UIDVALIDITY.
    pub uidvalidity: u32,
}

/// The messages beside one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Neighbours {
    /// The UID of the next newer one.
    pub newer: Option<u32>,
    /// The UID of the next older one.
    pub older: Option<u32>,
}

/// A change of flags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FlagChange {
    /// `+FLAGS`
    Add(Flags),
    /// `-FLAGS`
    Remove(Flags),
    /// `FLAGS`
    Replace(Flags),
}

impl FlagChange {
    /// The flags after the change.
    #[must_use]
    pub fn applied(&self, to: Flags) -> Flags {
        match self {
            Self::Add(flags) => to.with(flags),
            Self::Remove(flags) => to.without(flags),
            Self::Replace(flags) => flags.clone(),
        }
    }
}

/// What laying a mailbox out came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LaidOut {
    /// Folders of the view.
    pub folders: u32,
    /// Messages in them, the marked folder's included.
    pub messages: u32,
    /// Messages in the marked folder.
    pub marked: u32,
}

/// The moment before which the primary is trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CleanPoint {
    /// What Relais saw up to this moment is trusted.
    At(Timestamp),
    /// Nobody knows: nothing that came from the primary is trusted, all of it goes to the marked folder.
    Unknown,
}

/// A message's place at the primary.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// The folder's path.
    pub path: String,
    /// The folder's UIDVALIDITY.
    pub uidvalidity: u32,
    /// The primary's UID.
    pub uid: u32,
}

/// One thing to do at the primary so that it has what the view has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The primary lacks a message.
    Append {
        /// Which one.
        content: ContentId,
        /// Into which folder.
        path: String,
        /// What that folder is for.
        role: Option<FolderRole>,
        /// With which flags.
        flags: Flags,
        /// With which INTERNALDATE.
        received_at: Timestamp,
        /// The folder in which the primary had it once. It is not known to have it now: that folder may have been
        /// renumbered.
        was_in: Option<String>,
    },
    /// It lies in another folder now.
    Move {
        /// Which one.
        content: ContentId,
        /// Where the primary has it.
        from: Place,
        /// The folder it belongs in.
        to: String,
        /// What that folder is for.
        role: Option<FolderRole>,
        /// With which flags.
        flags: Flags,
    },
    /// Its flags are others now.
    Flags {
        /// Where the primary has it.
        at: Place,
        /// All its flags.
        flags: Flags,
    },
    /// It was deleted by staff.
    Delete {
        /// Where the primary has it.
        at: Place,
    },
}
