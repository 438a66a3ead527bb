//! What Relais sees of the primary, and the way back to it: connectors that write the film, and failback.
//!
//! ```text
//!   LDAP, CSV ── directory ──> sightings, cursor ──> store::Directory
//!   IMAP ─────── history ────> what was seen, cursor ──> store::RegionStore (the film)
//!   IMAP <────── failback ──── what the primary lacks, and the count of what it has afterwards
//! ```
//!
//! A connector commits what it saw together with how far it has read, so that it can be killed anywhere.
//! What is odd about a primary is a [`Finding`]; whoever schedules connectors is in `server`.

pub mod directory;
mod error;
pub mod failback;
mod finding;
pub mod history;
mod pace;
mod tls;

pub use error::SyncError;
pub use finding::Finding;
pub use pace::{Backoff, Pace};

/// What every call of this crate returns.
pub type Result<T, E = SyncError> = std::result::Result<T, E>;
