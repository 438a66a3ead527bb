//! What a draft is made of.

use mail::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{ContentId, DraftId, FolderId};

/// What somebody is about to write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum DraftKind {
    /// A letter of its own.
    #[default]
    New,
    /// An answer to whoever wrote.
    Reply,
    /// An answer to everybody.
    ReplyAll,
    /// A letter passed on.
    Forward,
}

/// The message that a draft answers or passes on. What an answer has to name of it is kept here, so that the message itself
/// may go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Original {
    /// What it is.
    pub content: ContentId,
    /// Where it lay.
    pub folder: FolderId,
    /// Its UID there.
    pub uid: u32,
    /// Its Message-ID with angle brackets.
    pub message_id: Option<String>,
    /// Its References with angle brackets, the oldest first.
    pub references: Vec<String>,
}

/// What somebody is writing, as they typed it: recipients may be half a name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// What it is.
    pub kind: DraftKind,
    /// Which of their own addresses it is sent as; empty for the primary one.
    pub from: String,
    /// To.
    pub to: String,
    /// Cc.
    pub cc: String,
    /// Bcc.
    pub bcc: String,
    /// Subject.
    pub subject: String,
    /// Plain text, lines ended by `\n`.
    pub text: String,
    /// What it answers or passes on.
    pub original: Option<Original>,
}

/// Where a draft stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DraftState {
    /// Somebody writes it.
    Writing,
    /// It was handed over and is not known to have been taken.
    Sending,
    /// It is sent, and this is what it became.
    Sent(ContentId),
}

/// A draft as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftRow {
    /// Its number: random, so that nobody guesses another's.
    pub id: DraftId,
    /// How often it was saved; 0 for one that nobody has touched since it was begun.
    pub revision: u32,
    /// Where it stands.
    pub state: DraftState,
    /// When it was last saved, handed over or sent.
    pub changed_at: Timestamp,
    /// What it says.
    pub draft: Draft,
    /// How much hangs on it.
    pub attached: u32,
}

/// What hangs on a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftPart {
    /// Its number.
    pub id: ContentId,
    /// Its file name.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Octets of it.
    pub size_bytes: u64,
}

/// What came of saving.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saved {
    /// It is on disk.
    Done {
        /// Under this number.
        id: DraftId,
        /// The next save names this revision.
        revision: u32,
    },
    /// Somebody else saved it in between, or it is no longer being written. Nothing was changed.
    Elsewhere {
        /// The revision it has now.
        revision: u32,
        /// Where it stands.
        state: DraftState,
    },
}

/// Whether somebody may hand a draft over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sending {
    /// It is theirs to send: this is it.
    Go(Box<DraftRow>),
    /// Somebody else saved it in between.
    Changed,
    /// Somebody else is at it, since this moment.
    InHand(Timestamp),
    /// It was sent already.
    Sent(ContentId),
}
