//! Who answers which request. Each family has a desk of its own that holds only what that family needs.

use super::{Answer, Progress, Refusal, Request};
use crate::{backup, cli, executor, keys, queue, sync};

/// The desks of a running server.
#[derive(Clone)]
pub struct Desks {
    /// `status`, `check`, `failover`, `failback`.
    pub executor: executor::Desk,
    /// `sync`.
    pub sync: sync::Desk,
    /// `people`.
    pub people: cli::people::Desk,
    /// `admin`.
    pub admin: cli::admin::Desk,
    /// `queue`.
    pub queue: queue::Desk,
    /// `keys`.
    pub keys: keys::Desk,
    /// `region`.
    pub region: cli::region::Desk,
    /// `audit`.
    pub audit: cli::audit::Desk,
    /// `history`.
    pub history: cli::history::Desk,
    /// `backup`.
    pub backup: backup::Desk,
}

impl Desks {
    /// Takes a request to its desk.
    pub(super) async fn answer(&self, request: Request, progress: Progress) -> Result<Answer, Refusal> {
        match request {
            Request::Status => self.executor.status().await,
            Request::Check => self.executor.check(progress).await,
            Request::Failover(order) => self.executor.failover(order, progress).await,
            Request::Failback(order) => self.executor.failback(order, progress).await,
            Request::Sync(order) => self.sync.answer(order, progress).await,
            Request::People(order) => self.people.answer(order, progress).await,
            Request::Admin(order) => self.admin.answer(order).await,
            Request::Queue(order) => self.queue.answer(order).await,
            Request::Keys(order) => self.keys.answer(order).await,
            Request::Region => self.region.report().await,
            Request::Audit(order) => self.audit.answer(order).await,
            Request::History(order) => self.history.answer(order).await,
            Request::Backup(order) => self.backup.answer(order, progress).await,
        }
    }
}
