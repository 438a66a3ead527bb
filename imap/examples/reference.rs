//! Serves the reference mailbox on loopback, to try mail programs on: `reference PORT [USER PASSWORD]...`
//!
//! No TLS, nothing kept: it is for trying only.

use std::sync::Arc;

use imap::Limits;
use imap::memory::Reference;
use imap::server::{Service, serve};
use tokio::net::TcpListener;
use tokio::sync::watch;

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let mut words = std::env::args().skip(1);
    let port = words.next().and_then(|port| port.parse().ok()).unwrap_or(2143);
    let reference = Reference::new();
    while let (Some(user), Some(password)) = (words.next(), words.next()) {
        reference.add(&user, &password);
    }
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    let service = Service {
        accounts: Arc::new(reference),
        hostname: "reference.test".to_owned(),
        limits: Arc::new(Limits::default()),
        tls: None,
        implicit_tls: false,
        danger_plain_sign_in: true,
    };
    let (_never, shutdown) = watch::channel(false);
    serve(listener, service, shutdown).await;
    Ok(())
}
