//! What people order, and what it does to the stored run. An order is durable before it is answered.

use std::borrow::Cow;

use failover::{CleanPoint, Phase, Run, RunKind, Says, Step};
use serde_json::{Value, json};
use store::directory::Approval;
use tokio::sync::oneshot;

use super::Executor;
use super::reached::Fence;
use super::stored::{Stored, phase_from_store};
use crate::clock::now;
use crate::control::Refusal;

/// Who orders when nobody is named: whoever may open the control socket.
pub const OPERATOR: &str = "operator";

/// An order.
#[derive(Clone, Debug)]
pub enum Order {
    /// Take over, or move the clean point of the failover under way.
    Failover {
        /// Before when the primary is trusted.
        clean_point: CleanPoint,
        /// Why.
        reason: String,
    },
    /// Sign.
    Approve {
        /// Who.
        by: String,
        /// A step that is declared done.
        step: Option<Step>,
    },
    /// The clean point became known, or was wrong.
    CleanPoint(CleanPoint),
    /// Walk back.
    Abort,
    /// Withdraw a failback that waits for signatures.
    Withdraw,
    /// Go back, or push and count again.
    Failback {
        /// Push everything.
        full: bool,
        /// Who signs the checklist.
        approved_by: Vec<String>,
    },
    /// Push and count again.
    PushAgain,
    /// End the failback.
    Finish,
    /// Copy nothing until told otherwise, or again.
    HoldSync(bool),
}

impl Order {
    /// What the audit log keeps of it.
    fn detail(&self) -> Value {
        match self {
            Self::Failover { clean_point, reason } => {
                json!({ "order": "failover", "clean_point": word_of(*clean_point), "reason": reason })
            }
            Self::Approve { by, step: None } => json!({ "order": "sign", "by": by }),
            Self::Approve { by, step: Some(step) } => json!({ "order": "confirm", "step": step, "by": by }),
            Self::CleanPoint(point) => json!({ "order": "clean-point", "clean_point": word_of(*point) }),
            Self::Abort => json!({ "order": "abort" }),
            Self::Withdraw => json!({ "order": "withdraw" }),
            Self::Failback { full, approved_by } => {
                json!({ "order": "failback", "full": full, "approved_by": approved_by })
            }
            Self::PushAgain => json!({ "order": "push-again" }),
            Self::Finish => json!({ "order": "finish" }),
            Self::HoldSync(hold) => json!({ "order": if *hold { "sync-hold" } else { "sync-go-on" } }),
        }
    }
}

/// As the command line takes it.
fn word_of(point: CleanPoint) -> Cow<'static, str> {
    match point {
        CleanPoint::At(moment) => moment.rfc3339().into(),
        CleanPoint::Unknown => "unknown".into(),
        CleanPoint::Everything => "everything".into(),
    }
}

/// An order and where its answer goes.
pub struct Ask {
    /// Who gives it.
    pub(super) by: String,
    /// The run that it was given for, empty for none: under another run it is left undone, as it was sent twice or late.
    pub(super) run: Option<String>,
    pub(super) order: Order,
    pub(super) reply: oneshot::Sender<Result<(), Refusal>>,
}

impl Executor {
    pub(super) async fn take(&mut self, ask: Ask) {
        if let Err(error) = self.leads(true).await {
            let _ = ask.reply.send(Err(error.into()));
            return;
        }
        let (by, word) = (ask.by, format!("{:?}", ask.order));
        let current = self.stored.as_ref().map(|stored| stored.run.id.as_str()).unwrap_or_default();
        let is_late = ask.run.is_some_and(|run| run != current);
        let taken = if is_late { Ok(()) } else { self.obey(&by, ask.order).await };
        match &taken {
            Ok(()) if is_late => tracing::info!(by, order = word, "left undone: it was given for another run"),
            Ok(()) => tracing::info!(by, order = word, "ordered"),
            Err(refusal) => tracing::info!(by, order = word, %refusal, "refused"),
        }
        self.show_order();
        // Whoever asked may have gone away; the order stands.
        let _ = ask.reply.send(taken);
    }

    async fn obey(&mut self, by: &str, order: Order) -> Result<(), Refusal> {
        let detail = order.detail().to_string();
        match order {
            Order::Failover { clean_point, reason } => self.begin_failover(by, clean_point, reason).await?,
            Order::Approve { by, step } => self.approve(&by, step).await?,
            Order::CleanPoint(point) => self.move_clean_point(point).await?,
            Order::Abort => self.abort().await?,
            Order::Withdraw => self.withdraw().await?,
            Order::Failback { full, approved_by } => self.begin_failback(by, full, &approved_by).await?,
            Order::PushAgain => self.push_again().await?,
            Order::Finish => self.finish().await?,
            Order::HoldSync(hold) => self.hold_sync(hold).await?,
        }
        self.store.directory().audit(now(), by, "order", &detail).await?;
        Ok(())
    }

