//! `[outbound]`, as the runner wants it.

use std::time::Duration;

use anyhow::Context as _;
use smtp::client::{Credentials, Timeouts, TlsPolicy, unverified_tls, verified_tls};
use smtp::dkim::Signer;
use smtp::outbound::{Route, Schedule, Settings, Smarthost};

use crate::config::{Config, SmarthostTls};

/// The runner's settings.
pub(super) fn of(config: &Config) -> anyhow::Result<Settings> {
    let outbound = &config.outbound;
    let name = outbound.helo.as_ref().map_or_else(|| config.hostname(), ToString::to_string);
    let tls = if outbound.smarthost.is_some() { verified_tls(system_roots())? } else { unverified_tls()? };
    let mut settings = Settings::new(smtp::client::Settings { name, tls, timeouts: Timeouts::default() });
    settings.route = route(config)?;
    settings.schedule =
        Schedule { retry_s: outbound.retry_s.clone(), give_up_s: outbound.give_up_s, ..Schedule::default() };
    settings.poll = Duration::from_secs(1);
    Ok(settings)
}

fn route(config: &Config) -> anyhow::Result<Route> {
    let Some(smarthost) = &config.outbound.smarthost else {
        return Ok(Route::Mx { port: config.outbound.mx_port });
    };
    let password = match &smarthost.password_file {
        Some(file) => {
            let text = std::fs::read_to_string(file);
            text.with_context(|| format!("the smarthost's password file {}", file.display()))?.trim_end().to_owned()
        }
        None => String::new(),
    };
    let tls = match smarthost.tls {
        SmarthostTls::None => TlsPolicy::Never,
        SmarthostTls::Starttls => TlsPolicy::Required,
        SmarthostTls::Tls => TlsPolicy::Implicit,
    };
    let credentials = smarthost.login.clone().map(|login| Credentials { login, password });
    Ok(Route::Smarthost(Smarthost { host: smarthost.host.clone(), port: smarthost.port, tls, credentials }))
}

fn system_roots() -> rustls::RootCertStore {
    let mut roots = rustls::RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots
}

/// The signers of our domains; none when no key is configured.
///
/// # Errors
/// A key file that cannot be read or used.
pub fn signers(config: &Config) -> anyhow::Result<Vec<Signer>> {
    let (Some(file), Some(selector)) = (&config.outbound.dkim_key_file, &config.outbound.dkim_selector) else {
        return Ok(Vec::new());
    };
    let pem = std::fs::read_to_string(file).with_context(|| format!("the DKIM key {}", file.display()))?;
    let signer = |domain: &mail::Domain| Signer::from_pem(&pem, domain.clone(), selector);
    let signers: Result<Vec<Signer>, smtp::Error> = config.domains.iter().map(signer).collect();
    signers.with_context(|| format!("the DKIM key {}", file.display()))
}
