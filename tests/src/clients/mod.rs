//! Clients that nobody here wrote, and two small ones of our own for what those refuse to do.

pub mod dkim;
pub mod dns;
pub mod flood;
pub mod imap;
pub mod mbsync;
pub mod smtp;
pub mod submission;

/// A file beside this package's manifest.
pub fn script(name: &str) -> std::path::PathBuf {
    crate::folder().join("clients").join(name)
}

/// Debian's Python, which has Debian's modules.
pub const PYTHON: &str = "/usr/bin/python3";
