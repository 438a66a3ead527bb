//! The executor: observes, asks `failover::plan`, stores, acts, and asks again.
//!
//! ```text
//!   order ──┐
//!           ▼
//!   observe ──> plan ──> store run and phase ──> publish ──> act ──┐
//!      ▲                                                           │
//!      └── at once after an act, else when the plan says ──────────┘
//!
//!   publish ──> Posture (reception, mailbox, sync)      ──> News (status, progress)
//! ```
//!
//! It is one task; whoever wants something sends an order. After `kill -9` at any point the next start
//! reads the stored run, observes, and does what is missing.

mod act;
mod certificate;
mod check;
mod desk;
mod lead;
mod names;
mod news;
mod observe;
mod order;
mod pulse;
mod reached;
mod returning;
mod stored;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use failover::{Command, Decision, Readiness, Step, plan};
use mail::Timestamp;
use rustls::pki_types::CertificateDer;
use store::directory::AsOf;
use store::{Store, StoreError};
use tokio::sync::{mpsc, watch};

use self::names::Names;
use self::order::Ask;
use self::stored::{Stored, phase_from_store};
use crate::clock::now;
use crate::config::{self, Config};
use crate::keys::Unlock;
use crate::posture::Posture;

pub use check::{Checking, Look};
pub use desk::Desk;
pub use news::News;
pub use order::Order;
pub use pulse::Pulse;
pub use reached::Inboxes;
pub use returning::{Returning, Say, Working};

/// How often the world is looked at while nothing is pending.
const IDLE: Duration = Duration::from_secs(30);
/// How long a turn that could not be taken is waited for, and one that changes nothing.
const AFTER_TROUBLE: Duration = Duration::from_secs(1);
/// Orders that wait for their turn.
const ORDERS_MAX: usize = 64;

/// The executor, not yet running.
pub struct Executor {
    /// Written under the lease while this node leads.
    store: Store,
    /// The same without one.
    whole: Store,
    leading: bool,
    /// Changes with every run that any node writes.
    runs: watch::Receiver<u64>,
    names: Option<Names>,
    checking: Checking,
    readiness: watch::Receiver<Option<Readiness>>,
    unlock: Unlock,
    held_file: PathBuf,
    needed: config::Failover,
    resumed_at: Option<Timestamp>,
    inboxes: watch::Receiver<Inboxes>,
    stored: Option<Stored>,
    ended: Option<Stored>,
    posture: watch::Sender<Posture>,
    news: watch::Sender<News>,
    orders: mpsc::Receiver<Ask>,
    last_commands: Vec<(Step, Command)>,
}

impl Executor {
    /// Reads what is stored; the posture is set before this returns. `certificate` is what SMTP shows.
    ///
    /// # Errors
    /// When the runs cannot be read or `[dns]` cannot be used.
    pub async fn new(
        config: &Config,
        store: Store,
        certificate: CertificateDer<'static>,
    ) -> Result<(Self, Desk, watch::Receiver<Posture>)> {
        let names = config.dns.as_ref().map(|dns| Names::new(dns, config)).transpose().context("[dns]")?;
        let directory = store.directory();
        let stored = Stored::open(directory).await?;
        let (ended, runs) = (Stored::last_ended(directory).await?, directory.runs_changed());
        let unlock = Unlock::new(config)?;
        let (posture, standing) = watch::channel(Posture::default());
        let (news, reading) = watch::channel(News::default());
        let (ordering, orders) = mpsc::channel(ORDERS_MAX);
        let checking = Checking::new(config, store.clone(), names.clone(), certificate, unlock.clone());
        let (seen, inboxes) = watch::channel(Inboxes::new());
        let desk = Desk::new(ordering, reading, checking.clone(), seen);
        let held_file = config.data.join("sync.held");
        let last_commands = Vec::new();
        let (needed, resumed_at) = (config.failover.clone(), stored.is_some().then(now));
        let readiness = watch::channel(None).1;
        let mut executor = Self {
            whole: store.clone(),
            store,
            leading: false,
            runs,
            names,
            checking,
            readiness,
            unlock,
            held_file,
            needed,
            resumed_at,
            inboxes,
            stored,
            ended,
            posture,
            news,
            orders,
            last_commands,
        };
        executor.stand().await?;
        Ok((executor, desk, standing))
    }

