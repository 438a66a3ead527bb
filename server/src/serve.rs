//! The wiring of `relais serve`: what is built, in which order, and how it ends.
//!
//! ```text
//!   config > keys > store (lock) > control socket > posture from what is stored > listeners > sync, executor, runner
//!   stop:  `shutdown` becomes true; listeners stop, transactions end, tasks are joined, the store closes last
//! ```

use std::sync::Arc;

use anyhow::{Context as _, Result};
use prometheus_client::registry::Registry;
use store::{RegionConfig, Store, StoreConfig, StoreError};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::config::Config;
use crate::control::{self, Desks};
use crate::metrics::{self, Figures};
use crate::{cli, executor, failback, keys, listen, queue, sync, tls};

/// A server that runs.
pub struct Running {
    shutdown: watch::Sender<bool>,
    tasks: JoinSet<()>,
    store: Store,
}

impl Running {
    /// Builds and starts everything.
    ///
    /// # Errors
    /// Each says what to do.
    pub async fn start(config: &Config) -> Result<Self> {
        let store = open_store(config).await?;
        let shown = tls::load(&config.tls, &config.secrets, &config.hostname())?;
        let (shutdown, _) = watch::channel(false);
        let mut running = Self { shutdown, tasks: JoinSet::new(), store };
        let mut registry = Registry::with_prefix("relais");
        let figures = Figures::register(&mut registry);
        let _ = (&shown, &figures);
        running.open_control(config)?;
        running.open_metrics(config, Arc::new(registry)).await?;
        tracing::info!(organisation = config.organisation, data = %config.data.display(), "relais runs");
        Ok(running)
    }

    fn open_control(&mut self, config: &Config) -> Result<()> {
        let path = config.control_socket();
        let socket = control::bind(&path).with_context(|| format!("cannot make the control socket {}", path.display()))?;
        let desks = Desks {
            executor: executor::Desk,
            failback: failback::Desk,
            sync: sync::Desk,
            people: cli::people::Desk { store: self.store.clone() },
            queue: queue::Desk { store: self.store.clone() },
            audit: cli::audit::Desk { directory: self.store.directory().clone() },
        };
        self.tasks.spawn(control::serve(socket, desks, self.shutdown.subscribe()));
        Ok(())
    }

    async fn open_metrics(&mut self, config: &Config, registry: Arc<Registry>) -> Result<()> {
        for listener in listen::bind_all("metrics.listen", config.metrics.listen.0.as_slice()).await? {
            self.tasks.spawn(metrics::serve(listener, Arc::clone(&registry), self.shutdown.subscribe()));
        }
        Ok(())
    }

    /// Ends listeners, lets transactions end, joins every task.
    pub async fn stop(mut self) {
        let _ = self.shutdown.send(true);
        while self.tasks.join_next().await.is_some() {}
    }
}

/// Opens the store that a configuration describes, bringing it to this release.
///
/// # Errors
/// Names what is wrong with folder or keys and what to do about it.
pub async fn open_store(config: &Config) -> Result<Store> {
    let region = RegionConfig {
        name: config.seal.region.clone(),
        country: config.seal.country.clone(),
        unlock_public: keys::unlock_public(&config.seal)?,
    };
    let keys = keys::HouseKeyFiles::in_folder(&config.secrets).load_or_make()?;
    let opening = StoreConfig { data: config.data.clone(), node: config.node.clone(), regions: vec![region], keys };
    Store::open(opening).await.map_err(|error| explained(error, config))
}

fn explained(error: StoreError, config: &Config) -> anyhow::Error {
    let hint = error.hint();
    let place = format!("cannot open the data folder {}", config.data.display());
    let context = if hint.is_empty() { place } else { format!("{place}; {hint}") };
    anyhow::Error::new(error).context(context)
}
