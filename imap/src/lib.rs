//! IMAP: the server that staff read their mail through, and the client that reads the primary. No database.
//!
//! ```text
//!   mail program ──TCP/TLS── server::serve ── Session ──> Mailbox     (server implements it on store;
//!                                                                     memory::Reference is the in-memory one)
//!   sync, failback ──> client::Client ──TCP/TLS── the primary
//! ```
//!
//! Commands and responses are read with imap-codec; `wire` writes what the server says.

pub mod client;
mod error;
mod limits;
mod mailbox;
pub mod memory;
mod name;
pub mod server;
mod stream;
mod wire;

pub use error::Error;
pub use limits::Limits;
pub use mailbox::{
    Accounts, Appended, Entry, FlagChange, Folder, FolderId, LoginError, Mailbox, MessageKey, Peer, Trouble,
};
pub use name::{from_modified_utf7, to_modified_utf7};
