//! Whether anything may be copied: one answer from the phase and from the operator's own hold.

use std::path::PathBuf;
use std::sync::Arc;

use failover::Phase;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::posture::Posture;

/// Where a hold is set and lifted. A cheap clone.
#[derive(Clone)]
pub struct Halt {
    held_file: PathBuf,
    posture: watch::Receiver<Posture>,
    halted: Arc<watch::Sender<bool>>,
}

impl Halt {
    /// Looks again.
    pub fn refresh(&self) {
        let by_run = self.by_run();
        let halted = by_run || self.by_hand();
        self.halted.send_if_modified(|before| std::mem::replace(before, halted) != halted);
    }

    /// Whether a run has frozen sync; only the run thaws it.
    pub fn by_run(&self) -> bool {
        let posture = self.posture.borrow();
        posture.sync_frozen && posture.phase != Phase::Standby
    }

    /// Whether an operator has frozen sync.
    pub fn by_hand(&self) -> bool {
        self.held_file.exists()
    }

    /// Whether nothing is copied.
    pub fn is_set(&self) -> bool {
        *self.halted.borrow()
    }
}

/// Follows the posture until `stop`.
pub fn follow(
    posture: watch::Receiver<Posture>,
    held_file: PathBuf,
    tasks: &mut JoinSet<()>,
    stop: &watch::Receiver<bool>,
) -> (Halt, watch::Receiver<bool>) {
    let (halted, told) = watch::channel(true);
    let halt = Halt { held_file, posture: posture.clone(), halted: Arc::new(halted) };
    halt.refresh();
    let (following, mut posture, mut stop) = (halt.clone(), posture, stop.clone());
    tasks.spawn(async move {
        loop {
            tokio::select! {
                _ = stop.changed() => return,
                changed = posture.changed() => if changed.is_err() { return },
            }
            following.refresh();
        }
    });
    (halt, told)
}
