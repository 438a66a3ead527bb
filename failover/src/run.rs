//! A run as it is stored: what was ordered, by whom, and how far it has come.

use std::collections::BTreeSet;

use mail::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Phase, Progress, Step, StepRow};

/// What a run does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunKind {
    /// To us.
    Failover,
    /// Back to the primary.
    Failback,
    /// A rehearsal.
    Drill,
}

/// The moment before which the primary is trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CleanPoint {
    /// This moment.
    At(Timestamp),
    /// Not known yet: nothing is trusted before somebody says when.
    Unknown,
    /// Everything is trusted: the primary failed, it was not taken.
    Everything,
}

/// Somebody's signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// What the admins want of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// Go on.
    #[default]
    Go,
    /// Walk back; only before the first accepted message.
    Abort,
    /// End the failback; only after the reconciliation.
    Finish,
}

/// One failover, failback or drill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Its name, such as `failover-2026-11-22T02:00:00Z`.
    pub id: String,
    /// What it does.
    pub kind: RunKind,
    /// The phase of its scope, stored before anything is done about it.
    pub phase: Phase,
    /// Before when the primary is trusted.
    pub clean_point: CleanPoint,
    /// Why, in the admin's words.
    pub reason: String,
    /// Since when.
    pub started_at: Timestamp,
    /// Until when.
    pub ended_at: Option<Timestamp>,
    /// How many must approve.
    pub approvals_needed: u32,
    /// Who approved.
    pub approvals: Vec<Approval>,
    /// What is wanted.
    pub order: Order,
    /// Steps that a person declared done, where no fact can be seen.
    pub confirmed: BTreeSet<Step>,
    /// The steps, in order.
    pub steps: Vec<StepRow>,
    /// The sentence.
    pub says: String,
}

/// Why an order cannot be taken now.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotAllowed(pub String);

impl Run {
    /// A new run, nothing done yet.
    #[must_use]
    pub fn new(kind: RunKind, clean_point: CleanPoint, reason: String, approvals_needed: u32, now: Timestamp) -> Self {
        let (word, phase, steps) = match kind {
            RunKind::Failover => ("failover", Phase::Standby, Step::FAILOVER.to_vec()),
            RunKind::Failback => ("failback", Phase::Active, Step::FAILBACK.to_vec()),
            RunKind::Drill => ("drill", Phase::Standby, Vec::new()),
        };
        let waiting = |step| StepRow { step, progress: Progress::Waiting };
        Self {
            // Milliseconds keep two runs of one second apart.
            id: format!("{word}-{}-{:03}", now.rfc3339(), now.as_ms().rem_euclid(1000)),
            kind,
            phase,
            clean_point,
            reason,
            started_at: now,
            ended_at: None,
            approvals_needed,
            approvals: Vec::new(),
            order: Order::Go,
            confirmed: BTreeSet::new(),
            steps: steps.into_iter().map(waiting).collect(),
            says: String::new(),
        }
    }

    /// Adds a signature; the same person counts once, however the name is written.
    pub fn approve(&mut self, by: &str, now: Timestamp) {
        let by = by.trim();
        if !by.is_empty() && !self.has_signed(by) {
            self.approvals.push(Approval { by: by.to_owned(), at: now });
        }
    }

    /// Whether this person has signed.
    #[must_use]
    pub fn has_signed(&self, by: &str) -> bool {
        self.approvals.iter().any(|approval| approval.by.to_lowercase() == by.trim().to_lowercase())
    }

    /// Adds a signature that has to be somebody else's than those that are there.
    ///
    /// # Errors
    /// When the name is empty, or its owner has signed already while signatures are missing.
    pub fn sign(&mut self, by: &str, now: Timestamp) -> Result<(), NotAllowed> {
        if by.trim().is_empty() {
            return Err(NotAllowed("a signature needs a name".to_owned()));
        }
        if self.approvals_missing() > 0 && self.has_signed(by) {
            return Err(NotAllowed(format!("{} has signed already; a second person has to", by.trim())));
        }
        self.approve(by, now);
        Ok(())
    }

    /// How many signatures are missing.
    #[must_use]
    pub fn approvals_missing(&self) -> u32 {
        let given = u32::try_from(self.approvals.len()).unwrap_or(u32::MAX);
        self.approvals_needed.saturating_sub(given)
    }

    /// How far a step has come.
    #[must_use]
    pub fn progress(&self, step: Step) -> &Progress {
        static WAITING: Progress = Progress::Waiting;
        self.steps.iter().find(|row| row.step == step).map_or(&WAITING, |row| &row.progress)
    }

    /// Whether a step is done.
    #[must_use]
    pub fn is_done(&self, step: Step) -> bool {
        self.progress(step).is_done()
    }

    /// Notes how far a step has come.
    pub fn set(&mut self, step: Step, progress: Progress) {
        match self.steps.iter_mut().find(|row| row.step == step) {
            Some(row) => row.progress = progress,
            None => self.steps.push(StepRow { step, progress }),
        }
    }

    /// Notes that a step's command did what no observation can show.
    pub fn succeeded(&mut self, step: Step, note: String, now: Timestamp) {
        self.set(step, Progress::Done { at: now, note });
    }

    /// Notes that a step's command failed; it is tried again after 1, 2, 4 ... at most 60 seconds.
    pub fn failed(&mut self, step: Step, why: String, now: Timestamp) {
        let tries = match self.progress(step) {
            Progress::Retrying { tries, .. } => tries.saturating_add(1),
            _ => 1,
        };
        let wait_s = (1_i64 << tries.saturating_sub(1).min(6)).min(60);
        self.set(step, Progress::Retrying { tries, at: now.plus_s(wait_s), why });
    }

    /// Pushes and counts again; what was done stays done, so that nothing happens twice.
    pub fn push_again(&mut self) {
        for step in [Step::TakeDelta, Step::Push, Step::PushLast, Step::Reconcile] {
            self.set(step, Progress::Waiting);
        }
    }

    /// Orders the walk back.
    ///
    /// # Errors
    /// When this is no failover, or mail was accepted already.
    pub fn abort(&mut self, accepted: u64) -> Result<(), NotAllowed> {
        if self.kind != RunKind::Failover || self.ended_at.is_some() {
            return Err(NotAllowed("no failover is under way".to_owned()));
        }
        if accepted > 0 {
            return Err(NotAllowed(format!(
                "{accepted} messages were accepted already: going back is `relais failback start`"
            )));
        }
        self.order = Order::Abort;
        Ok(())
    }

    /// Orders the end of a failback.
    ///
    /// # Errors
    /// When this is no failback.
    pub fn finish(&mut self) -> Result<(), NotAllowed> {
        if self.kind != RunKind::Failback || self.ended_at.is_some() {
            return Err(NotAllowed("no failback is under way; begin with `relais failback start`".to_owned()));
        }
        self.order = Order::Finish;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    const NOW: Timestamp = Timestamp::from_unix_s(1_800_000_000);

    #[test]
    fn the_second_signature_is_another_persons() {
        let mut run = Run::new(RunKind::Failover, CleanPoint::Everything, "fire".to_owned(), 2, NOW);
        run.sign("dsi", NOW).unwrap();
        for same in ["dsi", " DSI ", ""] {
            assert!(run.sign(same, NOW).is_err(), "{same:?}");
        }
        assert_eq!(run.approvals_missing(), 1);
        run.sign("maire", NOW).unwrap();
        assert_eq!(run.approvals_missing(), 0);
        run.sign("maire", NOW).unwrap();
        assert_eq!(run.approvals.len(), 2, "who presses twice has signed once");
    }
}
