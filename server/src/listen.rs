//! Sockets to listen on, and the signal to stop.

use std::net::SocketAddr;

use anyhow::{Context as _, Result};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// Binds all of `addresses`, which the configuration names as `key`.
///
/// # Errors
/// Names key and address, and what usually helps.
pub async fn bind_all(key: &str, addresses: &[SocketAddr]) -> Result<Vec<TcpListener>> {
    let mut listeners = Vec::with_capacity(addresses.len());
    for address in addresses {
        let hint = || {
            format!("cannot listen on {address} ({key}): is another service there, or may this user not use the port?")
        };
        let listener = TcpListener::bind(address).await.with_context(hint)?;
        tracing::info!(address = %listener.local_addr().unwrap_or(*address), key, "listening");
        listeners.push(listener);
    }
    Ok(listeners)
}

/// Returns at SIGTERM or SIGINT. Where signals cannot be heard it never returns.
pub async fn told_to_stop() {
    let (Ok(mut term), Ok(mut int)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = term.recv() => {}
        _ = int.recv() => {}
    }
}
