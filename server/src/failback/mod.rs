//! Failback as the operator orders it.

use crate::control::{Answer, FailbackRequest, Progress, Refusal};

/// Answers `relais failback`.
#[derive(Clone)]
pub struct Desk;

impl Desk {
    /// Does what is asked.
    pub async fn answer(&self, _order: FailbackRequest, _progress: Progress) -> Result<Answer, Refusal> {
        Err(Refusal::new("failback is not wired yet", ""))
    }
}
