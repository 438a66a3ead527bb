//! What to do next.

use mail::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Finding, Phase, Run, Says, Step};

/// Something to do. Doing it twice does no harm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Stop copying from the primary; nothing expires from here on.
    FreezeSync,
    /// Copy again.
    ThawSync,
    /// Refuse the primary's identity provider and end its sessions.
    RefuseIdentity,
    /// Admit it again.
    AdmitIdentity,
    /// Accept mail for the scope.
    AcceptMail,
    /// Accept no more.
    StopAccepting,
    /// Read the records as they are and store the plan that replaces them.
    DrawRecordPlan,
    /// Apply the record plan.
    ApplyRecords,
    /// Apply the way back.
    RevertRecords,
    /// Unseal the scope.
    Unseal,
    /// Lay the scope's mailboxes out for the clean point.
    LayOut,
    /// Close what was unsealed.
    Reseal,
    /// Tell staff.
    TellStaff,
    /// Take what the primary has that we have not.
    TakeDelta,
    /// Push what we have that the primary has not.
    Push,
    /// Count every mailbox at the primary.
    Reconcile,
    /// End sessions and app passwords, renew mailbox keys, seal.
    EndActivity,
}

/// What follows from an observation.
#[derive(Clone, Debug)]
pub struct Decision {
    /// What was found.
    pub findings: Vec<Finding>,
    /// The phase, to be stored before any command is run.
    pub phase: Phase,
    /// The run, to be stored with it.
    pub run: Option<Run>,
    /// What to do now, each for its step, in order. After all of them: observe again.
    pub commands: Vec<(Step, Command)>,
    /// The sentence.
    pub says: Says,
    /// When to look again although nothing happened.
    pub look_again_at: Option<Timestamp>,
}
