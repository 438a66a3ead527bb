//! What the console asks of the running service, beyond the store.
//!
//! ```text
//!   page ──> Desk ──┬─ now, past, records    what is, what was, what would be changed
//!                   ├─ check, lag, preview    what stands in the way, how far the copy is, what would go back
//!                   └─ order, steer, copy     what an admin wants, under their name; durable when it returns
//! ```
//!
//! An order names the run it was given for: sent twice, or late, it finds another one and does nothing.

use dns::RecordPlan;
use failover::{CleanPoint, Finding, Phase, Run, RunKind, Says, Step, Verdict};
use mail::Timestamp;
use store::directory::Chain;
use zeroize::Zeroizing;

use crate::Soon;

/// What is going on.
#[derive(Clone, Debug, Default)]
pub struct Now {
    /// The phase.
    pub phase: Phase,
    /// The one sentence.
    pub says: Says,
    /// The run under way, or the one that ended last.
    pub run: Option<Run>,
    /// What the last turn found.
    pub findings: Vec<Finding>,
    /// Messages accepted since the run began.
    pub accepted: u64,
    /// Every mailbox counted at the primary, one line a mailbox.
    pub reconciliation: Option<String>,
    /// When this process started and went on with the run that it found.
    pub resumed_at: Option<Timestamp>,
}

impl Now {
    /// The run that has not ended.
    #[must_use]
    pub fn under_way(&self) -> Option<&Run> {
        self.run.as_ref().filter(|run| run.ended_at.is_none())
    }

    /// The name of the run under way; empty without one.
    #[must_use]
    pub fn run_id(&self) -> &str {
        self.under_way().map(|run| run.id.as_str()).unwrap_or_default()
    }
}

/// Could we take over now?
#[derive(Clone, Debug)]
pub struct Checked {
    /// When it was looked at.
    pub at: Timestamp,
    /// The answer.
    pub verdict: Verdict,
    /// What stands in the way, with what to do.
    pub findings: Vec<Finding>,
}

/// How far one mailbox was copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailboxLag {
    /// Whose.
    pub address: String,
    /// When it was last looked at to the end, since the start of this process.
    pub seen_at: Option<Timestamp>,
    /// What hinders it, and what to do.
    pub findings: Vec<(String, String)>,
}

/// How far the copy is.
#[derive(Clone, Debug, Default)]
pub struct Lag {
    /// Whether nothing is copied.
    pub frozen: bool,
    /// Whether it is a run that froze it; only its end thaws it.
    pub frozen_by_run: bool,
    /// When the directory was last looked at.
    pub directory_at: Option<Timestamp>,
    /// When every mailbox had been looked at.
    pub round_at: Option<Timestamp>,
    /// When the first copy of any mail was made: no clean point lies before it.
    pub first_at: Option<Timestamp>,
    /// Every mailbox, the one furthest behind first.
    pub mailboxes: Vec<MailboxLag>,
}

/// A run of the past, or the one under way.
#[derive(Clone, Debug)]
pub struct Past {
    /// The run.
    pub run: Run,
    /// Its record plan.
    pub records: Option<RecordPlan>,
    /// Every mailbox counted at the primary.
    pub reconciliation: Option<String>,
}

/// What a failback would push into one mailbox.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preview {
    /// Whose.
    pub address: String,
    /// Messages that the primary lacks.
    pub append: u64,
    /// Messages that lie in another folder there.
    pub moved: u64,
    /// Messages with other flags there.
    pub flagged: u64,
    /// Messages that were deleted here.
    pub deleted: u64,
    /// Why it could not be counted.
    pub hindered: Option<String>,
}

/// A recipient that waits in the outbound queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Its number.
    pub id: i64,
    /// To whom.
    pub recipient: String,
    /// Since when.
    pub queued_at: Timestamp,
    /// How often it was tried.
    pub attempts: u64,
    /// When it is tried again.
    pub next_at: Timestamp,
    /// Whether somebody holds it.
    pub held: bool,
    /// What the other server said last.
    pub said: Option<String>,
    /// Its size.
    pub size_bytes: u64,
}

/// How a failover was meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    /// The primary works; a last look is taken at it first.
    Planned,
    /// The primary is lost or taken.
    Emergency,
}

