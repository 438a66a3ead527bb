//! The only SQL of the house: what Relais knows and keeps, on disk before anybody is told so.
//!
//! ```text
//!   Store ─┬─ Directory ............ people, credentials, runs, audit      directory.db
//!          └─ RegionStore, one a region: film, mailboxes, view, queue      region-<name>.db + blobs/<name>/
//!                 │
//!                 ├─ seal ......... unlock key > mailbox pair > epoch key > content key > bytes
//!                 └─ Committer .... mpsc > one transaction for all that gathered > answers
//! ```
//!
//! All handles are cheap clones. Every write goes through a committer and is on disk when its future
//! resolves. Nothing here reads a clock: moments are handed in. The engine is embedded SQLite, or PostgreSQL for several
//! nodes; no caller sees which.

pub mod backup;
mod committer;
mod config;
mod damage;
mod db;
pub mod directory;
mod engine;
mod error;
mod ids;
mod lease;
mod lock;
pub mod mac;
mod open;
mod pinning;
pub mod region;
pub mod seal;
mod search;
mod sum;
mod trouble;

pub use config::{BlobStore, Database, HouseKeys, RegionConfig, StoreConfig};
pub use directory::Directory;
pub use error::StoreError;
pub use ids::{ContentId, DraftId, EntryId, EventId, FolderId, MailboxId, OutgoingId, RecipientId};
pub use lease::Lease;
pub use open::{ClosedRegion, Store};
pub use pinning::Pinning;
pub use region::RegionStore;
pub use trouble::Hindrance;

/// What every call of this crate returns.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;
