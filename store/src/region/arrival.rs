//! A message on its way in: delivered here, relayed on, or both.

use mail::{Address, Failed, FolderRole, Notify, Reply, ReversePath, SystemFlags, Timestamp, Waiting};

use crate::{ContentId, MailboxId, OutgoingId, RecipientId};

/// A message that reception or submission accepts. It is stored once, whoever gets it.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// From [`crate::RegionStore::new_content_id`]; its `Relais-Id` may be in `raw` already.
    pub content: ContentId,
    /// The message with its trace headers, CRLF line ends.
    pub raw: Vec<u8>,
    /// The envelope's sender.
    pub reverse_path: ReversePath,
    /// ENVID as it came (RFC 3461 §4.4).
    pub envelope_id: Option<String>,
    /// BODY=8BITMIME was given.
    pub body_8bit: bool,
    /// SMTPUTF8 was given.
    pub smtputf8: bool,
    /// Mailboxes that get it.
    pub deliver: Vec<Deliver>,
    /// Recipients elsewhere.
    pub relay: Vec<RelayTo>,
    /// The moment of acceptance.
    pub at: Timestamp,
}

/// One mailbox that gets a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deliver {
    /// Which one.
    pub mailbox: MailboxId,
    /// Into which folder.
    pub role: FolderRole,
    /// With which flags.
    pub flags: SystemFlags,
}

/// One recipient elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelayTo {
    /// The forward path.
    pub recipient: Address,
    /// RFC 3461 NOTIFY.
    pub notify: Notify,
    /// ORCPT as it came (RFC 3461 §4.2).
    pub original: Option<String>,
}

/// A recipient whose turn it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// Its message.
    pub outgoing: OutgoingId,
    /// Its own number.
    pub recipient: RecipientId,
    /// What the message is stored as.
    pub content: ContentId,
    /// Who it is, and how far it has come.
    pub waiting: Waiting,
    /// BODY=8BITMIME was given.
    pub body_8bit: bool,
    /// Octets of the message.
    pub size_bytes: u64,
}

/// A stretch of the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DuePage {
    /// Whose turn it is.
    pub due: Vec<Due>,
    /// Where the next page begins, when there may be one.
    pub next: Option<DuePlace>,
}

/// The last row of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DuePlace {
    /// Since when it has been due.
    pub at: Timestamp,
    /// Its own number.
    pub recipient: RecipientId,
}

/// What came of an attempt.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// The other side has it.
    Delivered {
        /// What it said.
        reply: Reply,
    },
    /// Not now.
    Retry {
        /// When next.
        at: Timestamp,
        /// What it said.
        reply: Reply,
    },
    /// Never; its sender is still to be told.
    Untold {
        /// When to try to tell again.
        at: Timestamp,
        /// When and why it failed.
        failed: Failed,
    },
    /// Never. The DSN, if any, is accepted first.
    Failed {
        /// What it said.
        reply: Reply,
    },
    /// Kept until somebody says retry.
    Held,
}

/// A recipient in the queue, for whoever looks at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queued {
    /// Its message.
    pub outgoing: OutgoingId,
    /// Its own number.
    pub recipient: RecipientId,
    /// The forward path.
    pub address: Address,
    /// The envelope's sender.
    pub reverse_path: ReversePath,
    /// Attempts so far.
    pub attempts: u32,
    /// When the message was accepted.
    pub queued_at: Timestamp,
    /// When it is tried next.
    pub next_at: Timestamp,
    /// Kept until somebody says retry.
    pub held: bool,
    /// What the other side said last.
    pub last_reply: Option<String>,
    /// Octets of the message.
    pub size_bytes: u64,
}
