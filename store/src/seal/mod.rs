//! Seals: who can read what, and with which key.
mod unlock;
pub use unlock::UnlockKey;
