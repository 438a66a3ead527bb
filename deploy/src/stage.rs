//! The stage set: everything outside Relais, running.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use dns::zone::Server;
use dns::{Data, Name, RecordSet, Resolver};
use imap::memory::Reference;
use mail::Timestamp;
use smtp::session::Settings;
use smtp::{Limits, Mode, Reception, Room};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::authority::{self, PARTNER, PRIMARY};
use crate::partner::{Letterbox, PARTNER_DOMAIN, Partner};
use crate::primary::{Front, furnished};
use crate::staff::DOMAIN;
use crate::{Certificate, StageError, signature};

/// What the stage is set by.
#[derive(Clone, Copy, Debug)]
pub struct Cues<'a> {
    /// SMTP between organisations, the same port at every address.
    pub smtp: u16,
    /// IMAP with TLS at the primary.
    pub imap_tls: u16,
    /// DNS.
    pub dns: u16,
    /// The key that updates are signed with, base64.
    pub update_key: &'a str,
    /// Name and text of the organisation's DKIM record for Relais.
    pub dkim_record: (&'a str, &'a str),
    /// The clock of the stage.
    pub clock: fn() -> Timestamp,
}

/// A running stage; dropping it clears it.
pub struct Stage {
    /// The partner's person, who writes.
    pub partner: Partner,
    /// What the partner has got.
    pub letterbox: Letterbox,
    /// The primary's reception, whose aliases can be bent.
    pub primary: Arc<Front>,
    authority: Server,
    _tasks: JoinSet<()>,
    _shutdown: watch::Sender<bool>,
}

impl Stage {
    /// Starts everything outside Relais.
    ///
    /// # Errors
    /// When a port is taken.
    pub async fn set(cues: &Cues<'_>, certificate: Certificate) -> Result<Self, StageError> {
        let (name, text) = cues.dkim_record;
        let record = RecordSet::new(Name::parse(name)?, 60, [Data::txt(text)]);
        let authority = authority::start(cues.dns, cues.update_key, record).await?;
        let partner = Partner::new(resolver(&authority)?, cues.smtp)?;
        let letterbox = Letterbox::default();
        let (shutdown, stop) = watch::channel(false);
        let mut tasks = JoinSet::new();

        let reference = furnished((cues.clock)());
        let front = Arc::new(Front::new(reference.clone(), cues.clock));
        let house = House { hostname: format!("mail.{DOMAIN}"), address: PRIMARY, tls: certificate.config() };
        tasks.spawn(house.receive(cues.smtp, Arc::clone(&front), stop.clone()).await?);
        tasks.spawn(house.show(cues.imap_tls, reference, stop.clone()).await?);
        let tls = Certificate::for_partner()?.config();
        let house = House { hostname: format!("mail.{PARTNER_DOMAIN}"), address: PARTNER, tls };
        tasks.spawn(house.receive(cues.smtp, Arc::new(letterbox.clone()), stop).await?);
        Ok(Self { partner, letterbox, primary: front, authority, _tasks: tasks, _shutdown: shutdown })
    }

    /// Somebody's resolver, with no memory of its own yet.
    ///
    /// # Errors
    /// When none can be made.
    pub fn resolver(&self) -> Result<Resolver, StageError> {
        resolver(&self.authority)
    }
}

impl Stage {
    /// The domains whose DKIM signatures on `raw` verify against the published keys.
    ///
    /// # Errors
    /// When `raw` is no message.
    pub async fn signers_of(&self, raw: &[u8]) -> Result<Vec<String>, StageError> {
        signature::verified_domains(raw, authority::resolver_of(&self.authority)).await
    }
}

fn resolver(authority: &Server) -> Result<Resolver, StageError> {
    Ok(Resolver::new(&[authority::resolver_of(authority)])?)
}

/// One organisation's host.
struct House {
    hostname: String,
    address: Ipv4Addr,
    tls: Arc<rustls::ServerConfig>,
}

impl House {
    async fn listen(&self, port: u16) -> Result<TcpListener, StageError> {
        let address = SocketAddr::from((self.address, port));
        TcpListener::bind(address).await.map_err(|cause| StageError::Listen { address, cause })
    }

    async fn receive<R: Reception>(
        &self,
        port: u16,
        reception: Arc<R>,
        stop: watch::Receiver<bool>,
    ) -> Result<impl Future<Output = ()> + Send + 'static + use<R>, StageError> {
        let hostname = self.hostname.clone();
        let (limits, room) = (Limits::default(), Room::default());
        let settings = Settings { hostname, mode: Mode::Reception, starttls: true, limits, room };
        let tls = Some(Arc::clone(&self.tls));
        let service = smtp::driver::Service { reception, settings: Arc::new(settings), tls, implicit_tls: false };
        Ok(smtp::driver::serve(self.listen(port).await?, service, stop))
    }

    async fn show(
        &self,
        port: u16,
        reference: Reference,
        stop: watch::Receiver<bool>,
    ) -> Result<impl Future<Output = ()> + Send + 'static + use<>, StageError> {
        let service = imap::server::Service {
            accounts: Arc::new(reference),
            hostname: self.hostname.clone(),
            limits: Arc::default(),
            tls: Some(Arc::clone(&self.tls)),
            implicit_tls: true,
            danger_plain_sign_in: false,
        };
        Ok(imap::server::serve(self.listen(port).await?, service, stop))
    }
}
