//! SMTP: mail comes in, mail goes out. No database; what is stored is [`Reception`]'s and [`Queue`]'s affair.
//!
//! ```text
//!   peer ──TCP/TLS── driver ──feed/poll── Session ──Question──> Reception   (server implements it on store)
//!
//!   Queue ──due──> Runner ──MxResolver──> Connection ──feed/poll── Machine ──TCP/TLS── peer's MX
//!     ^                │
//!     └────settle──────┴── notice (RFC 3464), given back to Queue
//! ```
//!
//! `Session` and `client::Machine` are the protocol and own no socket and no clock; `driver` and
//! `client::Connection` own sockets, TLS and time-outs and know no command.

pub mod client;
pub mod command;
pub mod dkim;
pub mod driver;
mod error;
pub mod header;
mod limits;
pub mod outbound;
mod reception;
pub mod session;
pub mod trace;
mod wire;

pub use error::Error;
pub use limits::Limits;
pub use outbound::{MxResolver, Queue, Runner};
pub use reception::{Login, MailParameters, Peer, Protection, Reception};
pub use session::{Mode, Room};
