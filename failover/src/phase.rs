//! The phase of a scope.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where the mail of a scope is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// At the primary; we follow.
    #[default]
    Standby,
    /// Switching over.
    Failover,
    /// Here.
    Active,
    /// Switching back.
    Failback,
}

impl Phase {
    /// The word of DESIGN, as in configuration, log and screen.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Standby => "standby",
            Self::Failover => "failover",
            Self::Active => "active",
            Self::Failback => "failback",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
