//! The sync service: connectors from the configuration, when they look, and `relais sync`.
//!
//! ```text
//!   directory task ── every poll_s ──> look, take in, provision          ┐
//!   history task ──── every poll_s ──> a round: every mailbox that is due ├─> Board ──> status, figures, pulse
//!                       (few connections at one time, backoff a mailbox,  │
//!                        a pause for all when the primary itself is down) ┘
//!   halt: a run has frozen sync, or an operator has (`sync.held`)
//! ```

mod board;
mod desk;
mod directory;
mod halt;
mod history;
mod round;
mod settings;

use ::sync::history::History;
use anyhow::Result;
use store::Store;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;

pub use self::board::Board;
pub use self::desk::Desk;
use crate::config::Config;
use crate::executor;
use crate::metrics::SyncFigures;
use crate::posture::Posture;

/// Somebody waits for a whole look; the answer is what hindered it.
type Now = oneshot::Sender<Vec<::sync::Finding>>;

/// What sync is built from.
pub struct Parts {
    /// Where it writes.
    pub store: Store,
    /// How the house stands.
    pub posture: watch::Receiver<Posture>,
    /// Who keeps the operator's hold, and readiness, which wants to hear of every whole look.
    pub executor: executor::Desk,
    /// Its figures.
    pub figures: SyncFigures,
}

/// Starts the tasks. The history connector is for failback, which goes the same way back.
///
/// # Errors
/// When a password or certificate file cannot be read.
pub fn start(
    parts: Parts,
    config: &Config,
    tasks: &mut JoinSet<()>,
    stop: &watch::Receiver<bool>,
) -> Result<(Desk, Option<History>)> {
    let Parts { store, posture, executor, figures } = parts;
    let board = Board::new(figures, executor.pulse());
    let held_file = config.data.join("sync.held");
    let (halt, halted) = halt::follow(posture, held_file, tasks, stop);
    let mut desk = Desk { store: store.clone(), board: board.clone(), halt, executor, directory: None, history: None };
    if let (Some(directory), Some(source)) = (&config.directory, crate::serve::directory_source(config)) {
        let (ask, asked) = mpsc::channel(8);
        let task = directory::Task {
            store: store.clone(),
            source,
            connector: settings::directory(directory, &config.pinning)?,
            poll_s: directory.poll_s,
            deletions_max_percent: directory.deletions_max_percent,
            board: board.clone(),
            halted: halted.clone(),
        };
        tasks.spawn(task.run(asked, stop.clone()));
        desk.directory = Some(ask);
    }
    let mut connector = None;
    if let Some(primary) = &config.primary {
        let (ask, asked) = mpsc::channel(8);
        let history = settings::history(primary, longest_window(config))?;
        let task = history::Task {
            store,
            history: history.clone(),
            poll_s: primary.poll_s,
            connections: primary.connections.max(1),
            windows: config
                .regions()
                .iter()
                .map(|region| (region.name.clone(), config.window_days(&region.name)))
                .collect(),
            board,
            halted,
        };
        tasks.spawn(task.run(asked, stop.clone()));
        desk.history = Some(ask);
        connector = Some(history);
    }
    Ok((desk, connector))
}

/// What any region keeps is copied.
fn longest_window(config: &Config) -> u32 {
    let windows = config.regions().into_iter().map(|region| config.window_days(&region.name));
    windows.max().unwrap_or(config.history.window_days)
}
