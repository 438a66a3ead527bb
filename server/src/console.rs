//! `webmail::console::Desk` on the running service.
//!
//! ```text
//!   page ──> Service ──┬─ executor::Desk   orders under the admin's name, news, readiness, record plan, runs
//!                      ├─ sync::Desk        how far the copy is
//!                      ├─ store             the queue, what a failback would push
//!                      └─ Witness           the audit log's outside copy
//! ```

use std::time::Duration;

use dns::RecordPlan;
use failover::RunKind;
use serde_json::json;
use store::directory::Chain;
use store::region::Change;
use store::{OutgoingId, RegionStore, Store, StoreError};
use tokio::time::timeout;
use webmail::Soon;
use webmail::console::Desk;
use webmail::console::desk::{
    Checked, Copying, Lag, Now, Order, Past, Preview, Refused, Steer, Taken, UnlockState, Urgency, Verified, Waiting,
};
use zeroize::Zeroizing;

use crate::clock::now;
use crate::config::Failover;
use crate::control::{Progress, Refusal, SyncRequest};
use crate::executor::{self, Look};
use crate::keys::{self, Source};
use crate::sync;
use crate::witness::Witness;

/// How long a planned failover waits for the last look at a primary that is said to work.
const LAST_LOOK: Duration = Duration::from_secs(30);
/// How long a page waits for a look at the primary.
const PAGE_WAITS: Duration = Duration::from_secs(3);
/// Mailboxes whose way back is counted for one page.
const PREVIEW_MAX: u64 = 5_000;

/// The service, as the console sees it.
pub struct Service {
    /// Where everything is kept.
    pub store: Store,
    /// Orders and news.
    pub executor: executor::Desk,
    /// Copying.
    pub sync: sync::Desk,
    /// Where shares of the unlock key gather.
    pub keys: keys::Desk,
    /// The audit log's outside copy.
    pub witness: Option<Witness>,
    /// Where staff sign in.
    pub staff_origin: String,
    /// How many must sign.
    pub needed: Failover,
}

impl Desk for Service {
    fn now(&self) -> Now {
        let news = self.executor.news().borrow().clone();
        Now {
            phase: news.phase,
            says: news.says,
            run: news.run,
            findings: news.findings,
            accepted: news.accepted,
            reconciliation: news.reconciliation,
            resumed_at: news.resumed_at,
        }
    }

    fn staff_origin(&self) -> String {
        self.staff_origin.clone()
    }

    fn approvals_needed(&self, kind: RunKind) -> u32 {
        match kind {
            RunKind::Failback => self.needed.failback_approvals,
            RunKind::Failover | RunKind::Drill => self.needed.approvals,
        }
    }

    fn last_check(&self) -> Option<Checked> {
        self.now().under_way().is_none().then(|| self.executor.checking().last().map(checked))?
    }

    fn check(&self) -> Soon<'_, Checked> {
        Box::pin(async { checked(self.executor.checking().look().await) })
    }

    fn records(&self) -> Soon<'_, Result<RecordPlan, String>> {
        Box::pin(self.executor.checking().record_plan())
    }

    fn lag(&self) -> Lag {
        Lag { first_at: self.executor.checking().first_copy(), ..self.sync.lag() }
    }

    fn past(&self) -> Taken<'_, Vec<Past>> {
        Box::pin(async { self.executor.checking().past().await.map_err(failed) })
    }

    fn preview(&self, full: bool) -> Taken<'_, Vec<Preview>> {
        Box::pin(self.previewed(full))
    }

    fn order<'a>(&'a self, by: &'a str, run: &'a str, order: Order) -> Taken<'a, ()> {
        Box::pin(self.give(by, run, order))
    }

    fn queue(&self) -> Taken<'_, Vec<Waiting>> {
        Box::pin(self.waiting())
    }

    fn steer<'a>(&'a self, by: &'a str, what: Steer) -> Taken<'a, ()> {
        Box::pin(self.steered(by, what))
    }

    fn copy<'a>(&'a self, by: &'a str, what: Copying) -> Taken<'a, ()> {
        Box::pin(self.copied(by, what))
    }

    fn unlock_state(&self) -> UnlockState {
        let gathered = match self.keys.unlock.first() {
            Source::Quorum(quorum) => quorum.gathered(now()),
            Source::File(_) => return UnlockState::File { at_hand: self.keys.unlock.at_hand().is_ok() },
        };
        UnlockState::Quorum { here: gathered.here, needed: gathered.needed, whole: gathered.whole }
    }

    fn give_share<'a>(&'a self, by: &'a str, share: Zeroizing<String>) -> Taken<'a, ()> {
        Box::pin(async move { self.keys.give(by, &share).await.map(drop).map_err(refused) })
    }

    fn forget_shares<'a>(&'a self, by: &'a str) -> Taken<'a, ()> {
        Box::pin(async move { self.keys.forget(by).await.map(drop).map_err(refused) })
    }

    fn verify_audit(&self) -> Taken<'_, Verified> {
        Box::pin(async {
            let directory = self.store.directory();
            let chain: Chain = directory.audit_verify().await.map_err(failed)?;
            let witness = match &self.witness {
                Some(witness) => Some(witness.compare(&self.store).await.map_err(failed)?),
                None => None,
            };
            Ok(Verified { chain, witness })
        })
    }
}

