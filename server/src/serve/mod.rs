//! The wiring of `relais serve`: what is built, in which order, and how it ends.
//!
//! ```text
//!   config > keys > store (lock) > posture from what is stored > listeners, runner, sync, executor > control socket
//!   stop:  `shutdown` becomes true; listeners stop, transactions end, tasks are joined, the store closes last
//! ```
//!
//! The control socket comes last: who gets an answer there finds everything else running.

mod opening;

use std::sync::Arc;

use ::webmail::House;
use anyhow::{Context as _, Result};
use identity::Identity;
use prometheus_client::registry::Registry;
use store::{HouseKeys, Store};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::audit::{self, Book, Collector, Shipping};
use crate::backup::{self, Keeper};
use crate::cli::region::Signer;
use crate::config::{Config, DirectoryConnector};
use crate::control::{self, Desks};
use crate::executor::Executor;
use crate::fence::Fence;
use crate::gauges::Gauges;
use crate::keys::handover::{Handover, Pass};
use crate::metrics::{self, Figures};
use crate::posture::Posture;
use crate::reception::{self, Addressing};
use crate::witness::Witness;
use crate::{
    cli, console, executor, failback, indexing, keys, listen, mailbox, outbound, queue, sweeping, sync, tls, webmail,
};

pub use opening::{house_keys, open_store, store_config};

/// What is there before the doors open.
struct Inside<'a> {
    config: &'a Config,
    addressing: &'a Arc<Addressing>,
    desk: &'a executor::Desk,
    posture: &'a watch::Receiver<Posture>,
    shown: &'a tls::ServerTls,
}

/// A server that runs.
pub struct Running {
    shutdown: watch::Sender<bool>,
    tasks: JoinSet<()>,
    store: Store,
    identity: Identity,
}

impl Running {
    /// Builds and starts everything.
    ///
    /// # Errors
    /// Each says what to do.
    pub async fn start(config: &Config) -> Result<Self> {
        let keys = house_keys(config)?;
        let pass = Pass::new(&keys)?;
        let identity = Identity::new(identity::Keys::new(&keys));
        let store = open_store(config, keys.clone()).await?;
        let region = cli::region::Desk::new(config, store.clone(), &keys)?;
        let shown = tls::load(&config.tls, &config.secrets, &config.hostname())?;
        let resolver = resolver(config)?;
        let mut registry = Registry::with_prefix("relais");
        let figures = Figures::register(&mut registry);
        let (executor, desk, posture) = Executor::new(config, store.clone(), shown.certificate.clone()).await?;
        let source = directory_source(config);
        let addressing =
            Addressing::new(store.clone(), config.domains.clone(), source, posture.clone(), config.postmaster.clone());

        let (shutdown, tasks) = (watch::channel(false).0, JoinSet::new());
        let mut running = Self { shutdown, tasks, store: store.clone(), identity: identity.clone() };
        let stop = running.shutdown.subscribe();
        let inside = Inside { config, addressing: &addressing, desk: &desk, posture: &posture, shown: &shown };
        let house = running.open_doors(&inside, &figures, resolver).await?;
        let gauges =
            Gauges { store: store.clone(), posture: posture.clone(), house: figures.house, queue: figures.queue };
        running.tasks.spawn(gauges.run(stop.clone()));
        running.tasks.spawn(indexing::run(store.clone(), stop.clone()));
        running.tasks.spawn(sweeping::run(store.clone(), stop.clone()));
        let keeper = Keeper::new(config, store.clone(), keys.clone(), desk.backups())?;
        running.tasks.spawn(Arc::clone(&keeper).run(stop.clone()));
        let parts = sync::Parts {
            store: store.clone(),
            posture: posture.clone(),
            executor: desk.clone(),
            figures: figures.sync,
        };
        let (syncing, history) = sync::start(parts, config, &mut running.tasks, &stop)?;
        if let Some(history) = history.clone() {
            let (named, told) = (config.failover.fence_mailboxes.clone(), desk.inboxes());
            let fence = Fence { history, store: store.clone(), named, posture: posture.clone(), told };
            running.tasks.spawn(fence.run(stop.clone()));
        }
        let (book, witness) = running.open_audit(config, &keys, desk.shipping())?;
        running.open_console(&inside, house, (syncing.clone(), witness.clone())).await?;
        let returning = Arc::new(failback::Primary { store: store.clone(), history });
        running.tasks.spawn(executor.run(returning, stop));
        running.open_handover(config, pass, posture).await?;
        running.open_metrics(config, Arc::new(registry)).await?;
        let unlock = desk.unlock().clone();
        let desks = Desks {
            executor: desk,
            sync: syncing,
            people: cli::people::Desk {
                store: store.clone(),
                identity: identity.clone(),
                origin: config.webmail.origin(&config.hostname()),
            },
            admin: cli::admin::Desk {
                store: store.clone(),
                identity,
                origin: config.console.origin(&config.hostname()),
            },
            keys: keys::Desk { store: store.clone(), unlock },
            region,
            queue: queue::Desk { store: store.clone() },
            history: cli::history::Desk::new(config, store.clone()),
            backup: backup::Desk(keeper),
            audit: cli::audit::Desk { store: store.clone(), book, witness, host: config.hostname() },
        };
        running.open_control(config, desks)?;
        tracing::info!(organisation = config.organisation, data = %config.data.display(), "relais runs");
        Ok(running)
    }

