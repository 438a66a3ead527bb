//! What every page can ask of: the store, sign-in, and the running service.

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;

use failover::{CleanPoint, Phase, Says};
use identity::{Identity, Role, SecondFactor};
use jiff::tz::TimeZone;
use mail::{Domain, Envelope, Reply, Timestamp};
use store::directory::Owner;
use store::{ContentId, EntryId, MailboxId, RegionStore, Store, StoreError};

use crate::Lang;

/// An answer that comes later; what a trait object can return.
pub type Soon<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What all pages share. A cheap clone.
#[derive(Clone)]
pub struct House {
    /// Where everything is kept.
    pub store: Store,
    /// How people are let in.
    pub identity: Identity,
    /// The running service.
    pub service: Arc<dyn Service>,
    /// What does not change while it runs.
    pub settings: Arc<Settings>,
    /// What time it is.
    pub clock: fn() -> Timestamp,
}

impl House {
    /// Whether somebody has to set up a second factor before they see anything else.
    ///
    /// # Errors
    /// Those of the directory.
    pub async fn owes_second(&self, role: Role, owner: &Owner) -> Result<bool, StoreError> {
        let (rule, now) = (self.settings.second_factor, (self.clock)());
        self.identity.owes_second(self.store.directory(), (rule, role), owner, now).await
    }
}

/// What the configuration says to the pages.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The organisation's name, as people know it.
    pub organisation: String,
    /// Its mail domains.
    pub domains: Vec<Domain>,
    /// Scheme, host and port under which browsers reach this listener, such as `https://relais.example`.
    pub origin: String,
    /// The name that passkeys are bound to (WebAuthn's relying party id); lies outside the primary's domains.
    /// Without one there are no passkeys.
    pub relying_party: Option<String>,
    /// Who has to have a second factor.
    pub second_factor: SecondFactor,
    /// Where the organisation's clocks stand.
    pub zone: TimeZone,
    /// The language of whoever's browser asks for none of ours.
    pub lang: Lang,
    /// The largest message that may be sent, in octets.
    pub message_max_bytes: usize,
    /// All that may hang on one message, in octets, as far as it fits into the largest one.
    pub attachments_max_bytes: u64,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub proxies: Vec<IpAddr>,
}

impl Settings {
    /// Whether browsers come over TLS, so that cookies can say `Secure`.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.origin.starts_with("https://")
    }
}

/// How the service stands, for banners.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The phase.
    pub phase: Phase,
    /// The one sentence.
    pub says: Says,
    /// Since when it is so, where known.
    pub since: Option<Timestamp>,
    /// Before when the primary is trusted; `None` in standby.
    pub clean_point: Option<CleanPoint>,
}

/// A message of somebody of the staff, ready to go.
#[derive(Clone, Debug)]
pub struct Outbound {
    /// Who sends it; the address in `From` must be theirs.
    pub from: EntryId,
    /// From where, for the log.
    pub peer: IpAddr,
    /// To whom.
    pub envelope: Envelope,
    /// The message; `Date` and `Message-ID` are added where they are missing.
    pub raw: Vec<u8>,
}

/// That a message was taken: it is durable, and in the writer's Sent folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The message.
    pub content: ContentId,
}

/// What pages ask of the running service.
pub trait Service: Send + Sync + 'static {
    /// How it stands. Asked for every page: must cost nothing.
    fn standing(&self) -> Standing;

    /// The mailbox of somebody of the directory.
    ///
    /// # Errors
    /// Those of the store, [`StoreError::NoSuch`] for who has none.
    fn mailbox<'a>(&'a self, owner: &'a EntryId) -> Soon<'a, Result<(RegionStore, MailboxId), StoreError>>;

    /// Sends a message: delivered to mailboxes here, queued for others, and put into Sent, in one commit.
    ///
    /// # Errors
    /// The reply that a mail program would have got, in English; its text is for the log and for support.
    fn send(&self, outbound: Outbound) -> Soon<'_, Result<Sent, Reply>>;

    /// Whether mail for this address can be sent at all; `Err` says why not.
    ///
    /// # Errors
    /// The reply that a mail program would have got.
    fn accepts<'a>(&'a self, recipient: &'a mail::Address) -> Soon<'a, Result<(), Reply>>;
}
