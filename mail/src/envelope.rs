//! The envelope: who sent a message and who is to have it, apart from what its header says.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Address;

/// Where delivery trouble is reported to (RFC 5321 §4.1.1.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReversePath {
    /// `<>`: a notification, to which nobody may be sent another one (RFC 5321 §4.5.5).
    Null,
    /// The sender's address.
    Address(Address),
}

impl ReversePath {
    /// The address, unless this is the null path.
    #[must_use]
    pub fn address(&self) -> Option<&Address> {
        match self {
            Self::Null => None,
            Self::Address(address) => Some(address),
        }
    }
}

impl fmt::Display for ReversePath {
    /// Writes the path with its angle brackets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("<>"),
            Self::Address(address) => write!(f, "<{address}>"),
        }
    }
}

/// Whom a message is for (RFC 5321 §4.1.1.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ForwardPath {
    /// `<Postmaster>` without a domain, which every server has to accept (RFC 5321 §4.5.1).
    Postmaster,
    /// The recipient's address.
    Address(Address),
}

impl fmt::Display for ForwardPath {
    /// Writes the path with its angle brackets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Postmaster => f.write_str("<Postmaster>"),
            Self::Address(address) => write!(f, "<{address}>"),
        }
    }
}

/// When the sender wants to hear about a recipient: NOTIFY of RFC 3461 §4.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notify {
    /// On delivery.
    pub success: bool,
    /// On failure.
    pub failure: bool,
    /// While it is late.
    pub delay: bool,
}

impl Default for Notify {
    /// What a sender that says nothing gets: failures and delays (RFC 3461 §5.2.1, §5.2.5).
    fn default() -> Self {
        Self { success: false, failure: true, delay: true }
    }
}

/// One recipient of an envelope, with what its sender asked for about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipient {
    /// Whom the message is for.
    pub path: ForwardPath,
    /// When to notify the sender.
    pub notify: Notify,
    /// ORCPT as it came, xtext and all (RFC 3461 §4.2).
    pub original: Option<String>,
}

impl From<ForwardPath> for Recipient {
    fn from(path: ForwardPath) -> Self {
        Self { path, notify: Notify::default(), original: None }
    }
}

/// The envelope of one SMTP transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// Where trouble is reported to.
    pub reverse_path: ReversePath,
    /// Whom the message is for, in the order they were named.
    pub recipients: Vec<Recipient>,
    /// The sender declared `BODY=8BITMIME` (RFC 6152).
    pub body_8bit: bool,
    /// The sender asked for SMTPUTF8 (RFC 6531).
    pub smtputf8: bool,
    /// ENVID as it came (RFC 3461 §4.4).
    pub envelope_id: Option<String>,
}
