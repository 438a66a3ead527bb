//! The world outside Relais: real servers that nobody here wrote, one network namespace a host.
//!
//! ```text
//!            switch namespace (bridge, 198.51.100.0/24, no way out)
//!   +-----------+-----------+----------+----------+-----------+----------+
//!   partner     resolver    authority  primary    directory   standby    staff
//!   Postfix     Unbound     Knot x 2   Dovecot    slapd       relais     mbsync, msmtp,
//!                                      + Postfix                         imaplib, swaks
//! ```
//!
//! Everything here is started in the foreground, ended by its own process id, and keeps its state in one
//! temporary folder, which stays when a scenario fails. Relais is only ever a binary that is run.

#![allow(clippy::disallowed_methods, reason = "outside the house there are only real clocks")]
#![allow(clippy::indexing_slicing, reason = "all of this is tests")]

pub mod browser;
pub mod clients;
pub mod lab;
pub mod load;
pub mod stage;
pub mod wait;

/// The folder of this package. Cargo says at each run where it is: clones that share build products would otherwise read
/// the files of whichever was compiled first.
pub fn folder() -> std::path::PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into()).into()
}
