//! What peers are told. Causes go to the log.

use mail::{Address, Enhanced, Reply};
use store::StoreError;

/// Unknown trouble (RFC 5321 §4.2.5: nothing was taken over).
pub(super) fn trouble(what: &str, error: &StoreError) -> Reply {
    if matches!(error, StoreError::NotTaking) {
        return standing_by();
    }
    tracing::error!(%error, hint = error.hint(), "{what}");
    Reply::trouble()
}

/// Standby: the mail is the primary's, and this sender asked the wrong host or asks too early.
pub(super) fn standing_by() -> Reply {
    Reply::new(450, Enhanced(4, 3, 2), "Not accepting mail at the moment, please try again later")
}

pub(super) fn unknown_recipient() -> Reply {
    Reply::new(550, Enhanced(5, 1, 1), "There is no such mailbox")
}

/// The directory copy may be behind: a wrong 550 could not be taken back.
pub(super) fn perhaps_unknown_recipient() -> Reply {
    Reply::new(450, Enhanced(4, 1, 1), "The mailbox is not known at the moment, please try again later")
}

pub(super) fn no_relaying() -> Reply {
    Reply::new(550, Enhanced(5, 7, 1), "Not a domain of ours: relaying is denied")
}

// DESIGN: a transaction has recipients of one region, so that it commits as a whole.
pub(super) fn another_region() -> Reply {
    Reply::new(452, Enhanced(4, 5, 3), "Please send to this recipient separately")
}

// RFC 5321 §6.3
pub(super) fn mail_loop() -> Reply {
    Reply::new(554, Enhanced(5, 4, 6), "The message has passed through too many servers: a loop")
}

pub(super) fn not_your_address(address: &Address) -> Reply {
    Reply::new(550, Enhanced(5, 7, 1), format!("You may not send as {address}"))
}

pub(super) fn no_sender_in_header() -> Reply {
    // RFC 5322 §3.6.2: there is at least one From address.
    Reply::new(550, Enhanced(5, 6, 0), "The From field has no address")
}

pub(super) fn taken(id: &str) -> Reply {
    Reply::new(250, Enhanced(2, 0, 0), format!("Taken as {id}"))
}

// RFC 4954 §6
pub(super) fn wrong_password() -> Reply {
    Reply::new(535, Enhanced(5, 7, 8), "The name or the password is wrong")
}

// RFC 4954 §6: 454 for a temporary failure
pub(super) fn no_sign_in_now() -> Reply {
    Reply::new(454, Enhanced(4, 7, 0), "Signing in does not work at the moment, please try again later")
}
