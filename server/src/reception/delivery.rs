//! One message, all its recipients, one commit.

use std::collections::BTreeMap;
use std::sync::Arc;

use mail::{Address, Envelope, FolderRole, ForwardPath, Recipient, Reply, ReversePath, SystemFlags, Timestamp};
use smtp::{Peer, trace};
use store::region::{Arrival, Deliver, RelayTo};
use store::{ContentId, EntryId, MailboxId, RegionStore, StoreError};

use super::addressing::{Addressing, Destination};
use super::replies;

/// RFC 5321 §6.3: at least 100 `Received` fields before it is called a loop.
const HOPS_MAX: usize = 100;

/// Gathers recipients, then hands the message to the store.
pub struct Delivery {
    addressing: Arc<Addressing>,
    /// Our name in trace headers.
    hostname: String,
    deliver: BTreeMap<(String, MailboxId, FolderRole), (RegionStore, SystemFlags)>,
    relay: Vec<RelayTo>,
}

/// What is delivered.
pub struct Letter<'a> {
    /// From whom and to whom.
    pub envelope: &'a Envelope,
    /// The content without our trace headers.
    pub raw: &'a [u8],
    /// Header fields to put directly above the content, such as a signature.
    pub stamps: Vec<String>,
    /// Who brought it; `None` for our own notices.
    pub peer: Option<&'a Peer>,
    /// The moment of acceptance.
    pub at: Timestamp,
}

impl Delivery {
    /// A delivery without recipients yet.
    #[must_use]
    pub fn new(addressing: &Arc<Addressing>, hostname: &str) -> Self {
        let addressing = Arc::clone(addressing);
        Self { addressing, hostname: hostname.to_owned(), deliver: BTreeMap::new(), relay: Vec::new() }
    }

    /// Adds a recipient of the envelope. While nothing is accepted here, the primary has our people's mailboxes: what
    /// is for them, such as a notice about mail that was still queued when it took over again, goes out by MX.
    ///
    /// # Errors
    /// The reply for the peer.
    pub async fn add(&mut self, recipient: &Recipient) -> Result<(), Reply> {
        if let ForwardPath::Address(address) = &recipient.path
            && !self.addressing.is_accepting()
        {
            self.add_elsewhere(address.clone(), recipient);
            return Ok(());
        }
        let found = match &recipient.path {
            ForwardPath::Postmaster => self.addressing.postmaster().await,
            ForwardPath::Address(address) => self.addressing.destination(address).await,
        };
        match found.map_err(|error| replies::trouble("a recipient cannot be looked up", &error))? {
            Destination::Inside { owners, external } => {
                for owner in owners {
                    self.add_folder(&owner, FolderRole::Inbox, SystemFlags::NONE).await?;
                }
                external.into_iter().for_each(|address| self.add_elsewhere(address, recipient));
                Ok(())
            }
            Destination::Elsewhere => {
                if let ForwardPath::Address(address) = &recipient.path {
                    self.add_elsewhere(address.clone(), recipient);
                }
                Ok(())
            }
            Destination::Unknown { certain: true } => Err(replies::unknown_recipient()),
            Destination::Unknown { certain: false } => Err(replies::perhaps_unknown_recipient()),
        }
    }

    /// Adds a folder of somebody's mailbox. A mailbox that is named twice gets the message once.
    ///
    /// # Errors
    /// The reply for the peer.
    pub async fn add_folder(&mut self, owner: &EntryId, role: FolderRole, flags: SystemFlags) -> Result<(), Reply> {
        let found = self.addressing.mailbox(owner).await;
        let (region, mailbox) = found.map_err(|error| replies::trouble("a mailbox cannot be found", &error))?;
        self.deliver.insert((region.name().to_string(), mailbox, role), (region, flags));
        Ok(())
    }

    fn add_elsewhere(&mut self, address: Address, recipient: &Recipient) {
        if self.relay.iter().all(|known| known.recipient.key() != address.key()) {
            let original = recipient.original.clone();
            self.relay.push(RelayTo { recipient: address, notify: recipient.notify, original });
        }
    }

    /// The one region that the recipients so far have in common, when there are any here.
    #[must_use]
    pub fn region(&self) -> Option<String> {
        self.deliver.keys().next().map(|(region, ..)| region.clone())
    }

