//! The vocabulary of mail: values that every room of the house passes around, and nothing that does I/O.
//!
//! ```text
//!   Envelope ── ReversePath ─┐
//!      └────── ForwardPath ──┴─ Address ── Domain      Reply ── Enhanced
//!   Timestamp   Flags   FolderRole   Region   RelaisId   Summary ── Part
//! ```
//!
//! A value that exists is valid: constructors parse, and say what is wrong when they cannot.
//! Storage, protocols and time belong to others; a [`Timestamp`] is always handed in.

mod address;
mod domain;
mod envelope;
mod flags;
mod folder_role;
mod parse;
mod region;
mod relais_id;
mod reply;
mod room;
pub mod search;
mod structure;
mod summary;
mod timestamp;
mod waiting;
mod words;

pub use address::{Address, AddressError};
pub use domain::Domain;
pub use envelope::{Envelope, ForwardPath, Notify, Recipient, ReversePath};
pub use flags::{Flags, SystemFlags};
pub use folder_role::FolderRole;
pub use region::{Region, RegionError};
pub use relais_id::RelaisId;
pub use reply::{Enhanced, Reply};
pub use room::{Claim, Room};
pub use structure::{Inner, Parameter, Part};
pub use summary::{Correspondence, Correspondent, Summary, SummaryError};
pub use timestamp::Timestamp;
pub use waiting::{Failed, Waiting};
pub use words::{encoded_words, readable_text};
