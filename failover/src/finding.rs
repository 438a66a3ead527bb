//! A named fact found by a check, with what to do about it.

use std::fmt;

use serde::Serialize;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Staff or partners would feel it.
    Warning,
    /// It could not be told.
    Unknown,
    /// A failover would fail.
    Stop,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Unknown => "unknown",
            Self::Stop => "stop",
        })
    }
}

/// A finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Its name, which never changes: `dns-write`.
    pub name: &'static str,
    /// How bad.
    pub severity: Severity,
    /// What is the case.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

impl Finding {
    pub(crate) fn new(
        name: &'static str,
        severity: Severity,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { name, severity, what: what.into(), remedy: remedy.into() }
    }
}

/// Could we take over now?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Yes.
    Ready,
    /// No.
    NotReady,
    /// It could not be told.
    CouldNotTell,
}

impl Verdict {
    /// The exit status of `relais check`.
    #[must_use]
    pub const fn exit_status(self) -> u8 {
        match self {
            Self::Ready => 0,
            Self::NotReady => 1,
            Self::CouldNotTell => 2,
        }
    }
}

/// The verdict that findings add up to.
#[must_use]
pub fn verdict(findings: &[Finding]) -> Verdict {
    match findings.iter().map(|finding| finding.severity).max() {
        Some(Severity::Stop) => Verdict::NotReady,
        Some(Severity::Unknown) => Verdict::CouldNotTell,
        _ => Verdict::Ready,
    }
}
