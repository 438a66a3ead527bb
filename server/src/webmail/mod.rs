//! The web listeners of the configuration, and what their pages ask of the running service.
//!
//! ```text
//!   browser ──> webmail::serve ──> staff pages ──> Pages (webmail::Service) ──┬─ Addressing: whose mailbox is where
//!                                                                            ├─ Submission: sending
//!                                                                            └─ executor's news: the banner
//! ```

mod service;

use std::sync::Arc;

use anyhow::Result;
use identity::Identity;
use jiff::tz::TimeZone;
use store::Store;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use webmail::console::Desk;
use webmail::{House, Lang, Limits, Settings};

use crate::clock;
use crate::config::{Config, Language};
use crate::executor;
use crate::listen::bind_all;
use crate::reception::{Addressing, Submission};

/// What the pages work with.
pub struct Parts<'a> {
    /// Where everything is kept.
    pub store: &'a Store,
    /// How people are let in.
    pub identity: &'a Identity,
    /// Whose mailbox is where.
    pub addressing: &'a Arc<Addressing>,
    /// What sends.
    pub submission: &'a Arc<Submission>,
    /// What is going on.
    pub executor: &'a executor::Desk,
    /// Our certificate.
    pub tls: &'a Arc<rustls::ServerConfig>,
}

/// Binds and serves the staff's web listeners; they end with `shutdown`. What their pages share.
///
/// # Errors
/// An address that cannot be listened on.
pub async fn start(
    parts: Parts<'_>,
    config: &Config,
    tasks: &mut JoinSet<()>,
    shutdown: &watch::Receiver<bool>,
) -> Result<House> {
    let house = house(&parts, config);
    let limits = Limits { connections_max: config.webmail.connections_max, ..Limits::default() };
    let acceptor = TlsAcceptor::from(Arc::clone(parts.tls));
    let staff = webmail::staff::router(house.clone());
    for (key, addresses, tls) in [
        ("webmail.listen", &config.webmail.listen, None),
        ("webmail.listen_tls", &config.webmail.listen_tls, Some(&acceptor)),
    ] {
        for listener in bind_all(key, addresses).await? {
            let (router, settings) = (staff.clone(), Arc::clone(&house.settings));
            tasks.spawn(webmail::serve(listener, tls.cloned(), router, (settings, limits), shutdown.clone()));
        }
    }
    Ok(house)
}

/// Binds and serves the console's listeners: the same house under another origin.
///
/// # Errors
/// An address that cannot be listened on.
pub async fn start_console(
    (mut house, desk): (House, Arc<dyn Desk>),
    tls: &Arc<rustls::ServerConfig>,
    config: &Config,
    tasks: &mut JoinSet<()>,
    shutdown: &watch::Receiver<bool>,
) -> Result<()> {
    let origin = config.console.origin(&config.hostname());
    // A passkey's relying party is the page's own host or a parent of it (WebAuthn §5.1.2).
    let relying_party = house.settings.relying_party.clone().filter(|party| lies_within(&origin, party));
    house.settings = Arc::new(Settings { origin, relying_party, ..Settings::clone(&house.settings) });
    let limits = Limits { connections_max: config.webmail.connections_max, ..Limits::default() };
    let acceptor = TlsAcceptor::from(Arc::clone(tls));
    let router = webmail::console::router(house.clone(), desk);
    for (key, addresses, tls) in [
        ("console.listen", &config.console.listen, None),
        ("console.listen_tls", &config.console.listen_tls, Some(&acceptor)),
    ] {
        for listener in bind_all(key, addresses).await? {
            let (router, settings) = (router.clone(), Arc::clone(&house.settings));
            tasks.spawn(webmail::serve(listener, tls.cloned(), router, (settings, limits), shutdown.clone()));
        }
    }
    Ok(())
}

fn lies_within(origin: &str, party: &str) -> bool {
    let host = origin.split("://").nth(1).unwrap_or(origin);
    let host = host.split([':', '/']).next().unwrap_or(host);
    host == party || host.ends_with(&format!(".{party}"))
}

fn house(parts: &Parts<'_>, config: &Config) -> House {
    House {
        store: parts.store.clone(),
        identity: parts.identity.clone(),
        service: Arc::new(service::Pages {
            addressing: Arc::clone(parts.addressing),
            submission: Arc::clone(parts.submission),
            news: parts.executor.news(),
        }),
        settings: Arc::new(settings(config)),
        clock: clock::now,
    }
}

fn settings(config: &Config) -> Settings {
    let zone = config.webmail.timezone.as_deref().and_then(|name| TimeZone::get(name).ok());
    Settings {
        organisation: config.organisation.clone(),
        domains: config.domains.clone(),
        origin: config.webmail.origin(&config.hostname()),
        relying_party: config.webmail.relying_party(),
        second_factor: config.identity.second_factor.into(),
        zone: zone.unwrap_or_else(TimeZone::system),
        lang: match config.webmail.language {
            Language::En => Lang::En,
            Language::Fr => Lang::Fr,
            Language::De => Lang::De,
        },
        message_max_bytes: config.smtp.size_max_bytes,
        attachments_max_bytes: config.webmail.attachments_max_bytes,
        proxies: config.webmail.proxies.clone(),
    }
}
