//! Sign-in without the primary's identity provider: secrets, how they are checked, and who is let in.
//!
//! ```text
//!   login, password ──> Lockout ──> Directory::person ──> credentials ──┬──> SignedIn ──> session::begin
//!                       (a delay)    as of the clean point              └──> Half ── code ──> SignedIn
//!   passkey ── Passkeys::sign_in ──────────────────────────────────────────> SignedIn
//!   login, activation code, new password ── welcome ───────────────────────> SignedIn | Half
//! ```
//!
//! Staff and admins are apart: an admin of Relais reads nobody's mail, and somebody of the directory runs nothing.
//! The rows are `store`'s; pages and protocols that ask for a password are `webmail`'s, `imap`'s and `smtp`'s.

pub mod activation;
pub mod app_password;
pub mod device;
mod factors;
mod keys;
mod lockout;
mod passkey;
pub mod password;
pub mod recovery;
mod second;
mod secret;
pub mod session;
mod sign_in;
#[cfg(test)]
mod tests;
pub mod totp;
mod welcome;

pub use factors::{Factors, SecondFactor};
pub use keys::Keys;
pub use lockout::{Lockout, Place, Verdict};
pub use passkey::{Ceremony, PasskeyError, Passkeys};
pub use secret::Secret;
pub use sign_in::{Attempt, First, Half, Identity, Refusal, SignedIn, Visitor, may_enter};
pub use store::directory::Role;
pub use welcome::Unwelcome;
