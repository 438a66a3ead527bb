//! The lab: hosts on one switch, and the servers that run on them.

pub mod authority;
pub mod config;
pub mod daemon;
pub mod disk;
pub mod dovecot;
pub mod history;
pub mod net;
pub mod people;
pub mod pki;
pub mod postfix;
pub mod postgres;

pub mod relais;
pub mod resolver;
pub mod rsyslog;
pub mod run;
pub mod s3;
pub mod shims;
pub mod slapd;
mod world;

pub use daemon::Daemon;
pub use net::{Host, Net};
pub use relais::Relais;
pub use world::World;
