//! The partner: writes to the address of yesterday, wherever DNS says that goes, and keeps what it gets.
//!
//! It knows nothing of Relais and asks nobody but its resolver, as a stranger's server would.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use dns::{MxAnswer, Name, Resolver};
use mail::{Address, Enhanced, Envelope, ForwardPath, Reply, ReversePath};
use smtp::client::{Connection, Mail, Settings, Target, Timeouts, TlsPolicy, unverified_tls};
use smtp::{Login, MailParameters, Peer, Reception};
use tokio::sync::watch;

use crate::StageError;

/// The partner's domain.
pub const PARTNER_DOMAIN: &str = "partnerstadt.test";

/// A mail server and the person behind it.
pub struct Partner {
    resolver: Resolver,
    port: u16,
    client: Settings,
}

/// Who took a message, as seen by its sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The host that the MX record named.
    pub by: String,
    /// It was handed over under TLS.
    pub under_tls: bool,
    /// What the host answered.
    pub reply: Reply,
}

impl Partner {
    /// A partner that finds hosts through `resolver` and calls them on `port`, which is 25 outside a stage.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(resolver: Resolver, port: u16) -> Result<Self, StageError> {
        let client =
            Settings { name: format!("mail.{PARTNER_DOMAIN}"), tls: unverified_tls()?, timeouts: Timeouts::default() };
        Ok(Self { resolver, port, client })
    }

    /// Sends `raw` to one recipient by its domain's MX records, best first.
    ///
    /// # Errors
    /// When nobody could be found or reached; a refusal is an answer, in [`Taken::reply`].
    pub async fn send(&self, from: &Address, to: &Address, raw: Vec<u8>) -> Result<Taken, StageError> {
        let host = self.best_host(to).await?;
        let address = self.address_of(&host).await?;
        let target = Target { host: host.clone(), address, tls: TlsPolicy::Opportunistic, credentials: None };
        let mut connection = Connection::open(&target, &self.client).await?;
        let envelope = Envelope {
            reverse_path: ReversePath::Address(from.clone()),
            recipients: vec![ForwardPath::Address(to.clone()).into()],
            body_8bit: true,
            smtputf8: false,
            envelope_id: None,
        };
        let verdicts = connection.send(&Mail { envelope, raw: Arc::new(raw) }).await?;
        let under_tls = connection.is_secure();
        connection.quit().await;
        let reply = verdicts.into_iter().next().map_or_else(Reply::trouble, |verdict| verdict.reply);
        Ok(Taken { by: host, under_tls, reply })
    }

    async fn best_host(&self, to: &Address) -> Result<String, StageError> {
        let domain = Name::parse(to.domain().as_str())?;
        self.resolver.forget(&domain, dns::Kind::Mx);
        match self.resolver.mx(&domain).await? {
            MxAnswer::Hosts(hosts) => {
                let best = hosts.into_iter().min_by_key(|(preference, _)| *preference);
                best.map(|(_, host)| host.to_string()).ok_or_else(|| StageError::NoHost(to.domain().to_string()))
            }
            _ => Err(StageError::NoHost(to.domain().to_string())),
        }
    }

    async fn address_of(&self, host: &str) -> Result<SocketAddr, StageError> {
        let found = self.resolver.addresses(&Name::parse(host)?).await?;
        let address: Option<IpAddr> = found.into_iter().next();
        address.map(|ip| SocketAddr::new(ip, self.port)).ok_or_else(|| StageError::NoHost(host.to_owned()))
    }
}

/// One message that the partner has got.
#[derive(Clone, Debug)]
pub struct Got {
    /// Its envelope.
    pub envelope: Envelope,
    /// The message.
    pub raw: Vec<u8>,
}

/// What the partner's server has taken, readable while it serves.
#[derive(Clone)]
pub struct Letterbox {
    got: Arc<Mutex<Vec<Got>>>,
    count: Arc<watch::Sender<usize>>,
}

impl Default for Letterbox {
    fn default() -> Self {
        Self { got: Arc::default(), count: Arc::new(watch::channel(0).0) }
    }
}

impl Letterbox {
    /// Everything so far.
    #[must_use]
    pub fn all(&self) -> Vec<Got> {
        self.got.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What came after the first `known` messages, as soon as there is any.
    pub async fn after(&self, known: usize) -> Vec<Got> {
        // The sender lives as long as this letterbox.
        let _ = self.count.subscribe().wait_for(|count| *count > known).await;
        self.all().split_off(known)
    }

    /// The first message that `wanted` accepts, now or as soon as it comes.
    pub async fn wait_for(&self, wanted: impl Fn(&Got) -> bool) -> Got {
        let mut count = self.count.subscribe();
        loop {
            if let Some(found) = self.all().into_iter().find(&wanted) {
                return found;
            }
            // The sender lives as long as this letterbox.
            let _ = count.changed().await;
        }
    }
}

impl Reception for Letterbox {
    async fn sender(&self, _: &Peer, _: &ReversePath, _: &MailParameters) -> Result<(), Reply> {
        Ok(())
    }

    async fn recipient(&self, _: &Peer, _: &Envelope, path: &ForwardPath) -> Result<(), Reply> {
        match path {
            ForwardPath::Address(address) if address.domain().as_str() == PARTNER_DOMAIN => Ok(()),
            ForwardPath::Postmaster => Ok(()),
            ForwardPath::Address(_) => Err(Reply::new(550, Enhanced(5, 7, 1), "We do not relay")),
        }
    }

    async fn message(&self, _: &Peer, envelope: Envelope, raw: Vec<u8>) -> Result<Reply, Reply> {
        self.got.lock().unwrap_or_else(PoisonError::into_inner).push(Got { envelope, raw });
        self.count.send_modify(|count| *count += 1);
        Ok(Reply::new(250, Enhanced(2, 0, 0), "Thank you"))
    }

    async fn authenticate(&self, _: &Peer, _: &str, _: &str) -> Result<Login, Reply> {
        Err(Reply::new(535, Enhanced(5, 7, 8), "Nobody signs in here"))
    }
}
