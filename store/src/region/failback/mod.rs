//! The way back: what the primary lacks, what it has been given, and the end of the activity.
//!
//! ```text
//!   placement (the view now)  <─ compare ─>  source_message (what the primary has now)
//!     no place there, or gone from it   Append         other folder   Move
//!     other flags                       Flags          expunged       Delete
//! ```
//!
//! What is done is recorded as seen, so that asking again answers only what is left.

mod changes;
mod end;
mod returned;
