//! A house that takes mail and remembers it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use mail::{Enhanced, Envelope, ForwardPath, Reply, ReversePath};
use smtp::driver::{Service, serve};
use smtp::session::Settings;
use smtp::{Limits, Login, MailParameters, Mode, Peer, Reception, Room};
use tokio::net::TcpListener;
use tokio::sync::watch;

/// Takes mail for everybody but `unknown`.
#[derive(Default)]
pub struct House {
    pub taken: Mutex<Vec<(Peer, Envelope, Vec<u8>)>>,
}

impl Reception for House {
    async fn sender(&self, _: &Peer, _: &ReversePath, _: &MailParameters) -> Result<(), Reply> {
        Ok(())
    }

    async fn recipient(&self, _: &Peer, _: &Envelope, path: &ForwardPath) -> Result<(), Reply> {
        match path {
            ForwardPath::Address(a) if a.local() == "unknown" => Err(Reply::new(550, Enhanced(5, 1, 1), "Unknown")),
            _ => Ok(()),
        }
    }

    async fn message(&self, peer: &Peer, envelope: Envelope, raw: Vec<u8>) -> Result<Reply, Reply> {
        self.taken.lock().unwrap().push((peer.clone(), envelope, raw));
        Ok(Reply::new(250, Enhanced(2, 0, 0), "Taken"))
    }

    async fn authenticate(&self, _: &Peer, login: &str, password: &str) -> Result<Login, Reply> {
        let known = password == "secret";
        known
            .then(|| Login { id: login.into(), name: login.into(), key: String::new() })
            .ok_or_else(|| Reply::new(535, Enhanced(5, 7, 8), "Wrong"))
    }
}

/// How one comes in.
pub struct Door {
    pub mode: Mode,
    pub limits: Limits,
    pub tls: Tls,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    None,
    Starttls,
    Implicit,
}

/// An open house; it closes when this is dropped or `stop` is told so.
pub struct Open {
    pub address: SocketAddr,
    pub house: Arc<House>,
    /// What vouches for it, in PEM.
    pub certificate: String,
    pub stop: watch::Sender<bool>,
}

pub async fn open(door: Door) -> Open {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let house = Arc::new(House::default());
    let (stop, stopped) = watch::channel(false);
    let Door { mode, limits, tls } = door;
    let starttls = tls == Tls::Starttls;
    let settings = Settings { hostname: "mx.test".into(), mode, starttls, limits, room: Room::default() };
    let service = Service {
        reception: Arc::clone(&house),
        settings: Arc::new(settings),
        tls: (tls != Tls::None).then(|| Arc::new(config)),
        implicit_tls: tls == Tls::Implicit,
    };
    tokio::spawn(serve(listener, service, stopped));
    Open { address, house, certificate: made.cert.pem(), stop }
}
