//! An index of words as bytes: which messages of a segment have which word where. No keys and no SQL.
//!
//! ```text
//!   Terms of each message ──> Builder ──> Outline (a byte a message, the first word of each block)
//!   blocks of other segments ─> merge ┘       └─> blocks: sorted words, front-coded, each with its postings
//! ```
//!
//! `docs/format.md` has every byte. Everything read is checked: what does not parse is no block.

mod answer;
mod block;
mod build;
mod merge;
mod outline;
mod varint;

pub(crate) use answer::{Answer, Part, answers};
pub(crate) use block::Block;
pub(crate) use build::{Builder, Built};
pub(crate) use merge::{Source, merge};
pub(crate) use outline::{ATTACHMENT, CUT, Outline};
