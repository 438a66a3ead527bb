//! Sign-in without the primary's identity provider: secrets, how they are checked, and who is let in.
//!
//! ```text
//!   login, password ──> Lockout ──> Directory::person ──> credentials ──> SignedIn | Refusal
//!                       (a delay)    as of the clean point    (hashes only)
//! ```
//!
//! Staff and admins are apart: an admin of Relais reads nobody's mail, and somebody of the directory runs nothing.
//! The rows are `store`'s; pages and protocols that ask for a password are `webmail`'s, `imap`'s and `smtp`'s.

pub mod activation;
pub mod app_password;
mod keys;
mod lockout;
pub mod password;
mod secret;
pub mod session;
mod sign_in;
#[cfg(test)]
mod tests;

pub use keys::Keys;
pub use lockout::{Lockout, Verdict};
pub use secret::Secret;
pub use sign_in::{Attempt, Identity, Refusal, SignedIn};
pub use store::directory::Role;
