//! Laying out: from the film and a clean point to a view, without reading a word of the mail.
//!
//! ```text
//!   at <= T   folders, messages, flags, deletions    as they stood at T
//!   at >  T   messages                               marked folder, unless a trusted copy is there
//!             flags, deletions, folders              as if they had not been
//!   received by Relais                               always there
//! ```
//!
//! [`plan`] is pure; [`write`] brings its result into the database, keeping what staff did.

mod names;
mod plan;
mod write;

pub(super) use write::{TOUCHED_FLAGS, TOUCHED_FOLDER};
