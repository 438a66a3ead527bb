//! What the executor sees before it asks for a decision.

use failover::{CleanPoint, Observation, Order, Phase, QueueState, Records, RunKind, SealState, Step};
use store::StoreError;

use super::stored::phase_from_store;
use super::{Executor, Stored};

impl Executor {
    pub(super) async fn observe(&self) -> Result<Observation, StoreError> {
        let phase = phase_from_store(self.store.directory().phase().await?);
        let Some(stored) = &self.stored else {
            let readiness = self.readiness.borrow().clone();
            return Ok(Observation { phase, readiness, ..Observation::default() });
        };
        Ok(Observation {
            phase,
            run: Some(stored.run.clone()),
            sync_frozen: stored.held.frozen,
            identity_refused: stored.held.refused,
            accepting: stored.held.accepting,
            accepted: self.accepted(stored).await?,
            records: self.records(stored).await,
            seal: self.seal(stored).await?,
            queue: self.queue().await?,
            reached_primary: stored.fence.reached(),
            can_tell_staff: false,
            readiness: None,
        })
    }

    async fn accepted(&self, stored: &Stored) -> Result<u64, StoreError> {
        let mut accepted = 0;
        for region in self.store.regions() {
            accepted += region.accepted_since(stored.since()).await?;
        }
        Ok(accepted)
    }

    // Name servers are asked once their answers matter, so that a silent one delays neither freeze nor reception.
    async fn records(&self, stored: &Stored) -> Records {
        let run = &stored.run;
        let matters = stored.held.accepting || run.order == Order::Abort || run.kind == RunKind::Failback;
        let pushing = run.kind == RunKind::Failback && !run.is_done(Step::Push);
        match (&self.names, &stored.records) {
            (Some(names), Some(plan)) if matters && !pushing => names.look(plan).await,
            (_, plan) => Records { drawn: plan.is_some(), ..Records::default() },
        }
    }

    async fn seal(&self, stored: &Stored) -> Result<SealState, StoreError> {
        let mut state = SealState { key: Some(self.unlock.at_hand()), ..SealState::default() };
        if stored.run.phase == Phase::Standby {
            return Ok(state);
        }
        for region in self.store.regions() {
            let census = region.census(clean_point(stored)).await?;
            state.mailboxes += census.mailboxes;
            state.laid_out += census.laid_out;
            state.unsealed += census.unsealed;
        }
        Ok(state)
    }

    async fn queue(&self) -> Result<QueueState, StoreError> {
        let mut state = QueueState::default();
        for region in self.store.regions() {
            for queued in region.queue_list().await? {
                let counted = if queued.attempts == 0 && !queued.held { &mut state.fresh } else { &mut state.waiting };
                *counted += 1;
            }
        }
        Ok(state)
    }
}

/// The run's clean point as regions keep it.
pub(super) fn clean_point(stored: &Stored) -> store::region::CleanPoint {
    match stored.run.clean_point {
        CleanPoint::Unknown => store::region::CleanPoint::Unknown,
        CleanPoint::At(moment) => store::region::CleanPoint::At(moment),
        CleanPoint::Everything => store::region::CleanPoint::At(stored.run.started_at),
    }
}
