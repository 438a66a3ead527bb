//! The film: everything the standby saw at the primary, in order of seeing.
//!
//! ```text
//!   Seen ── prepare (seal, code: caller's task) ──> job: source ─ source_message ─ content ─ event
//! ```
//!
//! `source` and `source_message` are what the connector believes is at the primary now; `event` is how
//! it came to be so, and never changes.

mod expire;
mod figures;
mod many;
mod prepare;
mod record;
mod source;
mod verify;

pub(super) use prepare::Spot;
