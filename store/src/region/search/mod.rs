//! Finding words in a mailbox: an index of sealed segments, written by whoever writes, read by whoever may read.
//!
//! ```text
//!   content_key ──(trigger)──> unindexed ──gather──> segment ──merge──> larger segment
//!                                  │  under the epoch key that the writer still holds, so in standby, too
//!                                  └──open──> in memory ──┐
//!   search: Query ──lookups──> blocks of segments, opened on demand ──> answers ──> places, newest first
//!                                                                └── maybe ──> the message is read
//! ```
//!
//! Segments are written when enough has gathered ([`RegionStore::index_waiting`]), and for the last time under an
//! epoch when the next one begins. What a killed process left out of them is indexed once its mailbox is unsealed;
//! until then a search reads it. What is opened stays in memory, bounded, until the region is sealed again.

mod cache;
mod find;
mod gather;
mod merging;
mod opened;
mod places;
mod segment;
mod texts;

pub use find::Hit;

pub(super) use cache::Searches;
pub(super) use segment::sweep;
