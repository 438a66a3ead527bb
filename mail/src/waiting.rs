//! Mail on its way out, as the queue keeps it and delivery takes it.

use crate::{Address, Notify, Reply, ReversePath, Timestamp};

/// One recipient elsewhere of one message that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The envelope's sender: where trouble is reported to.
    pub reverse_path: ReversePath,
    /// The forward path.
    pub address: Address,
    /// What the sender wants to hear about.
    pub notify: Notify,
    /// ORCPT as it came (RFC 3461 §4.2).
    pub original: Option<String>,
    /// ENVID as it came (RFC 3461 §4.4).
    pub envelope_id: Option<String>,
    /// The sender asked for SMTPUTF8.
    pub smtputf8: bool,
    /// Attempts already made.
    pub attempts: u32,
    /// When the message was accepted.
    pub queued_at: Timestamp,
    /// It has failed and is never tried again; its sender is still to be told.
    pub failed: Option<Failed>,
}

/// A delivery that failed for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// When it did.
    pub at: Timestamp,
    /// Why.
    pub reply: Reply,
}
