//! `relais queue`: what waits to go out, and steering it.

use std::sync::Arc;

use serde_json::json;
use store::region::Queued;
use store::{OutgoingId, Store, StoreError};

use crate::control::{Answer, QueueRequest, Refusal};
use crate::reception::Addressing;

/// Answers `relais queue`.
#[derive(Clone)]
pub struct Desk {
    /// Where mail waits.
    pub store: Store,
    /// Whose runners are woken.
    pub addressing: Arc<Addressing>,
}

impl Desk {
    /// Does what is asked.
    pub async fn answer(&self, order: QueueRequest) -> Result<Answer, Refusal> {
        match order {
            QueueRequest::List => self.list().await,
            QueueRequest::Retry { id: Some(id) } => self.retry(vec![id]).await,
            QueueRequest::Retry { id: None } => {
                let waiting = self.waiting().await?;
                self.retry(waiting.iter().map(|queued| queued.outgoing.0).collect()).await
            }
            QueueRequest::Hold { id } => self.hold(id).await,
        }
    }

    async fn waiting(&self) -> Result<Vec<Queued>, StoreError> {
        let mut all = Vec::new();
        for region in self.store.regions() {
            all.extend(region.queue_list().await?);
        }
        Ok(all)
    }

    async fn list(&self) -> Result<Answer, Refusal> {
        let waiting = self.waiting().await?;
        let lines: Vec<String> = waiting.iter().map(line).collect();
        let text = if lines.is_empty() { "Nothing waits to go out.".to_owned() } else { lines.join("\n") };
        Ok(Answer::new(text, json!({ "waiting": waiting.iter().map(object).collect::<Vec<_>>() })))
    }

    async fn retry(&self, mut ids: Vec<i64>) -> Result<Answer, Refusal> {
        ids.sort_unstable();
        ids.dedup();
        for id in &ids {
            self.in_its_region(*id, false).await?;
        }
        self.addressing.ring_outgoing();
        Ok(Answer::new(format!("{} messages are tried now.", ids.len()), json!({ "retried": ids })))
    }

    async fn hold(&self, id: i64) -> Result<Answer, Refusal> {
        self.in_its_region(id, true).await?;
        Ok(Answer::new(format!("Message {id} is held until `relais queue retry {id}`."), json!({ "held": [id] })))
    }

    /// Steers a message in whichever region it waits.
    async fn in_its_region(&self, id: i64, hold: bool) -> Result<(), Refusal> {
        let id = OutgoingId(id);
        for region in self.store.regions() {
            let steered = if hold { region.queue_hold(id).await } else { region.queue_retry(id).await };
            match steered {
                Err(StoreError::NoSuch(_)) => {}
                other => return Ok(other?),
            }
        }
        Err(Refusal::new(format!("no message {id} waits"), "see the numbers in `relais queue list`"))
    }
}

fn line(queued: &Queued) -> String {
    let when = if queued.held { "held".to_owned() } else { format!("next {}", queued.next_at) };
    let said = queued.last_reply.as_deref().unwrap_or("not tried yet");
    let said = said.replace(['\r', '\n'], " / ");
    format!(
        "{:>6}  {} -> {}  {} bytes, since {}, {} attempts, {when}: {said}",
        queued.outgoing, queued.reverse_path, queued.address, queued.size_bytes, queued.queued_at, queued.attempts
    )
}

fn object(queued: &Queued) -> serde_json::Value {
    json!({
        "id": queued.outgoing.0,
        "recipient": queued.address.to_string(),
        "sender": queued.reverse_path.to_string(),
        "size_bytes": queued.size_bytes,
        "queued_at": queued.queued_at.rfc3339(),
        "attempts": queued.attempts,
        "held": queued.held,
        "next_at": queued.next_at.rfc3339(),
        "last_reply": queued.last_reply,
    })
}
