//! The sync service: connectors from the configuration, and `relais sync`.

use crate::control::{Answer, Progress, Refusal, SyncRequest};

/// Answers `relais sync`.
#[derive(Clone)]
pub struct Desk;

impl Desk {
    /// Does what is asked.
    pub async fn answer(&self, _order: SyncRequest, _progress: Progress) -> Result<Answer, Refusal> {
        Err(Refusal::new("sync is not wired yet", ""))
    }
}
