//! The history task: rounds over all mailboxes, and the window that rolls.

use std::collections::HashMap;
use std::time::Duration;

use ::sync::history::History;
use ::sync::{Backoff, SyncError};
use mail::{Region, Timestamp};
use serde_json::json;
use store::region::Sum;
use store::{RegionStore, Store, StoreError};
use tokio::sync::{mpsc, watch};

use super::round::{Round, Rounds};
use super::{Board, Now};
use crate::clock::now;

const FIRST_WAIT_MS: i64 = 1_000;
const LONGEST_WAIT_MS: i64 = 30_000;
const DAY_MS: i64 = 86_400_000;
/// How often the window rolls.
const EXPIRE_EVERY_MS: i64 = DAY_MS;
/// How soon again after one that failed.
const EXPIRE_AGAIN_MS: i64 = 3_600_000;

/// What the task works with.
pub struct Task {
    pub store: Store,
    pub history: History,
    pub poll_s: u64,
    pub connections: usize,
    /// How many days of mail each region keeps.
    pub windows: HashMap<Region, u32>,
    pub board: Board,
    pub halted: watch::Receiver<bool>,
}

impl Task {
    /// A round every so often, at once when asked, and none while halted.
    pub async fn run(mut self, mut asked: mpsc::Receiver<Now>, mut stop: watch::Receiver<bool>) {
        let mut rounds = Rounds::new(self.store.clone(), self.history.clone(), self.connections, self.board.clone());
        let mut backoff = Backoff::new(FIRST_WAIT_MS, LONGEST_WAIT_MS);
        let mut waiting: Vec<Now> = Vec::new();
        let mut expired_at = None;
        loop {
            let wait = tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                wait = self.turn(&mut rounds, &mut backoff, &mut waiting) => wait,
            };
            self.expire(&mut expired_at).await;
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                Some(now) = asked.recv() => waiting.push(now),
                Ok(()) = self.halted.changed() => {}
                // A primary calls nobody: it is looked at again.
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    async fn turn(&mut self, rounds: &mut Rounds, backoff: &mut Backoff, waiting: &mut Vec<Now>) -> Duration {
        if *self.halted.borrow_and_update() {
            answer(waiting, &[SyncError::Frozen.finding("history")]);
            return Duration::from_secs(self.poll_s);
        }
        let begun = now();
        let round = match rounds.play(!waiting.is_empty(), &self.halted).await {
            Ok(round) => round,
            Err(error) => Round { trouble: vec![SyncError::Store(error).finding("history")], primary_down: false },
        };
        answer(waiting, &round.trouble);
        if round.primary_down {
            let wait_ms = backoff.failed(now()).ms_since(now());
            return Duration::from_millis(u64::try_from(wait_ms).unwrap_or(0));
        }
        backoff.worked();
        let took = u64::try_from(now().ms_since(begun)).unwrap_or(0);
        Duration::from_millis(self.poll_s.saturating_mul(1000).saturating_sub(took))
    }

    /// Drops what left the window, unless everything is kept.
    async fn expire(&self, expired_at: &mut Option<Timestamp>) {
        let due = expired_at.is_none_or(|at| now().ms_since(at) > EXPIRE_EVERY_MS);
        if !due || *self.halted.borrow() {
            return;
        }
        *expired_at = Some(now());
        for region in self.store.regions() {
            let Some(days) = self.windows.get(region.name()) else { continue };
            match self.expire_region(region, *days).await {
                Ok(()) | Err(StoreError::Frozen) => {}
                Err(error) => {
                    tracing::warn!(%error, hint = error.hint(), "the window could not be rolled; it is tried again");
                    *expired_at = Some(now().plus_ms(EXPIRE_AGAIN_MS - EXPIRE_EVERY_MS));
                }
            }
        }
    }

    async fn expire_region(&self, region: &RegionStore, days: u32) -> Result<(), StoreError> {
        let before = now().plus_ms(-i64::from(days) * DAY_MS);
        let gone = region.expire(before, now()).await?;
        if gone == Sum::default() {
            return Ok(());
        }
        tracing::info!(events = gone.events, messages = gone.messages, "left the window");
        let detail =
            json!({ "region": region.name(), "window_days": days, "before": before.rfc3339(), "removed": gone });
        self.store.directory().audit(now(), "relais", "history.expired", &detail.to_string()).await
    }
}

fn answer(waiting: &mut Vec<Now>, findings: &[::sync::Finding]) {
    for now in waiting.drain(..) {
        let _ = now.send(findings.to_vec());
    }
}
