//! What people order, and what it does to the stored run. An order is durable before it is answered.

use failover::{CleanPoint, Phase, Run, RunKind, Step};
use store::directory::Approval;
use tokio::sync::oneshot;

use super::Executor;
use super::stored::{Stored, phase_from_store};
use crate::clock::now;
use crate::control::Refusal;

/// How many must approve a failover, and sign a failback.
const APPROVALS: u32 = 1;

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
    /// Walk back.
    Abort,
    /// Go back, or push and count again.
    Failback {
        /// Push everything.
        full: bool,
        /// Who signs the checklist.
        approved_by: Vec<String>,
    },
    /// End the failback.
    Finish,
    /// Copy nothing until told otherwise, or again.
    HoldSync(bool),
}

/// An order and where its answer goes.
pub struct Ask {
    pub(super) order: Order,
    pub(super) reply: oneshot::Sender<Result<(), Refusal>>,
}

impl Executor {
    pub(super) async fn take(&mut self, ask: Ask) {
        let word = format!("{:?}", ask.order);
        let taken = self.obey(ask.order).await;
        match &taken {
            Ok(()) => tracing::info!(order = word, "ordered"),
            Err(refusal) => tracing::info!(order = word, %refusal, "refused"),
        }
        self.show_order();
        // Whoever asked may have gone away; the order stands.
        let _ = ask.reply.send(taken);
    }

    async fn obey(&mut self, order: Order) -> Result<(), Refusal> {
        let detail = serde_json::json!({ "order": format!("{order:?}") }).to_string();
        match order {
            Order::Failover { clean_point, reason } => self.begin_failover(clean_point, reason).await?,
            Order::Approve { by, step } => self.approve(&by, step).await?,
            Order::Abort => self.abort().await?,
            Order::Failback { full, approved_by } => self.begin_failback(full, &approved_by).await?,
            Order::Finish => self.finish().await?,
            Order::HoldSync(hold) => self.hold_sync(hold).await?,
        }
        self.store.directory().audit(now(), "operator", "order", &detail).await?;
        Ok(())
    }

    /// Whoever waits for the run that was ordered must not take the one before it for its end.
    fn show_order(&self) {
        let Some(stored) = &self.stored else { return };
        self.news.send_modify(|news| {
            news.run = Some(stored.run.clone());
            news.reconciliation.clone_from(&stored.reconciliation);
            if stored.run.says.is_empty() {
                news.says = "The order is taken, the run begins.".to_owned();
            }
        });
    }

    async fn keep_run(&mut self, stored: Stored) -> Result<(), Refusal> {
        stored.save(self.store.directory()).await?;
        self.stored = Some(stored);
        Ok(())
    }

    async fn begin_failover(&mut self, clean_point: CleanPoint, reason: String) -> Result<(), Refusal> {
        if let CleanPoint::At(moment) = clean_point
            && moment > now()
        {
            return Err(Refusal::new(
                "the clean point lies in the future",
                "give the moment before which the primary is trusted",
            ));
        }
        match self.stored.clone() {
            None => {
                let phase = phase_from_store(self.store.directory().phase().await?);
                if phase != Phase::Standby {
                    return Err(Refusal::new(format!("the phase is {phase}"), "see `relais status`"));
                }
                let mut run = Run::new(RunKind::Failover, clean_point, reason, APPROVALS, now());
                // Who may open the control socket may order a failover; the order is the first signature.
                run.approve("operator", now());
                self.keep_run(Stored::new(run)).await
            }
            Some(mut stored) if stored.run.kind == RunKind::Failover => {
                // Started again: the clean point may have become known, all else goes on.
                stored.run.clean_point = clean_point;
                self.keep_run(stored).await
            }
            Some(_) => Err(Refusal::new("a failback is under way", "end it with `relais failback finish` first")),
        }
    }

    async fn approve(&mut self, by: &str, step: Option<Step>) -> Result<(), Refusal> {
        let Some(mut stored) = self.stored.clone() else {
            return Err(Refusal::new("no run is under way", "begin with `relais failover start`"));
        };
        match step {
            Some(step @ (Step::Fence | Step::TellStaff | Step::SwapRecords | Step::SwapBack)) => {
                stored.run.confirmed.insert(step);
            }
            Some(step) => {
                let hint = "fence, tell_staff, swap_records and swap_back can be declared done";
                return Err(Refusal::new(format!("\"{step}\" is seen, not declared"), hint));
            }
            None => stored.run.approve(by, now()),
        }
        let approval = Approval { run: stored.run.id.clone(), approver: by.to_owned(), at: now() };
        self.store.directory().approve(approval).await?;
        self.keep_run(stored).await
    }

    async fn abort(&mut self) -> Result<(), Refusal> {
        let Some(mut stored) = self.stored.clone() else {
            return Err(Refusal::new("no failover is under way", "see `relais status`"));
        };
        let mut accepted = 0;
        for region in self.store.regions() {
            accepted += region.accepted_since(stored.run.started_at).await?;
        }
        stored.run.abort(accepted).map_err(|refused| Refusal::new(refused, ""))?;
        self.keep_run(stored).await
    }

    async fn begin_failback(&mut self, full: bool, approved_by: &[String]) -> Result<(), Refusal> {
        let nothing = || Refusal::new("there is nothing to give back: no failover is active", "see `relais status`");
        let mut current = self.stored.clone().ok_or_else(nothing)?;
        let mut stored = match current.run.kind {
            RunKind::Failover if current.run.phase == Phase::Active => {
                let run = Run::new(RunKind::Failback, current.run.clean_point, String::new(), APPROVALS, now());
                Stored { run, records: current.records.clone(), held: current.held, full, reconciliation: None }
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
        let signers = if approved_by.is_empty() { &["operator".to_owned()][..] } else { approved_by };
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
