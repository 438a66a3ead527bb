//! Seals: who can read what, and with which key. `docs/format.md` has every byte.
//!
//! ```text
//!   unlock key ──HPKE──> mailbox pair ──HPKE──> epoch key ──box──> content key ──box──> raw, summary
//!   (off the machine)    (one a mailbox)        (mailbox, node,          └──> folder names, paths, keywords
//!                                                day or start)
//!   transit key ──box──> content key of waiting mail, its envelope
//! ```
//!
//! Writing needs public halves only: standby writes history and cannot read it. Which rows hold what is
//! the business of [`crate::region`]; here are bytes, keys and the memory they live in.

mod boxed;
mod pack;
mod ring;
mod unlock;

pub use boxed::{open, seal};
pub(crate) use boxed::{open_beside, seal_beside};
pub(crate) use ring::{Epoch, Ring, SealedEpoch};
pub use unlock::UnlockKey;
pub(crate) use unlock::{KeyPair, seal_key};

/// HPKE `info` of a mailbox's private half sealed to the unlock key.
pub(crate) const INFO_MAILBOX: &str = "relais mailbox v1";
/// HPKE `info` of an epoch key sealed to a mailbox.
pub(crate) const INFO_EPOCH: &str = "relais epoch v1";
/// HPKE `info` of a waiting message's content key sealed to the unlock key.
pub(crate) const INFO_OUTGOING: &str = "relais outgoing v1";

/// A symmetric key that wipes itself.
pub type Key = zeroize::Zeroizing<[u8; 32]>;

/// A fresh key.
pub(crate) fn fresh_key() -> Key {
    zeroize::Zeroizing::new(rand::random())
}
