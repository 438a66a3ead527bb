//! The steps of a run, and how far each has come.

use std::fmt;

use mail::Timestamp;
use serde::{Deserialize, Serialize};

/// One step, in the order in which its run takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Failover 1: nothing the primary shows from here on is copied.
    FreezeSync,
    /// Failover 2: the primary's identity provider is refused, its sessions end.
    RefuseIdentity,
    /// Failover 3: mail for the scope is accepted here.
    AcceptMail,
    /// Failover 4: the record plan is applied and seen at every authoritative server.
    SwapRecords,
    /// Failover 5: the primary neither sends nor receives as us.
    Fence,
    /// Failover 6: mailboxes are unsealed.
    Unseal,
    /// Failover 6: mailboxes are laid out.
    LayOut,
    /// Failover 7: staff know where to go.
    TellStaff,
    /// Failover 8: the old records ran out everywhere.
    WatchTtl,
    /// Failback 1: the primary is clean, and those who say so signed.
    Checklist,
    /// Failback 2: what the primary has that we have not.
    TakeDelta,
    /// Failback 3: what we have that the primary has not, while still active.
    Push,
    /// Failback 4: the records name the primary again.
    SwapBack,
    /// Failback 5: the queue is empty and the old records ran out.
    Drain,
    /// Failback 6: what came in the meantime.
    PushLast,
    /// Failback 7: every mailbox counted at the primary.
    Reconcile,
    /// Failback 8: no more mail is accepted here.
    Close,
    /// Failback 9: what came until then.
    PushFinal,
    /// Failback 10: sessions ended, keys renewed, mailboxes sealed.
    End,
    /// Failback 11: sync follows the primary again.
    ThawSync,
}

impl Step {
    /// The steps of a failover, in order.
    pub const FAILOVER: [Self; 9] = [
        Self::FreezeSync,
        Self::RefuseIdentity,
        Self::AcceptMail,
        Self::SwapRecords,
        Self::Fence,
        Self::Unseal,
        Self::LayOut,
        Self::TellStaff,
        Self::WatchTtl,
    ];

    /// The steps of a failback, in order.
    pub const FAILBACK: [Self; 11] = [
        Self::Checklist,
        Self::TakeDelta,
        Self::Push,
        Self::SwapBack,
        Self::Drain,
        Self::PushLast,
        Self::Reconcile,
        Self::Close,
        Self::PushFinal,
        Self::End,
        Self::ThawSync,
    ];

    /// What the step does, in the infinitive, as progress lines show it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::FreezeSync => "freeze sync",
            Self::RefuseIdentity => "refuse the primary's identity provider",
            Self::AcceptMail => "accept mail",
            Self::SwapRecords => "switch the records and verify them at every authoritative server",
            Self::Fence => "fence the primary",
            Self::Unseal => "unseal the mailboxes",
            Self::LayOut => "lay out the mailboxes",
            Self::TellStaff => "tell staff",
            Self::WatchTtl => "watch the old records run out",
            Self::Checklist => "sign the clean-primary checklist",
            Self::TakeDelta => "take what the primary has that we have not",
            Self::Push => "push to the primary",
            Self::SwapBack => "switch the records back and verify them",
            Self::Drain => "drain the queue and let the old records run out",
            Self::PushLast => "push what came in the meantime",
            Self::Reconcile => "count every mailbox at the primary",
            Self::Close => "stop accepting mail",
            Self::PushFinal => "push the last arrivals",
            Self::End => "end sessions, renew keys, seal",
            Self::ThawSync => "follow the primary again",
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.title())
    }
}

/// How far a step has come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "state")]
pub enum Progress {
    /// Not its turn yet.
    #[default]
    Waiting,
    /// Under way.
    Working {
        /// Since when.
        since: Timestamp,
    },
    /// Somebody has to do something.
    Person {
        /// What.
        what: String,
    },
    /// It failed and is tried again.
    Retrying {
        /// How often it failed.
        tries: u32,
        /// When it is tried again.
        at: Timestamp,
        /// Why it failed.
        why: String,
    },
    /// Done.
    Done {
        /// When.
        at: Timestamp,
        /// What came of it.
        note: String,
    },
}

impl Progress {
    /// Whether the step is done.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        matches!(self, Self::Done { .. })
    }

    /// When it was done.
    #[must_use]
    pub const fn done_at(&self) -> Option<Timestamp> {
        match self {
            Self::Done { at, .. } => Some(*at),
            _ => None,
        }
    }
}

/// A step and its progress.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepRow {
    /// Which.
    pub step: Step,
    /// How far.
    pub progress: Progress,
}
