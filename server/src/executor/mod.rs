//! The executor: observes, asks `failover::plan`, stores, acts, and asks again.

use crate::control::{Answer, FailoverRequest, Progress, Refusal};

/// Answers `relais status`, `check` and `failover`.
#[derive(Clone)]
pub struct Desk;

impl Desk {
    /// `relais status`
    pub async fn status(&self) -> Result<Answer, Refusal> {
        Err(Refusal::new("the executor is not wired yet", ""))
    }

    /// `relais check`
    pub async fn check(&self, _progress: Progress) -> Result<Answer, Refusal> {
        Err(Refusal::new("the executor is not wired yet", ""))
    }

    /// `relais failover`
    pub async fn failover(&self, _order: FailoverRequest, _progress: Progress) -> Result<Answer, Refusal> {
        Err(Refusal::new("the executor is not wired yet", ""))
    }
}
