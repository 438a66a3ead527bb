//! The one sentence that says at every moment what is happening, as a value: logs and commands print it in English, pages
//! in their reader's language.

use std::fmt;

use serde::Serialize;

use crate::{Phase, RunKind, Step, Verdict};

/// What is happening.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(tag = "code", rename_all = "kebab-case")]
pub enum Says {
    /// Nobody has looked yet.
    #[default]
    Nothing,
    /// Standing by.
    StandingBy {
        /// Whether we are ready; `None` before anybody looked.
        verdict: Option<Verdict>,
        /// Findings that stand in the way.
        stops: usize,
    },
    /// The phase is not standby, and yet no run is under way.
    OutOfStep {
        /// The phase.
        phase: Phase,
    },
    /// An order was taken and is not looked at yet.
    OrderTaken,
    /// Signatures are missing.
    Waits {
        /// Of what.
        kind: RunKind,
        /// How many.
        missing: u32,
    },
    /// A run begins.
    Begins {
        /// Which.
        kind: RunKind,
    },
    /// Switching over, or back.
    Switching {
        /// Back to the primary.
        back: bool,
        /// The first step that is not done; `None` when all are.
        at: Option<At>,
    },
    /// Walking back to the primary.
    WalkingBack {
        /// Why it is tried again.
        why: Option<String>,
    },
    /// The organisation's mail arrives here.
    Active {
        /// Messages so far.
        accepted: u64,
        /// What is still to do, and why it fails.
        open: Vec<(Step, Option<String>)>,
    },
    /// Everything is back at the primary, and somebody has to say so.
    ReadReconciliation,
    /// A step that takes long.
    Working {
        /// Which.
        step: Step,
        /// Mailboxes so far.
        done: u64,
        /// Mailboxes in all.
        of: u64,
    },
    /// A run has ended.
    Ended {
        /// Which; a failover that ended was walked back.
        kind: RunKind,
    },
}

/// Where a switch stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct At {
    /// The first step that is not done.
    pub step: Step,
    /// What is the matter with it.
    pub matter: Matter,
}

/// What is the matter with a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Matter {
    /// It is under way.
    Goes,
    /// It failed and is tried again.
    Fails {
        /// How often.
        tries: u32,
        /// Why, in English.
        why: String,
    },
    /// It waits for somebody.
    Person {
        /// To do what, in English.
        what: String,
    },
}

impl Says {
    /// Whether there is nothing to say yet.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::Nothing
    }
}

/// In English, as logs and commands say it.
impl fmt::Display for Says {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => Ok(()),
            Self::StandingBy { verdict, stops } => standing_by(f, *verdict, *stops),
            Self::OutOfStep { phase } => {
                write!(f, "The phase is {phase}, but no run is under way; begin with `relais failback start`.")
            }
            Self::OrderTaken => f.write_str("The order is taken, the run begins."),
            Self::Waits { kind, missing: 1 } => write!(f, "The {} waits for 1 more approval.", word(*kind)),
            Self::Waits { kind, missing } => write!(f, "The {} waits for {missing} more approvals.", word(*kind)),
            Self::Begins { kind } => write!(f, "The {} begins.", word(*kind)),
            Self::Switching { back, at } => {
                write!(f, "Switching {}: ", if *back { "back" } else { "over" })?;
                match at {
                    Some(at) => write!(f, "{at}."),
                    None => f.write_str("all steps are done."),
                }
            }
            Self::WalkingBack { why: None } => f.write_str("Walking back to the primary."),
            Self::WalkingBack { why: Some(why) } => write!(f, "Walking back to the primary, trying again: {why}."),
            Self::Active { accepted, open } => active(f, *accepted, open),
            Self::ReadReconciliation => f.write_str(
                "Everything is back at the primary; read the reconciliation, then `relais failback finish`.",
            ),
            Self::Working { step, done, of } => write!(f, "{}: {done} of {of} mailboxes.", sentence_case(step.title())),
            Self::Ended { kind } => f.write_str(ended(*kind)),
        }
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.matter {
            Matter::Goes => write!(f, "{}", self.step),
            Matter::Fails { tries, why } => write!(f, "{} failed ({tries}), trying again: {why}", self.step),
            Matter::Person { what } => write!(f, "{} waits: {what}", self.step),
        }
    }
}

fn standing_by(f: &mut fmt::Formatter<'_>, verdict: Option<Verdict>, stops: usize) -> fmt::Result {
    match verdict {
        None => f.write_str("Standing by."),
        Some(Verdict::Ready) => f.write_str("Standing by, ready to take over."),
        Some(Verdict::NotReady) => {
            write!(f, "Standing by, not ready: {stops} findings stand in the way; see `relais check`.")
        }
        Some(Verdict::CouldNotTell) => {
            f.write_str("Standing by; whether we are ready could not be told, see `relais check`.")
        }
    }
}

fn active(f: &mut fmt::Formatter<'_>, accepted: u64, open: &[(Step, Option<String>)]) -> fmt::Result {
    write!(f, "The organisation's mail arrives here, {accepted} messages so far")?;
    for (number, (step, why)) in open.iter().enumerate() {
        f.write_str(if number == 0 { "; still to do: " } else { ", " })?;
        match why {
            Some(why) => write!(f, "{step} ({why})")?,
            None => write!(f, "{step}")?,
        }
    }
    f.write_str(".")
}

const fn word(kind: RunKind) -> &'static str {
    match kind {
        RunKind::Failover => "failover",
        RunKind::Failback => "failback",
        RunKind::Drill => "drill",
    }
}

const fn ended(kind: RunKind) -> &'static str {
    match kind {
        RunKind::Failover => "The failover was walked back; the primary has the mail, and we follow it again.",
        RunKind::Failback => "The failback is done; the primary has the mail, and we follow it again.",
        RunKind::Drill => "The drill is done.",
    }
}

fn sentence_case(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