/// What an admin wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// Take over.
    Failover {
        /// How it is meant.
        urgency: Urgency,
        /// Before when the primary is trusted.
        clean_point: CleanPoint,
        /// Why.
        reason: String,
        /// Why although findings stand in the way.
        despite: Option<String>,
    },
    /// The clean point became known, or was wrong.
    CleanPoint(CleanPoint),
    /// Sign.
    Approve,
    /// A step is done that only people can see.
    Confirm(Step),
    /// Walk back.
    Abort,
    /// Go back.
    Failback {
        /// The primary is new or wiped: everything is pushed.
        full: bool,
    },
    /// Leave a failback that still waits for signatures.
    Withdraw,
    /// Push and count again.
    PushAgain,
    /// End the failback.
    Finish,
}

/// What to do with a recipient in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Steer {
    /// Try all now.
    RetryAll,
    /// Try now.
    Retry(i64),
    /// Do not try until told otherwise.
    Hold(i64),
}

/// What to do with copying.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Copying {
    /// Look at the primary now; goes on when this returns.
    Now,
    /// Copy nothing more.
    Freeze,
}

/// Where the unlock key comes from, and how far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnlockState {
    /// From a file.
    File {
        /// Whether the right one lies there.
        at_hand: bool,
    },
    /// From admins.
    Quorum {
        /// Shares that are here.
        here: usize,
        /// Shares that are needed.
        needed: u8,
        /// The key is whole.
        whole: bool,
    },
}

/// Whether the audit log is what it was.
#[derive(Clone, Debug)]
pub struct Verified {
    /// The chain itself.
    pub chain: Chain,
    /// The outside witness: how many heads it keeps that agree, or what disagrees. `None` without one.
    pub witness: Option<Result<usize, String>>,
}

/// Why an order was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct Refused {
    /// Why, in English as in the log.
    pub error: String,
    /// What to do next; may be empty.
    pub hint: String,
}

/// The answer of an order.
pub type Taken<'a, T> = Soon<'a, Result<T, Refused>>;

/// The running service, as the console sees it.
pub trait Desk: Send + Sync + 'static {
    /// What is going on. Costs nothing.
    fn now(&self) -> Now;

    /// Where staff sign in, such as `https://secours.example`.
    fn staff_origin(&self) -> String;

    /// How many must sign such a run.
    fn approvals_needed(&self, kind: RunKind) -> u32;

    /// What readiness was when it was last looked at; `None` before the first look and during a run.
    fn last_check(&self) -> Option<Checked>;

    /// Looks at everything now. Takes seconds.
    fn check(&self) -> Soon<'_, Checked>;

    /// What a failover would change in the DNS now; `Err` says what hinders it.
    fn records(&self) -> Soon<'_, Result<RecordPlan, String>>;

    /// How far the copy is.
    fn lag(&self) -> Lag;

    /// Runs, the newest first.
    fn past(&self) -> Taken<'_, Vec<Past>>;

    /// What a failback would push now, mailbox by mailbox; `full` for a primary that is new or wiped.
    fn preview(&self, full: bool) -> Taken<'_, Vec<Preview>>;

    /// Gives an order under the name of `by`, for the run named `run` (empty: none is under way). Nothing happens, and that
    /// is no error, when another run is under way by now: the order was sent twice. It is durable when this returns.
    fn order<'a>(&'a self, by: &'a str, run: &'a str, order: Order) -> Taken<'a, ()>;

    /// What waits to go out.
    fn queue(&self) -> Taken<'_, Vec<Waiting>>;

    /// Steers the queue. What left meanwhile is no error.
    fn steer<'a>(&'a self, by: &'a str, what: Steer) -> Taken<'a, ()>;

    /// Steers copying.
    fn copy<'a>(&'a self, by: &'a str, what: Copying) -> Taken<'a, ()>;

    /// How far the unlock key is. Costs nothing.
    fn unlock_state(&self) -> UnlockState;

    /// Takes a share of the unlock key, one line of text, from `by`.
    fn give_share<'a>(&'a self, by: &'a str, share: Zeroizing<String>) -> Taken<'a, ()>;

    /// Wipes the shares that are here.
    fn forget_shares<'a>(&'a self, by: &'a str) -> Taken<'a, ()>;

    /// Follows the audit log, and compares it with the outside witness.
    fn verify_audit(&self) -> Taken<'_, Verified>;
}
