//! The directory task: looks, takes in, gives mailboxes to whoever is new.

use std::path::Path;
use std::time::Duration;

use ::sync::directory::{Look, provision, take_in};
use ::sync::{Backoff, Finding, Result, SyncError};
use store::Store;
use tokio::sync::{mpsc, watch};

use super::settings::Connector;
use super::{Board, Now};
use crate::clock::now;

const FIRST_WAIT_MS: i64 = 1_000;
const LONGEST_WAIT_MS: i64 = 30_000;

/// What the task works with.
pub struct Task {
    pub store: Store,
    pub source: String,
    pub connector: Connector,
    pub poll_s: u64,
    pub deletions_max_percent: u32,
    pub board: Board,
    pub halted: watch::Receiver<bool>,
}

impl Task {
    /// Looks every so often, at once when asked, and not at all while halted.
    pub async fn run(mut self, mut asked: mpsc::Receiver<Now>, mut stop: watch::Receiver<bool>) {
        let mut backoff = Backoff::new(FIRST_WAIT_MS, LONGEST_WAIT_MS);
        let mut waiting: Vec<Now> = Vec::new();
        loop {
            let wait = tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                wait = self.turn(&mut backoff, &mut waiting) => wait,
            };
            self.board.age();
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                Some(now) = asked.recv() => waiting.push(now),
                Ok(()) = self.halted.changed() => {}
                // A primary calls nobody: it is looked at again.
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    async fn turn(&mut self, backoff: &mut Backoff, waiting: &mut Vec<Now>) -> Duration {
        if *self.halted.borrow_and_update() {
            answer(waiting, vec![SyncError::Frozen.finding("directory")]);
            return Duration::from_secs(self.poll_s);
        }
        match self.look().await {
            Ok(findings) => {
                backoff.worked();
                self.board.directory_seen(findings);
                answer(waiting, Vec::new());
                Duration::from_secs(self.poll_s.max(1))
            }
            Err(error) => {
                let finding = error.finding("directory");
                self.board.directory_failed(finding.clone());
                answer(waiting, vec![finding]);
                let wait_ms = backoff.failed(now()).ms_since(now());
                Duration::from_millis(u64::try_from(wait_ms).unwrap_or(0))
            }
        }
    }

    async fn look(&self) -> Result<Vec<Finding>> {
        let Some(lease) = self.store.directory().lease("directory").await? else {
            // Another node looks.
            return Ok(Vec::new());
        };
        let store = self.store.under(lease);
        let directory = store.directory();
        let seen_at = now();
        let look = match &self.connector {
            Connector::Ldap(ldap) => ldap.look(directory.cursor(&self.source).await?).await?,
            Connector::Csv(file) => self.read(file.clone()).await?,
        };
        let taken = take_in(directory, &self.source, look, self.deletions_max_percent, seen_at).await?;
        let observed = taken.observed;
        if observed.added + observed.changed + observed.removed > 0 {
            let (added, changed, removed) = (observed.added, observed.changed, observed.removed);
            let mailboxes = provision(&self.store, now()).await?;
            tracing::info!(added, changed, removed, mailboxes, "the directory changed");
        }
        Ok(taken.findings)
    }

    async fn read(&self, file: std::path::PathBuf) -> Result<Look> {
        let directory = self.store.directory().clone();
        let name = file.display().to_string();
        let reading = tokio::task::spawn_blocking(move || ::sync::directory::csv::look(Path::new(&file), &directory));
        reading.await.unwrap_or_else(|error| Err(SyncError::File { file: name, cause: error.to_string() }))
    }
}

fn answer(waiting: &mut Vec<Now>, findings: Vec<Finding>) {
    for now in waiting.drain(..) {
        let _ = now.send(findings.clone());
    }
}