    /// Runs until `shutdown` becomes true. A command that is under way is finished first.
    pub async fn run(mut self, returning: Arc<dyn Returning>, mut shutdown: watch::Receiver<bool>) {
        self.readiness = self.checking.follow(self.posture.subscribe(), shutdown.clone());
        while !*shutdown.borrow_and_update() {
            let wait = match self.turn(&*returning, &shutdown).await {
                Ok(wait) => wait,
                Err(error) => {
                    tracing::error!(%error, hint = error.hint(), "the executor could not take its turn; it tries again");
                    AFTER_TROUBLE
                }
            };
            let written = self.another_wrote();
            tokio::select! {
                biased;
                changed = shutdown.changed() => if changed.is_err() { return },
                Some(ask) = self.orders.recv() => self.take(ask).await,
                Ok(()) = self.readiness.changed() => {}
                () = written => {}
                // Name servers and people tell nobody what they did: they are looked at again.
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    /// One turn; how long to wait before the next.
    async fn turn(
        &mut self,
        returning: &dyn Returning,
        shutdown: &watch::Receiver<bool>,
    ) -> Result<Duration, StoreError> {
        self.runs.mark_unchanged();
        if !self.leads(false).await? {
            return self.keep_in_step().await;
        }
        self.note_reached().await?;
        let seen = self.observe().await?;
        let decision = plan(&seen, now());
        self.keep(&decision).await?;
        self.stand().await?;
        self.publish(&decision, seen.accepted);
        for (step, command) in &decision.commands {
            if *shutdown.borrow() || !self.orders.is_empty() {
                return Ok(Duration::ZERO);
            }
            self.act(*step, *command, returning).await?;
        }
        Ok(self.pause(&decision))
    }

    fn pause(&mut self, decision: &Decision) -> Duration {
        let repeated = !decision.commands.is_empty() && decision.commands == self.last_commands;
        self.last_commands.clone_from(&decision.commands);
        let until = |at: mail::Timestamp| u64::try_from(at.ms_since(now())).unwrap_or(0);
        match decision.look_again_at {
            // What was just done and is still missing is not done again without a breath.
            _ if repeated => AFTER_TROUBLE / 5,
            _ if !decision.commands.is_empty() => Duration::ZERO,
            Some(at) => Duration::from_millis(until(at)).min(IDLE),
            None => IDLE,
        }
    }

    /// Stores the decided run and phase, before anything is done about them.
    async fn keep(&mut self, decision: &Decision) -> Result<(), StoreError> {
        let (Some(stored), Some(run)) = (&mut self.stored, &decision.run) else { return Ok(()) };
        if stored.run == *run {
            return Ok(());
        }
        if stored.run.phase != run.phase || stored.run.says != run.says {
            tracing::info!(run = run.id, phase = %run.phase, says = run.says, "run");
        }
        let next = Stored { run: run.clone(), ..stored.clone() };
        next.save(self.store.directory()).await?;
        *stored = next;
        if run.ended_at.is_some() {
            let detail = serde_json::json!({ "run": run.id, "says": run.says }).to_string();
            self.store.directory().audit(now(), "relais", "run.ended", &detail).await?;
            self.ended = self.stored.take();
        }
        Ok(())
    }

    /// Tells reception, mailbox and sync how the house stands.
    async fn stand(&mut self) -> Result<(), StoreError> {
        let directory = self.store.directory();
        let held = self.stored.as_ref().map(|stored| stored.held).unwrap_or_default();
        let phase = phase_from_store(directory.phase().await?);
        let as_of = match held.accepting {
            true => directory.trusted().await?,
            false => AsOf::Now,
        };
        let sync_frozen = held.frozen || self.held_file.exists();
        let posture = Posture { phase, accepting: held.accepting, sync_frozen, as_of };
        self.posture.send_replace(posture);
        Ok(())
    }

    fn publish(&self, decision: &Decision, accepted: u64) {
        let current = self.stored.as_ref().or(self.ended.as_ref());
        self.news.send_replace(News {
            phase: decision.phase,
            says: decision.says.clone(),
            run: current.map(|stored| stored.run.clone()),
            since: current.map(Stored::since),
            findings: decision.findings.clone(),
            accepted,
            reconciliation: current.and_then(|stored| stored.reconciliation.clone()),
            resumed_at: self.resumed_at,
        });
    }
}
