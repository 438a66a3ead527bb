//! Answers `relais sync`.

use ::sync::Finding;
use serde_json::json;
use store::Store;
use tokio::sync::{mpsc, oneshot};
use webmail::console::desk::Lag;

use super::halt::Halt;
use super::{Board, Now};
use crate::control::{Answer, Progress, Refusal, SyncRequest};
use crate::executor::{self, Order};

/// Answers `relais sync`.
#[derive(Clone)]
pub struct Desk {
    pub(super) store: Store,
    pub(super) board: Board,
    pub(super) halt: Halt,
    pub(super) executor: executor::Desk,
    pub(super) directory: Option<mpsc::Sender<Now>>,
    pub(super) history: Option<mpsc::Sender<Now>>,
}

impl Desk {
    /// Does what is asked.
    ///
    /// # Errors
    /// What hinders it, and what to do about it.
    pub async fn answer(&self, order: SyncRequest, progress: Progress) -> Result<Answer, Refusal> {
        match order {
            SyncRequest::Status => {
                Ok(Answer::new(self.board.text(self.halt.is_set()), self.board.json(self.halt.is_set())))
            }
            SyncRequest::Now => self.now(progress).await,
            SyncRequest::Freeze => self.freeze().await,
        }
    }

    /// How far the copy is, for the console.
    #[must_use]
    pub fn lag(&self) -> Lag {
        self.board.lag(self.halt.is_set(), self.halt.by_run())
    }

    /// Looks at everything, the directory first: whoever is new there gets a mailbox to look at.
    async fn now(&self, progress: Progress) -> Result<Answer, Refusal> {
        if self.halt.by_run() {
            return Err(Refusal::new(
                "sync is frozen by the failover",
                "it follows the primary again when the failback has ended",
            ));
        }
        self.thaw().await?;
        for (what, task) in [("directory", &self.directory), ("history", &self.history)] {
            let Some(task) = task else { continue };
            progress.say(format!("Looking at the primary's {what}."));
            let (reply, answer) = oneshot::channel();
            let gone = || Refusal::new("sync has stopped", "restart relais");
            task.send(reply).await.map_err(|_| gone())?;
            let trouble = answer.await.map_err(|_| gone())?;
            if let Some(finding) = trouble.into_iter().next() {
                return Err(refusal(&finding));
            }
        }
        Ok(Answer::new(self.board.text(false), self.board.json(false)))
    }

    async fn thaw(&self) -> Result<(), Refusal> {
        if !self.halt.by_hand() {
            return Ok(());
        }
        self.executor.order(Order::HoldSync(false)).await?;
        for region in self.store.regions() {
            region.set_frozen(false).await?;
        }
        self.halt.refresh();
        Ok(())
    }

    async fn freeze(&self) -> Result<Answer, Refusal> {
        self.executor.order(Order::HoldSync(true)).await?;
        self.halt.refresh();
        for region in self.store.regions() {
            region.set_frozen(true).await?;
        }
        Ok(Answer::new("Nothing is copied and nothing expires until `relais sync now`.", json!({ "frozen": true })))
    }
}

fn refusal(finding: &Finding) -> Refusal {
    Refusal::new(format!("{}: {}", finding.name, finding.what), finding.remedy.clone())
}
