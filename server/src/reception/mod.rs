//! Mail that arrives: from other organisations and from our own staff, onto the store.
//!
//! ```text
//!   smtp driver ──> Inbound ────┐                        ┌─ mailbox: store seals, places, commits
//!   smtp driver ──> Submission ─┼─> Addressing ─> Delivery ─┤
//!   outbound notices ───────────┘   (directory as of     └─ elsewhere: the outgoing queue
//!                                    the clean point)
//! ```
//!
//! Any trouble of the store is 451 4.3.0: it never bounces mail. 250 is said after the commit.

mod addressing;
mod delivery;
mod inbound;
mod listeners;
mod replies;
mod submission;

pub use addressing::Addressing;
pub use delivery::{Delivery, Letter, notice_envelope};
pub use listeners::{Parts, start};
pub use submission::Submission;

#[cfg(test)]
mod tests;
