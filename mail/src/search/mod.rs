//! Searching mail: what a message says, the words in it, and what somebody asks. One folding for all of it, so
//! that what the index finds is what a reader of the text finds.
//!
//! ```text
//!   raw ──> Text (subject, from, ..., body) ──fold──> words ──> Terms ────────> an index
//!                 └────────────────fold───────────────────────> Term::is_in <─┐
//!   "préfecture de:maire -brouillon" ──> Query (Terms asked, dates) ──────────┴─ Lookups ──> an index
//! ```
//!
//! An index holds, of each word, which messages have it in which [`Fields`]. [`Term::lookups`] is what to look up
//! there; a message without them cannot match, and where [`Term::is_decided`] one with them does.

mod date;
mod excerpt;
mod fields;
mod fold;
mod parse;
mod term;
mod terms;
mod text;

pub use date::Day;
pub use excerpt::{Piece, excerpt, highlighted};
pub use fields::Fields;
pub use fold::{fold, words};
pub use parse::Query;
pub use term::{Form, How, Lookup, Term};
pub use terms::{PIECE_BYTES, Terms};
pub use text::Text;
