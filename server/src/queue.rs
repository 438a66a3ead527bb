//! `relais queue` on the store.

use serde_json::json;
use store::region::Queued;
use store::{OutgoingId, RegionStore, Store, StoreError};

use crate::control::{Answer, QueueRequest, Refusal};

/// Answers `relais queue`.
#[derive(Clone)]
pub struct Desk {
    /// Every region has its queue.
    pub store: Store,
}

impl Desk {
    /// Does what is asked.
    ///
    /// # Errors
    /// When nothing waits under that number.
    pub async fn answer(&self, order: QueueRequest) -> Result<Answer, Refusal> {
        match order {
            QueueRequest::List => self.list().await,
            QueueRequest::Retry { id: Some(id) } => self.steer(id, Steering::Retry).await,
            QueueRequest::Retry { id: None } => self.retry_all().await,
            QueueRequest::Hold { id } => self.steer(id, Steering::Hold).await,
        }
    }

    async fn waiting(&self) -> Result<Vec<(&RegionStore, Queued)>, StoreError> {
        let mut all = Vec::new();
        for region in self.store.regions() {
            all.extend(region.queue_list().await?.into_iter().map(|queued| (region, queued)));
        }
        Ok(all)
    }

    async fn list(&self) -> Result<Answer, Refusal> {
        let waiting = self.waiting().await?;
        let lines: Vec<String> = waiting.iter().map(|(_, queued)| line(queued)).collect();
        let text = if lines.is_empty() { "nothing waits".to_owned() } else { lines.join("\n") };
        let rows: Vec<serde_json::Value> = waiting.iter().map(|(region, queued)| row(region, queued)).collect();
        Ok(Answer::new(text, json!({ "waiting": rows })))
    }

    async fn retry_all(&self) -> Result<Answer, Refusal> {
        let waiting = self.waiting().await?;
        for (region, queued) in &waiting {
            match region.queue_retry(queued.outgoing).await {
                // It left while we were looking.
                Ok(()) | Err(StoreError::NoSuch(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let count = waiting.len();
        Ok(Answer::new(format!("{count} recipient(s) are tried again now"), json!({ "recipients": count })))
    }

    async fn steer(&self, id: i64, steering: Steering) -> Result<Answer, Refusal> {
        for region in self.store.regions() {
            let steered = match steering {
                Steering::Retry => region.queue_retry(OutgoingId(id)).await,
                Steering::Hold => region.queue_hold(OutgoingId(id)).await,
            };
            match steered {
                Ok(()) => return Ok(Answer::new(steering.done(id), json!({ "id": id }))),
                Err(StoreError::NoSuch(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Refusal::new(format!("nothing waits under the number {id}"), "see `relais queue list`"))
    }
}

#[derive(Clone, Copy)]
enum Steering {
    Retry,
    Hold,
}

impl Steering {
    fn done(self, id: i64) -> String {
        match self {
            Self::Retry => format!("{id} is tried again now"),
            Self::Hold => format!("{id} is held until `relais queue retry {id}`"),
        }
    }
}

fn line(queued: &Queued) -> String {
    let when = if queued.held { "held".to_owned() } else { format!("next try {}", queued.next_at) };
    let said = queued.last_reply.as_ref().map(|said| format!(", said: {said}")).unwrap_or_default();
    let Queued { outgoing, address, attempts, size_bytes, .. } = queued;
    format!("{:>6}  {address}  {size_bytes} bytes, {attempts} attempts, {when}{said}", outgoing.0)
}

fn row(region: &RegionStore, queued: &Queued) -> serde_json::Value {
    json!({
        "id": queued.outgoing.0,
        "region": region.name().as_str(),
        "recipient": queued.address.to_string(),
        "attempts": queued.attempts,
        "queued_at": queued.queued_at.rfc3339(),
        "next_at": queued.next_at.rfc3339(),
        "held": queued.held,
        "last_reply": queued.last_reply,
        "size_bytes": queued.size_bytes,
    })
}
