//! Mail from other organisations.

use std::sync::Arc;

use mail::{Envelope, ForwardPath, Recipient, Reply, ReversePath};
use smtp::header::without_false_verdicts;
use smtp::{Login, MailParameters, Peer, Reception};

use super::addressing::Addressing;
use super::delivery::{Delivery, Letter};
use super::replies;
use crate::clock;
use crate::metrics::{By, ReceptionFigures, Way};

/// Takes mail for our domains while the house accepts any.
pub struct Inbound {
    addressing: Arc<Addressing>,
    hostname: String,
    figures: ReceptionFigures,
}

impl Inbound {
    /// Reception under our `hostname`.
    #[must_use]
    pub fn new(addressing: Arc<Addressing>, hostname: &str, figures: ReceptionFigures) -> Self {
        Self { addressing, hostname: hostname.to_owned(), figures }
    }

    async fn find(&self, path: &ForwardPath) -> Result<Delivery, Reply> {
        if let ForwardPath::Address(address) = path
            && !self.addressing.is_ours(address.domain())
        {
            return Err(replies::no_relaying());
        }
        let mut delivery = Delivery::new(&self.addressing, &self.hostname);
        delivery.add(&Recipient::from(path.clone())).await?;
        Ok(delivery)
    }

    async fn recipient_beside(&self, envelope: &Envelope, path: &ForwardPath) -> Result<(), Reply> {
        let found = self.find(path).await?;
        let Some(first) = envelope.recipients.first() else { return Ok(()) };
        let before = self.find(&first.path).await?;
        let together = found.region().is_none() || before.region().is_none() || found.region() == before.region();
        together.then_some(()).ok_or_else(replies::another_region)
    }

    async fn take(&self, peer: &Peer, envelope: &Envelope, raw: &[u8]) -> Result<Reply, Reply> {
        // A failback may have ended while the data was on its way.
        if !self.addressing.is_accepting() {
            return Err(replies::standing_by());
        }
        let mut delivery = Delivery::new(&self.addressing, &self.hostname);
        for recipient in &envelope.recipients {
            delivery.add(recipient).await.map_err(never_for_good)?;
        }
        let raw = &*without_false_verdicts(raw, &self.hostname);
        let content =
            delivery.commit(Letter { envelope, raw, stamps: Vec::new(), peer: Some(peer), at: clock::now() }).await?;
        tracing::info!(
            id = %content,
            peer = %peer.address.ip(),
            recipients = envelope.recipients.len(),
            size_bytes = raw.len(),
            "accepted a message"
        );
        Ok(replies::taken(&content.to_string()))
    }

    fn count<T>(&self, result: Result<T, Reply>) -> Result<T, Reply> {
        self.figures.count(By::Reception, result)
    }
}

impl Reception for Inbound {
    async fn sender(&self, _: &Peer, _: &ReversePath, _: &MailParameters) -> Result<(), Reply> {
        let accepting = self.addressing.is_accepting().then_some(()).ok_or_else(replies::standing_by);
        self.count(accepting)
    }

    async fn recipient(&self, _: &Peer, envelope: &Envelope, path: &ForwardPath) -> Result<(), Reply> {
        self.count(self.recipient_beside(envelope, path).await)
    }

    async fn message(&self, peer: &Peer, envelope: Envelope, raw: Vec<u8>) -> Result<Reply, Reply> {
        let reply = self.count(self.take(peer, &envelope, &raw).await)?;
        self.figures.accepted.get_or_create(&Way { by: By::Reception }).inc();
        Ok(reply)
    }

    async fn authenticate(&self, _: &Peer, _: &str, _: &str) -> Result<Login, Reply> {
        Err(replies::no_sign_in_now())
    }
}

/// Who was accepted at RCPT is not refused for good after DATA.
fn never_for_good(reply: Reply) -> Reply {
    if reply.is_permanent() { replies::perhaps_unknown_recipient() } else { reply }
}