    /// Whoever waits for the run that was ordered must not take the one before it for its end.
    fn show_order(&self) {
        let Some(stored) = &self.stored else { return };
        self.news.send_modify(|news| {
            news.run = Some(stored.run.clone());
            news.reconciliation.clone_from(&stored.reconciliation);
            if stored.run.says.is_empty() {
                news.says = Says::OrderTaken;
            }
        });
    }

    async fn keep_run(&mut self, stored: Stored) -> Result<(), Refusal> {
        stored.save(self.store.directory()).await?;
        self.stored = Some(stored);
        Ok(())
    }

    /// Whether a clean point can be one: it lies between the first copy and now.
    async fn may_be(&self, clean_point: CleanPoint) -> Result<(), Refusal> {
        is_past(clean_point)?;
        let CleanPoint::At(moment) = clean_point else { return Ok(()) };
        let mut first = None;
        for region in self.store.regions() {
            first = first.into_iter().chain(region.first_seen().await?).min();
        }
        match first {
            Some(first) if moment < first => Err(Refusal::new(
                format!(
                    "the clean point lies before the first copy of any mail, at {first}: every mailbox would be empty"
                ),
                "give a later moment; where nobody knows one, say \"unknown\", and correct it when somebody does",
            )),
            _ => Ok(()),
        }
    }

    async fn begin_failover(&mut self, by: &str, clean_point: CleanPoint, reason: String) -> Result<(), Refusal> {
        self.may_be(clean_point).await?;
        match self.stored.clone() {
            None => {
                let phase = phase_from_store(self.store.directory().phase().await?);
                if phase != Phase::Standby {
                    return Err(Refusal::new(format!("the phase is {phase}"), "see `relais status`"));
                }
                let mut run = Run::new(RunKind::Failover, clean_point, reason, self.needed.approvals, now());
                // The order is the first signature.
                run.approve(by, now());
                self.keep_run(Stored::new(run)).await
            }
            // Started again: the clean point may have become known, all else goes on.
            Some(stored) if stored.run.kind == RunKind::Failover => self.move_clean_point(clean_point).await,
            Some(_) => Err(Refusal::new("a failback is under way", "end it with `relais failback finish` first")),
        }
    }

    async fn move_clean_point(&mut self, clean_point: CleanPoint) -> Result<(), Refusal> {
        self.may_be(clean_point).await?;
        match self.stored.clone() {
            Some(mut stored) if stored.run.kind == RunKind::Failover => {
                stored.run.clean_point = clean_point;
                self.keep_run(stored).await
            }
            _ => Err(Refusal::new("no failover is under way", "begin with `relais failover start`")),
        }
    }

    async fn approve(&mut self, by: &str, step: Option<Step>) -> Result<(), Refusal> {
        let Some(mut stored) = self.stored.clone() else {
            return Err(Refusal::new("no run is under way", "begin with `relais failover start`"));
        };
        match step {
            Some(step @ (Step::Fence | Step::TellStaff | Step::SwapRecords | Step::SwapBack | Step::PushFinal)) => {
                stored.run.confirmed.insert(step);
            }
            Some(step) => {
                let hint = "fence, tell_staff, swap_records, swap_back and push_final can be declared done";
                return Err(Refusal::new(format!("\"{step}\" is seen, not declared"), hint));
            }
            None => stored
                .run
                .sign(by, now())
                .map_err(|refused| Refusal::new(refused, "somebody else signs with `--by NAME`, or at the console"))?,
        }
        let approval = Approval { run: stored.run.id.clone(), approver: by.to_owned(), at: now() };
        self.store.directory().approve(approval).await?;
        self.keep_run(stored).await
    }

    async fn abort(&mut self) -> Result<(), Refusal> {
        let Some(mut stored) = self.stored.clone() else {
            return Err(Refusal::new("no failover is under way", "see `relais status`"));
        };
        if stored.run.kind == RunKind::Failback {
            return Err(Refusal::new(
                "a failback is under way",
                "while it waits for signatures `relais failback abort` withdraws it",
            ));
        }
        let mut accepted = 0;
        for region in self.store.regions() {
            accepted += region.accepted_since(stored.run.started_at).await?;
        }
        stored.run.abort(accepted).map_err(|refused| Refusal::new(refused, ""))?;
        self.keep_run(stored).await
    }