impl Service {
    async fn give(&self, by: &str, run: &str, order: Order) -> Result<(), Refused> {
        let order = match order {
            Order::Failover { urgency, clean_point, reason, despite } => {
                self.prepare(by, run, urgency, despite).await?;
                executor::Order::Failover { clean_point, reason }
            }
            Order::CleanPoint(point) => executor::Order::CleanPoint(point),
            Order::Approve => executor::Order::Approve { by: by.to_owned(), step: None },
            Order::Confirm(step) => executor::Order::Approve { by: by.to_owned(), step: Some(step) },
            Order::Abort => executor::Order::Abort,
            Order::Failback { full } => executor::Order::Failback { full, approved_by: vec![by.to_owned()] },
            Order::Withdraw => executor::Order::Withdraw,
            Order::PushAgain => executor::Order::PushAgain,
            Order::Finish => executor::Order::Finish,
        };
        self.executor.order_for(by, run, order).await.map_err(refused)
    }

    /// What comes before a failover is ordered: how it is meant goes into the log, and a primary that works is read a last time.
    async fn prepare(&self, by: &str, run: &str, urgency: Urgency, despite: Option<String>) -> Result<(), Refused> {
        if self.now().run_id() != run {
            return Ok(());
        }
        let planned = urgency == Urgency::Planned;
        self.note(by, "failover.ordered", &json!({ "planned": planned, "despite": despite })).await?;
        if planned {
            // A primary that does not answer after all must not hold the failover up.
            let looking = self.sync.answer(SyncRequest::Now, Progress::to_nobody());
            match timeout(LAST_LOOK, looking).await {
                Ok(Ok(_)) => {}
                Ok(Err(refusal)) => tracing::warn!(%refusal, "the last look at the primary failed"),
                Err(_) => tracing::warn!("the last look at the primary took too long"),
            }
        }
        Ok(())
    }

    async fn note(&self, by: &str, what: &str, detail: &serde_json::Value) -> Result<(), Refused> {
        self.store.directory().audit(now(), by, what, &detail.to_string()).await.map_err(failed)
    }

    async fn previewed(&self, full: bool) -> Result<Vec<Preview>, Refused> {
        let mut all = Vec::new();
        for region in self.store.regions() {
            if region.mailbox_count().await.map_err(failed)? > PREVIEW_MAX {
                let error = format!("more than {PREVIEW_MAX} mailboxes are not counted beforehand");
                return Err(Refused { error, hint: "the failback itself counts every one of them".to_owned() });
            }
            for row in region.mailboxes().await.map_err(failed)? {
                let counted = match region.changes(row.id, full).await {
                    Ok(changes) => count(&changes),
                    Err(error) => Preview { hindered: Some(error.to_string()), ..Preview::default() },
                };
                all.push(Preview { address: row.address, ..counted });
            }
        }
        Ok(all)
    }

    async fn waiting(&self) -> Result<Vec<Waiting>, Refused> {
        let mut all = Vec::new();
        for region in self.store.regions() {
            for queued in region.queue_list().await.map_err(failed)? {
                all.push(Waiting {
                    id: queued.outgoing.0,
                    recipient: queued.address.to_string(),
                    queued_at: queued.queued_at,
                    attempts: u64::from(queued.attempts),
                    next_at: queued.next_at,
                    held: queued.held,
                    said: queued.last_reply.as_ref().map(ToString::to_string),
                    size_bytes: queued.size_bytes,
                });
            }
        }
        Ok(all)
    }

    async fn steered(&self, by: &str, what: Steer) -> Result<(), Refused> {
        let (word, ids) = match what {
            Steer::RetryAll => ("queue.retry", self.waiting().await?.iter().map(|one| one.id).collect()),
            Steer::Retry(id) => ("queue.retry", vec![id]),
            Steer::Hold(id) => ("queue.hold", vec![id]),
        };
        self.note(by, word, &json!({ "recipients": ids.len(), "first": ids.first() })).await?;
        for id in ids.into_iter().map(OutgoingId) {
            for region in self.store.regions() {
                gone_is_done(one_steered(region, id, what).await)?;
            }
        }
        Ok(())
    }

    async fn copied(&self, by: &str, what: Copying) -> Result<(), Refused> {
        let (word, request) = match what {
            Copying::Now => ("sync.now", SyncRequest::Now),
            Copying::Freeze => ("sync.freeze", SyncRequest::Freeze),
        };
        self.note(by, word, &json!({})).await?;
        let sync = self.sync.clone();
        // It goes on when the page no longer waits: a large primary takes minutes.
        let working = tokio::spawn(async move { sync.answer(request, Progress::to_nobody()).await });
        match timeout(PAGE_WAITS, working).await {
            Ok(Ok(done)) => done.map(drop).map_err(refused),
            Ok(Err(_)) | Err(_) => Ok(()),
        }
    }
}

async fn one_steered(region: &RegionStore, id: OutgoingId, what: Steer) -> Result<(), StoreError> {
    match what {
        Steer::Hold(_) => region.queue_hold(id).await,
        Steer::Retry(_) | Steer::RetryAll => region.queue_retry(id).await,
    }
}

/// What left meanwhile, or lies in another region, is no error.
fn gone_is_done(done: Result<(), StoreError>) -> Result<(), Refused> {
    match done {
        Ok(()) | Err(StoreError::NoSuch(_)) => Ok(()),
        Err(error) => Err(failed(error)),
    }
}

fn count(changes: &[Change]) -> Preview {
    let mut counted = Preview::default();
    for change in changes {
        let figure = match change {
            Change::Append { .. } => &mut counted.append,
            Change::Move { .. } => &mut counted.moved,
            Change::Flags { .. } => &mut counted.flagged,
            Change::Delete { .. } => &mut counted.deleted,
        };
        *figure += 1;
    }
    counted
}

fn checked(look: Look) -> Checked {
    Checked { at: look.at, verdict: look.verdict, findings: look.findings }
}

fn refused(refusal: Refusal) -> Refused {
    Refused { error: refusal.error, hint: refusal.hint }
}

fn failed(error: StoreError) -> Refused {
    Refused { error: error.to_string(), hint: error.hint().to_owned() }
}