    /// Stores the message; when this returns it is durable, for everybody.
    ///
    /// # Errors
    /// The reply for the peer; nothing is kept of the region that failed.
    pub async fn commit(self, letter: Letter<'_>) -> Result<ContentId, Reply> {
        if trace::hops(letter.raw) > HOPS_MAX {
            return Err(replies::mail_loop());
        }
        let result = self.store(letter).await;
        result.map_err(|error| replies::trouble("a message cannot be stored", &error))
    }

    async fn store(mut self, letter: Letter<'_>) -> Result<ContentId, StoreError> {
        let second_copies = self.take_second_copies();
        let mut regions: BTreeMap<String, (RegionStore, Vec<Deliver>)> = BTreeMap::new();
        for ((name, mailbox, role), (region, flags)) in std::mem::take(&mut self.deliver) {
            regions.entry(name).or_insert_with(|| (region, Vec::new())).1.push(Deliver { mailbox, role, flags });
        }
        if regions.is_empty() {
            let region = self.addressing.default_region();
            regions.insert(region.name().to_string(), (region, Vec::new()));
        }
        // A group may reach over regions. What leaves the house is queued in the first of them.
        let mut relay = std::mem::take(&mut self.relay);
        let leaves = !relay.is_empty();
        let mut first = None;
        for (region, deliver) in regions.into_values() {
            let content = self.accept(&letter, &region, deliver, std::mem::take(&mut relay)).await?;
            first.get_or_insert(content);
        }
        if leaves {
            self.addressing.ring_outgoing();
        }
        for (region, deliver) in second_copies {
            // The message is safe where it was sent to: it must not come again for the sake of this copy.
            if let Err(error) = self.accept(&letter, &region, vec![deliver], Vec::new()).await {
                tracing::error!(%error, hint = error.hint(), "a copy of a sent message cannot be filed");
            }
        }
        first.ok_or_else(|| StoreError::NoSuch("region for a message".to_owned()))
    }

    /// A content lies once in a mailbox, so whoever writes to themselves has a second one in Sent.
    fn take_second_copies(&mut self) -> Vec<(RegionStore, Deliver)> {
        let mut copies = Vec::new();
        let sent: Vec<_> = self.deliver.keys().filter(|(_, _, role)| *role == FolderRole::Sent).cloned().collect();
        for key in sent {
            let (name, mailbox, role) = key.clone();
            if self.deliver.contains_key(&(name, mailbox, FolderRole::Inbox))
                && let Some((region, flags)) = self.deliver.remove(&key)
            {
                copies.push((region, Deliver { mailbox, role, flags }));
            }
        }
        copies
    }

    async fn accept(
        &self,
        letter: &Letter<'_>,
        region: &RegionStore,
        deliver: Vec<Deliver>,
        relay: Vec<RelayTo>,
    ) -> Result<ContentId, StoreError> {
        let content = region.new_content_id();
        let envelope = letter.envelope;
        let arrival = Arrival {
            content,
            raw: stamped(letter, region, content, &self.hostname),
            reverse_path: envelope.reverse_path.clone(),
            envelope_id: envelope.envelope_id.clone(),
            body_8bit: envelope.body_8bit,
            smtputf8: envelope.smtputf8,
            deliver,
            relay,
            at: letter.at,
        };
        region.accept(arrival).await?;
        Ok(content)
    }
}

/// Our fields above the message, outermost first. `outbound` takes the first two off again for what leaves.
fn stamped(letter: &Letter<'_>, region: &RegionStore, content: ContentId, hostname: &str) -> Vec<u8> {
    let mut fields =
        vec![trace::relais_id(&region.relais_id(content)), trace::return_path(&letter.envelope.reverse_path)];
    if let Some(peer) = letter.peer {
        fields.push(trace::received(peer, hostname, &content.to_string(), letter.envelope, letter.at));
    }
    fields.extend(letter.stamps.iter().cloned());
    trace::stamped(&fields, letter.raw)
}

/// An envelope for a message of our own to one address.
#[must_use]
pub fn notice_envelope(to: &Address) -> Envelope {
    // RFC 5321 §4.5.5: a notice has the null path, so that it is never answered by another one.
    Envelope {
        reverse_path: ReversePath::Null,
        recipients: vec![Recipient::from(ForwardPath::Address(to.clone()))],
        body_8bit: false,
        smtputf8: to.needs_utf8(),
        envelope_id: None,
    }
}