    /// Reception, submission, mailboxes, the queue's runner and the webmail.
    async fn open_doors(&mut self, inside: &Inside<'_>, figures: &Figures, resolver: dns::Resolver) -> Result<House> {
        let Inside { config, addressing, desk, posture, shown } = *inside;
        let stop = self.shutdown.subscribe();
        let parts = reception::Parts {
            addressing,
            directory: self.store.directory(),
            identity: &self.identity,
            tls: &shown.config,
            figures: &figures.reception,
        };
        let submission = reception::start(parts, config, &mut self.tasks, &stop).await?;
        let parts = mailbox::Parts {
            addressing,
            directory: self.store.directory(),
            identity: &self.identity,
            tls: &shown.config,
            posture,
        };
        mailbox::start(parts, config, &mut self.tasks, &stop).await?;
        let parts = outbound::Parts { store: &self.store, addressing, resolver, figures: &figures.queue };
        outbound::start(parts, config, &mut self.tasks, &stop)?;
        let parts = webmail::Parts {
            store: &self.store,
            identity: &self.identity,
            addressing,
            submission: &submission,
            executor: desk,
            tls: &shown.config,
        };
        webmail::start(parts, config, &mut self.tasks, &stop).await
    }

    async fn open_console(
        &mut self,
        inside: &Inside<'_>,
        house: House,
        (sync, witness): (sync::Desk, Option<Witness>),
    ) -> Result<()> {
        let service = console::Service {
            store: self.store.clone(),
            executor: inside.desk.clone(),
            sync,
            keys: keys::Desk { store: self.store.clone(), unlock: inside.desk.unlock().clone() },
            witness,
            staff_origin: house.settings.origin.clone(),
            needed: inside.config.failover.clone(),
        };
        let stop = self.shutdown.subscribe();
        let console = (house, Arc::new(service) as Arc<dyn ::webmail::console::Desk>);
        webmail::start_console(console, &inside.shown.config, inside.config, &mut self.tasks, &stop).await
    }

    /// The audit log's checkpoints, its witness, and the collector it is shipped to.
    fn open_audit(
        &mut self,
        config: &Config,
        keys: &HouseKeys,
        board: audit::Board,
    ) -> Result<(Book, Option<Witness>)> {
        let stop = self.shutdown.subscribe();
        let witness = self.open_witness(config);
        let book = Book {
            directory: self.store.directory().clone(),
            signer: Arc::new(Signer::new(keys)?),
            organisation: config.organisation.clone(),
        };
        self.tasks.spawn(book.clone().run(witness.clone(), stop.clone()));
        if let Some(syslog) = &config.audit.syslog {
            let collector = Collector::new(syslog).context("audit.syslog")?;
            let shipping = Shipping { book: book.clone(), collector, host: config.hostname(), board };
            self.tasks.spawn(shipping.run(stop.clone()));
        }
        self.tasks.spawn(audit::heads::run(self.store.clone(), witness.clone(), stop));
        Ok((book, witness))
    }

    fn open_witness(&mut self, config: &Config) -> Option<Witness> {
        let witness = Witness { file: config.audit.witness_file.clone()? };
        let directory = self.store.directory().clone();
        self.tasks.spawn(witness.clone().run(directory, self.shutdown.subscribe()));
        Some(witness)
    }

    fn open_control(&mut self, config: &Config, desks: Desks) -> Result<()> {
        let path = config.control_socket();
        let socket =
            control::bind(&path).with_context(|| format!("cannot make the control socket {}", path.display()))?;
        self.tasks.spawn(control::serve(socket, desks, self.shutdown.subscribe()));
        Ok(())
    }

    /// The other nodes, where the configuration names any.
    async fn open_handover(&mut self, config: &Config, pass: Pass, posture: watch::Receiver<Posture>) -> Result<()> {
        let (store, node, peers) = (self.store.clone(), config.node.clone(), config.nodes.peers.clone());
        let handover = Handover { store, posture, pass, node, peers };
        for listener in listen::bind_all("nodes.listen", &config.nodes.listen).await? {
            self.tasks.spawn(handover.clone().answer(listener, self.shutdown.subscribe()));
        }
        if !handover.peers.is_empty() {
            self.tasks.spawn(handover.ask(self.shutdown.subscribe()));
        }
        Ok(())
    }

    async fn open_metrics(&mut self, config: &Config, registry: Arc<Registry>) -> Result<()> {
        for listener in listen::bind_all("metrics.listen", config.metrics.listen.0.as_slice()).await? {
            self.tasks.spawn(metrics::serve(listener, Arc::clone(&registry), self.shutdown.subscribe()));
        }
        Ok(())
    }

    /// What it keeps.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// How it lets people in.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Ends listeners, lets transactions end, joins every task.
    pub async fn stop(mut self) {
        let _ = self.shutdown.send(true);
        while self.tasks.join_next().await.is_some() {}
        if let Err(error) = self.store.leave().await {
            tracing::warn!(%error, "other nodes take over only once this one has been silent for a while");
        }
    }
}

/// Who resolves names for us.
fn resolver(config: &Config) -> Result<dns::Resolver> {
    let servers = config.dns.as_ref().map(|dns| dns.resolvers.as_slice()).unwrap_or_default();
    let made = if servers.is_empty() { dns::Resolver::system() } else { dns::Resolver::new(servers) };
    made.context("dns.resolvers: no resolver can be used")
}

/// The name under which the directory connector writes; `people import` has another.
pub fn directory_source(config: &Config) -> Option<String> {
    config.directory.as_ref().map(|directory| match directory.connector {
        DirectoryConnector::Ldap => "ldap".to_owned(),
        DirectoryConnector::Csv => "csv".to_owned(),
    })
}
