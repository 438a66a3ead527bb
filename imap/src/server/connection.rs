//! One connection from its greeting to its end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::Service;
use super::session::{Next, Session};
use super::wire::{Said, Wire};
use crate::stream::Stream;
use crate::{Accounts, Error, Peer};

/// To whoever's app password was revoked, or who was shut out.
const ENDED: &[u8] = b"* BYE Your sign-in has ended\r\n";

/// Serves one connection until it ends.
pub(super) async fn converse<A: Accounts>(
    stream: Stream,
    peer: SocketAddr,
    service: Service<A>,
    shutdown: watch::Receiver<bool>,
) {
    let mut wire = Wire::new(stream, Arc::clone(&service.limits));
    let outcome = run(&mut wire, peer, &service, shutdown).await;
    match &outcome {
        Err(Error::TimedOut(_)) => wire.out.extend_from_slice(b"* BYE Nothing was said for too long\r\n"),
        Err(Error::TooLarge { .. }) => wire.out.extend_from_slice(b"* BYE [TOOBIG] That is larger than we take\r\n"),
        _ => {}
    }
    if let Err(error) = outcome {
        tracing::debug!(%peer, %error, "an IMAP session broke");
    }
    wire.close().await;
}

async fn run<A: Accounts>(
    wire: &mut Wire,
    address: SocketAddr,
    service: &Service<A>,
    mut shutdown: watch::Receiver<bool>,
) -> Result<(), Error> {
    if service.implicit_tls {
        shake_hands(wire, service).await?;
    }
    let peer = Peer { address, secure: service.implicit_tls };
    let mut session = Session::new(service.clone(), peer);
    session.greet(wire);
    while !*shutdown.borrow_and_update() {
        let said = tokio::select! {
            said = wire.command() => said?,
            _ = shutdown.changed() => break,
        };
        let next = match said {
            Said::Command(_) if !session.may_stay().await => {
                wire.out.extend_from_slice(ENDED);
                Next::Leave
            }
            Said::Command(command) => session.command(command, wire, &mut shutdown).await?,
            Said::Nonsense(tag) => session.nonsense(tag, wire),
            Said::LeftOut => Next::GoOn,
            Said::Hopeless => Next::Leave,
        };
        // A client that asks and asks, and reads nothing, waits here.
        wire.flush_if_large().await?;
        match next {
            Next::GoOn => {}
            Next::Handshake => {
                wire.flush().await?;
                shake_hands(wire, service).await?;
                session.secured();
            }
            Next::Leave => return Ok(()),
        }
    }
    wire.out.extend_from_slice(b"* BYE The service is stopping, please come back\r\n");
    Ok(())
}

async fn shake_hands<A>(wire: &mut Wire, service: &Service<A>) -> Result<(), Error> {
    let config = service.tls.clone().ok_or_else(|| Error::Tls("no certificate".to_owned()))?;
    let patience = Duration::from_secs(service.limits.handshake_s);
    let accepting = TlsAcceptor::from(config).accept(wire.take_stream()?);
    let secured = timeout(patience, accepting).await.map_err(|_| Error::TimedOut(patience.as_secs()))?;
    wire.put_stream(Box::new(secured.map_err(|cause| Error::Tls(cause.to_string()))?));
    Ok(())
}
