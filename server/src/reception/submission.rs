//! Mail from our own staff (RFC 6409).
//!
//! ```text
//!   sign in ── own address? ── Date, Message-ID added ── DKIM ──┬─ mailboxes here
//!                                                               ├─ outgoing queue
//!                                                               └─ the writer's Sent folder
//! ```

use std::sync::Arc;

use identity::{Identity, Refusal};
use mail::{Address, Envelope, FolderRole, ForwardPath, Recipient, Reply, ReversePath, SystemFlags};
use smtp::dkim::Signer;
use smtp::{Login, MailParameters, Peer, Reception, header};
use store::directory::{CredentialId, Directory, Entry};
use store::{ContentId, EntryId};

use super::addressing::Addressing;
use super::delivery::{Delivery, Letter};
use super::replies;
use crate::clock;
use crate::metrics::{By, ReceptionFigures, Way};

/// Takes mail from whoever signed in.
pub struct Submission {
    addressing: Arc<Addressing>,
    directory: Directory,
    identity: Identity,
    signers: Arc<Vec<Signer>>,
    hostname: String,
    figures: ReceptionFigures,
}

impl Submission {
    /// Submission under our `hostname`; each signer signs for its own domain.
    #[must_use]
    pub fn new(
        addressing: Arc<Addressing>,
        (directory, identity): (Directory, Identity),
        signers: Arc<Vec<Signer>>,
        hostname: &str,
        figures: ReceptionFigures,
    ) -> Self {
        Self { addressing, directory, identity, signers, hostname: hostname.to_owned(), figures }
    }

    /// Who is at the other end, as the directory knows them now.
    async fn person(&self, peer: &Peer) -> Result<Entry, Reply> {
        let Some(login) = &peer.login else { return Err(replies::no_sign_in_now()) };
        if !login.key.is_empty() && !self.may_stay(&login.key).await? {
            return Err(replies::no_sign_in_now());
        }
        let found = self.addressing.entry(&EntryId(login.id.clone())).await;
        let found = found.map_err(|error| replies::trouble("a sender cannot be looked up", &error))?;
        found.ok_or_else(replies::no_sign_in_now)
    }

    /// Whether the app password of a session was not revoked meanwhile.
    async fn may_stay(&self, key: &str) -> Result<bool, Reply> {
        let id = hex::decode(key).ok().and_then(|id| <[u8; 16]>::try_from(id).ok());
        let Some(id) = id.map(CredentialId) else { return Ok(false) };
        let asked = self.identity.may_stay(&self.directory, id, clock::now()).await;
        asked.map_err(|error| replies::trouble("a sign-in cannot be looked at", &error))
    }

    // RFC 6409 §6.1 lets us enforce it; DMARC alignment needs the header's address to be right too.
    fn check_header_from(&self, person: &Entry, raw: &[u8]) -> Result<Address, Reply> {
        let named = header::from_addresses(raw);
        let stranger = named.iter().find(|address| !person.holds(address));
        match (named.first(), stranger) {
            (_, Some(stranger)) => Err(replies::not_your_address(stranger)),
            (Some(first), None) => Ok(first.clone()),
            (None, None) => Err(replies::no_sender_in_header()),
        }
    }

    fn signature(&self, from: &Address, raw: &[u8]) -> Option<String> {
        let signer = self.signers.iter().find(|signer| signer.domain() == from.domain())?;
        // Unsigned mail is better than none; readiness complains about a key that does not work.
        signer.sign(raw).inspect_err(|error| tracing::error!(%error, "cannot sign a message")).ok()
    }

    /// Whether a recipient can be sent to.
    ///
    /// # Errors
    /// The reply for a mail program.
    pub async fn accepts(&self, recipient: Recipient) -> Result<(), Reply> {
        Delivery::new(&self.addressing, &self.hostname).add(&recipient).await
    }

    async fn may_send_as(&self, peer: &Peer, path: &ReversePath) -> Result<(), Reply> {
        if !self.addressing.is_accepting() {
            return Err(replies::standing_by());
        }
        let person = self.person(peer).await?;
        match path.address() {
            Some(address) if !person.holds(address) => Err(replies::not_your_address(address)),
            _ => Ok(()),
        }
    }

    /// Takes a message of whoever `peer` signed in as; durable, and in Sent, when this returns.
    ///
    /// # Errors
    /// The reply for a mail program.
    pub async fn take(&self, peer: &Peer, envelope: &Envelope, raw: Vec<u8>) -> Result<ContentId, Reply> {
        if !self.addressing.is_accepting() {
            return Err(replies::standing_by());
        }
        let person = self.person(peer).await?;
        let from = self.check_header_from(&person, &raw)?;
        let now = clock::now();
        let raw = header::completed(raw, now, rand::random(), &self.hostname);
        let mut delivery = Delivery::new(&self.addressing, &self.hostname);
        for recipient in &envelope.recipients {
            delivery.add(recipient).await?;
        }
        delivery.add_folder(&person.id, FolderRole::Sent, SystemFlags::SEEN).await?;
        let stamps = self.signature(&from, &raw).into_iter().collect();
        let content = delivery.commit(Letter { envelope, raw: &raw, stamps, peer: Some(peer), at: now }).await?;
        tracing::info!(
            id = %content,
            sender = %from,
            recipients = envelope.recipients.len(),
            size_bytes = raw.len(),
            "accepted a message from our staff"
        );
        self.figures.accepted.get_or_create(&Way { by: By::Submission }).inc();
        Ok(content)
    }

    fn count<T>(&self, result: Result<T, Reply>) -> Result<T, Reply> {
        self.figures.count(By::Submission, result)
    }
}

impl Reception for Submission {
    async fn sender(&self, peer: &Peer, path: &ReversePath, _: &MailParameters) -> Result<(), Reply> {
        self.count(self.may_send_as(peer, path).await)
    }

    async fn recipient(&self, _: &Peer, _: &Envelope, path: &ForwardPath) -> Result<(), Reply> {
        self.count(self.accepts(Recipient::from(path.clone())).await)
    }

    async fn message(&self, peer: &Peer, envelope: Envelope, raw: Vec<u8>) -> Result<Reply, Reply> {
        let content = self.count(self.take(peer, &envelope, raw).await)?;
        Ok(replies::taken(&content.to_string()))
    }

    async fn authenticate(&self, peer: &Peer, login: &str, password: &str) -> Result<Login, Reply> {
        let (address, now) = (peer.address.ip(), clock::now());
        let result = self.identity.sign_in_app(&self.directory, login, password, address, now).await;
        let signed_in = result.map_err(|refusal| refuse(&refusal, peer))?;
        let entry = signed_in.entry.ok_or_else(replies::wrong_password)?;
        let key = signed_in.credential.map(|id| hex::encode(id.0)).unwrap_or_default();
        Ok(Login { id: entry.id.0, name: entry.primary.map_or(entry.name, |address| address.to_string()), key })
    }
}

fn refuse(refusal: &Refusal, peer: &Peer) -> Reply {
    match refusal {
        Refusal::Wrong => {
            tracing::info!(peer = %peer.address.ip(), "a sign-in failed");
            replies::wrong_password()
        }
        Refusal::Later { .. } => replies::no_sign_in_now(),
        Refusal::Unavailable(error) => {
            tracing::error!(%error, hint = error.hint(), "nobody can be signed in");
            replies::no_sign_in_now()
        }
    }
}
