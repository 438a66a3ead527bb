//! Our own server on the reference mailbox, on loopback.

use std::net::SocketAddr;
use std::sync::Arc;

use imap::Limits;
use imap::memory::Reference;
use imap::server::{Service, serve};
use tokio::net::TcpListener;
use tokio::sync::watch;

/// Serves `reference` until what is returned is dropped; whether passwords are `plain` is a test's choice.
pub async fn open(reference: &Reference, limits: Limits, plain: bool) -> (SocketAddr, watch::Sender<bool>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = watch::channel(false);
    let service = Service {
        accounts: Arc::new(reference.clone()),
        hostname: "reference.test".to_owned(),
        limits: Arc::new(limits),
        tls: None,
        implicit_tls: false,
        danger_plain_sign_in: plain,
    };
    tokio::spawn(serve(listener, service, stopped));
    (address, stop)
}
