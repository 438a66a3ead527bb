//! Mailboxes for mail programs: `imap`'s accounts and mailboxes on the store.
//!
//! ```text
//!   imap driver ──> People ── identity, directory as of the clean point ──> Open ──> RegionStore's view
//! ```
//!
//! In standby nobody gets in: there is no view. While a mailbox is sealed its owner is told to come again.

mod listeners;
mod open;
mod people;

pub use listeners::{Parts, start};
