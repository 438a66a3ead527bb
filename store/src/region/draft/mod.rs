//! Drafts: what people are writing, sealed like their mail, kept until it is sent or thrown away.
//!
//! ```text
//!   begin ─> writing ── hand_over ──> sending ── sent ──> sent (remembered, for whoever presses twice)
//!               ^ save (revision)        └── taken_back ──> writing
//!               └ parts: each a row, or a blob, of its own; saving the text leaves them alone
//! ```
//!
//! A save names the revision it began from. One that began from another is refused, so that two windows never write over
//! each other. What is sealed, and the codes of the rows, are those of docs/format.md.

mod hand_over;
mod part;
mod row;
mod save;
mod values;

pub use values::{Draft, DraftKind, DraftPart, DraftRow, DraftState, Original, Saved, Sending};

use crate::StoreError;

fn no_draft() -> StoreError {
    StoreError::NoSuch("draft".to_owned())
}
