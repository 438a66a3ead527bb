//! Runs: one failover, failback or drill each, with phase, steps and approvals, stored before anything is done.

use mail::Timestamp;
use serde::{Deserialize, Serialize};

/// The phase of a run's scope.
///
/// ```text
///   standby ──> failover ──> active ──> failback ──> standby
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// The primary works, Relais follows.
    #[default]
    Standby,
    /// Switching over.
    Failover,
    /// Relais has the organisation's mail.
    Active,
    /// Switching back.
    Failback,
}

impl Phase {
    /// All phases, in order.
    pub const ALL: [Self; 4] = [Self::Standby, Self::Failover, Self::Active, Self::Failback];

    /// The word of it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Standby => "standby",
            Self::Failover => "failover",
            Self::Active => "active",
            Self::Failback => "failback",
        }
    }

    pub(super) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| phase.as_str() == word)
    }
}

impl std::fmt::Display for Phase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunKind {
    /// A switch to Relais.
    Failover,
    /// A switch back.
    Failback,
    /// A rehearsal; it never changes the organisation's phase.
    Drill,
}

impl RunKind {
    /// The word of it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Failover => "failover",
            Self::Failback => "failback",
            Self::Drill => "drill",
        }
    }

    pub(super) fn from_word(word: &str) -> Option<Self> {
        [Self::Failover, Self::Failback, Self::Drill].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// One run as it is stored. `scope` and `steps` are the executor's own; the store only keeps them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRow {
    /// Its name, unique, chosen by the executor.
    pub id: String,
    /// What it is.
    pub kind: RunKind,
    /// The phase of its scope.
    pub phase: Phase,
    /// Whom it covers.
    pub scope: String,
    /// The moment before which the primary is trusted; `None` while it is unknown.
    pub clean_point: Option<Timestamp>,
    /// Its steps as JSON.
    pub steps: String,
    /// The sentence shown.
    pub says: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// Somebody's yes to a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// The run.
    pub run: String,
    /// The admin.
    pub approver: String,
    /// When.
    pub at: Timestamp,
}