    /// The failover that the failback would have ended goes on.
    async fn withdraw(&mut self) -> Result<(), Refusal> {
        let none =
            || Refusal::new("no failback waits for signatures", "one that has begun is ended, see `relais status`");
        let mut withdrawn =
            self.stored.clone().filter(|stored| stored.run.kind == RunKind::Failback).ok_or_else(none)?;
        if withdrawn.run.approvals_missing() == 0 {
            return Err(none());
        }
        let rows = self.store.directory().runs().await?;
        let failovers = rows.iter().filter(|row| row.kind == store::directory::RunKind::Failover);
        let mut before = failovers.filter_map(|row| Stored::of(row).ok());
        let mut before = before.next().ok_or_else(none)?;
        before.run.ended_at = None;
        before.held = withdrawn.held;
        (withdrawn.run.order, withdrawn.run.ended_at) = (failover::Order::Abort, Some(now()));
        withdrawn.run.says = "The failback was withdrawn before anybody else had signed it.".to_owned();
        before.save(self.store.directory()).await?;
        withdrawn.save(self.store.directory()).await?;
        self.keep_run(before).await
    }

    async fn begin_failback(&mut self, by: &str, full: bool, approved_by: &[String]) -> Result<(), Refusal> {
        let nothing = || Refusal::new("there is nothing to give back: no failover is active", "see `relais status`");
        let mut current = self.stored.clone().ok_or_else(nothing)?;
        let mut stored = match current.run.kind {
            RunKind::Failover if current.run.phase == Phase::Active => {
                let run = Run::new(
                    RunKind::Failback,
                    current.run.clean_point,
                    String::new(),
                    self.needed.failback_approvals,
                    now(),
                );
                Stored {
                    run,
                    records: current.records.clone(),
                    held: current.held,
                    full,
                    reconciliation: None,
                    fence: Fence::default(),
                    active_since: Some(current.since()),
                }
            }
            RunKind::Failback => {
                let mut again = current.clone();
                again.run.push_again();
                again.full = full;
                again
            }
            _ => return Err(nothing()),
        };
        // `Everything` counts from the beginning of the failover, not of the failback.
        if let (CleanPoint::Everything, Some(moment)) = (stored.run.clean_point, current.trusted_until()) {
            stored.run.clean_point = CleanPoint::At(moment);
        }
        let signers = if approved_by.is_empty() { &[by.to_owned()][..] } else { approved_by };
        signers.iter().for_each(|by| stored.run.approve(by, now()));
        let is_new = stored.run.id != current.run.id;
        self.keep_run(stored.clone()).await?;
        if is_new {
            current.run.ended_at = Some(now());
            current.save(self.store.directory()).await?;
            // Saving the old run set its phase; the new one's is in force.
            self.keep_run(stored).await?;
        }
        Ok(())
    }

    async fn push_again(&mut self) -> Result<(), Refusal> {
        match self.stored.clone() {
            Some(mut stored) if stored.run.kind == RunKind::Failback => {
                stored.run.push_again();
                self.keep_run(stored).await
            }
            _ => Err(Refusal::new("no failback is under way", "begin with `relais failback start`")),
        }
    }

    async fn finish(&mut self) -> Result<(), Refusal> {
        let none = || Refusal::new("no failback is under way", "begin with `relais failback start`");
        let mut stored = self.stored.clone().ok_or_else(none)?;
        stored.run.finish().map_err(|refused| Refusal::new(refused, ""))?;
        self.keep_run(stored).await
    }

    async fn hold_sync(&mut self, hold: bool) -> Result<(), Refusal> {
        let changed = match (hold, self.held_file.exists()) {
            (true, false) => tokio::fs::write(&self.held_file, b"held by `relais sync freeze`\n").await,
            (false, true) => tokio::fs::remove_file(&self.held_file).await,
            _ => Ok(()),
        };
        changed.map_err(|cause| Refusal::new(format!("{}: {cause}", self.held_file.display()), ""))?;
        self.stand().await?;
        Ok(())
    }
}

/// Nothing can be trusted that has not happened yet.
fn is_past(clean_point: CleanPoint) -> Result<(), Refusal> {
    match clean_point {
        CleanPoint::At(moment) if moment > now() => Err(Refusal::new(
            "the clean point lies in the future",
            "give the moment before which the primary is trusted",
        )),
        _ => Ok(()),
    }
}
