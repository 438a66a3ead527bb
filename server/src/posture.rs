//! How the house stands right now: what reception, sync and mailboxes ask before they act.
//!
//! ```text
//!   executor ──watch::Sender<Posture>──> reception (accept? resolve as of when?)
//!                                    ├─> sync      (frozen?)
//!                                    └─> mailbox   (is there a view?)
//! ```
//!
//! The executor owns it and sets it from what is stored, first thing after a start; nobody else writes it.

use failover::Phase;
use store::directory::AsOf;

/// How the house stands.
#[derive(Clone, Debug)]
pub struct Posture {
    /// The stored phase.
    pub phase: Phase,
    /// Whether mail is accepted here.
    pub accepting: bool,
    /// Whether sync is frozen.
    pub sync_frozen: bool,
    /// As of when the directory is asked: the clean point once there is one.
    pub as_of: AsOf,
}

impl Default for Posture {
    /// Before the executor has looked: nothing is accepted (451) and nothing is copied.
    fn default() -> Self {
        Self { phase: Phase::Standby, accepting: false, sync_frozen: true, as_of: AsOf::Now }
    }
}
