//! The way back: what Relais has and the primary lacks goes there, once, and is counted there.
//!
//! ```text
//!   changes(mailbox) ──> by folder ──┬─ found there by its Relais-Id, or as what was there before: flags, and its folder
//!                                    ├─ Append: marked with its Relais-Id, with received time and flags
//!                                    └─ Move, Flags, Delete: only in a folder that is still the same one
//!   each is recorded as returned when the primary has it; what was in doubt is looked for before it is sent again
//! ```
//!
//! Running it again changes nothing. Absence at the primary is never read as deletion here: what is missing is pushed.

mod index;
mod missing;
mod push;
mod reconcile;
mod target;

pub use push::{Pushed, push};
pub use reconcile::{Reconciled, reconcile};
