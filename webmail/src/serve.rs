//! The socket side: accepts, speaks TLS where it is asked to, bounds what a stranger can hold.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::HeaderMap;
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::Settings;

/// What strangers can hold.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at a time; further ones wait in the kernel's queue.
    pub connections_max: usize,
    /// How long a request's headers, and a TLS handshake, may take.
    pub headers_s: u64,
    /// How long a connection may last altogether.
    pub connection_s: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connections_max: 1000, headers_s: 15, connection_s: 900 }
    }
}

/// Who is at the other end, behind the proxies that are believed.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

/// Serves `router` until `shutdown`; then ends what is under way.
pub async fn serve(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    router: Router,
    (settings, limits): (Arc<Settings>, Limits),
    mut shutdown: watch::Receiver<bool>,
) {
    let room = Arc::new(Semaphore::new(limits.connections_max));
    let mut open = JoinSet::new();
    loop {
        while open.try_join_next().is_some() {}
        let accepted = tokio::select! {
            () = told_to_stop(&mut shutdown) => break,
            accepted = accept(&listener, &room) => accepted,
        };
        let Some((socket, peer, permit)) = accepted else { continue };
        let (tls, router, settings) = (tls.clone(), router.clone(), Arc::clone(&settings));
        let stop = shutdown.clone();
        open.spawn(async move {
            let _permit = permit;
            let limit = Duration::from_secs(limits.headers_s);
            match tls {
                None => converse(socket, peer, router, (settings, limits), stop).await,
                Some(tls) => {
                    if let Ok(Ok(stream)) = tokio::time::timeout(limit, tls.accept(socket)).await {
                        converse(stream, peer, router, (settings, limits), stop).await;
                    }
                }
            }
        });
    }
    while open.join_next().await.is_some() {}
}

// The guard that `wait_for` returns must not live across an await.
async fn told_to_stop(shutdown: &mut watch::Receiver<bool>) {
    let _ = shutdown.wait_for(|stop| *stop).await;
}

type Accepted = (tokio::net::TcpStream, IpAddr, tokio::sync::OwnedSemaphorePermit);

async fn accept(listener: &TcpListener, room: &Arc<Semaphore>) -> Option<Accepted> {
    let permit = Arc::clone(room).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((socket, peer)) => {
            let _ = socket.set_nodelay(true);
            Some((socket, peer.ip().to_canonical(), permit))
        }
        Err(error) => {
            // Out of files, mostly: others have to close theirs first.
            tracing::warn!(%error, "a browser could not be let in");
            tokio::time::sleep(Duration::from_millis(100)).await;
            None
        }
    }
}

async fn converse<S>(
    stream: S,
    peer: IpAddr,
    router: Router,
    (settings, limits): (Arc<Settings>, Limits),
    mut stop: watch::Receiver<bool>,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let named = tower_service_fn(router, peer, settings);
    let mut builder = hyper::server::conn::http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(Duration::from_secs(limits.headers_s)).max_headers(100);
    let connection = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(named));
    let mut connection = std::pin::pin!(connection);
    let deadline = tokio::time::sleep(Duration::from_secs(limits.connection_s));
    // Whoever leaves in the middle is nobody's fault: errors of a connection are not worth a line.
    tokio::select! {
        _ = connection.as_mut() => {}
        () = deadline => {}
        () = told_to_stop(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            let _ = tokio::time::timeout(Duration::from_secs(5), connection).await;
        }
    }
}

fn tower_service_fn(
    router: Router,
    peer: IpAddr,
    settings: Arc<Settings>,
) -> impl tower_service::Service<
    hyper::Request<Incoming>,
    Response = axum::response::Response,
    Error = std::convert::Infallible,
    Future: Send,
> + Clone {
    tower::service_fn(move |request: hyper::Request<Incoming>| {
        let mut request: Request = request.map(axum::body::Body::new);
        let peer = Peer(behind_proxies(peer, request.headers(), &settings.proxies));
        request.extensions_mut().insert(peer);
        tower::ServiceExt::oneshot(router.clone(), request)
    })
}

/// The last address in `X-Forwarded-For` that is no proxy of ours, when the peer is one.
fn behind_proxies(peer: IpAddr, headers: &HeaderMap, proxies: &[IpAddr]) -> IpAddr {
    if !proxies.contains(&peer) {
        return peer;
    }
    let lines = headers.get_all("x-forwarded-for").iter().filter_map(|line| line.to_str().ok());
    let named: Vec<IpAddr> = lines.flat_map(|line| line.split(',')).filter_map(|ip| ip.trim().parse().ok()).collect();
    named.into_iter().rev().find(|ip| !proxies.contains(ip)).unwrap_or(peer)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn only_our_proxies_are_believed() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", "203.0.113.9, 198.51.100.7, 10.0.0.1".parse().unwrap());
        assert_eq!(behind_proxies(ip("192.0.2.1"), &headers, &[]), ip("192.0.2.1"));
        let proxies = [ip("10.0.0.1"), ip("10.0.0.2")];
        assert_eq!(behind_proxies(ip("10.0.0.2"), &headers, &proxies), ip("198.51.100.7"));
    }
}
