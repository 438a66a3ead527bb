//! The connection to a collector of logs: RFC 5425, syslog over TLS.
//!
//! ```text
//!   connect ── "LENGTH SP line" ... ── close_notify ── the other side closes too: it has read all of it
//! ```
//!
//! Syslog has no answers. A collector that closes in answer to our close has read what came before it (RFC 5425 §4.4); one that
//! went away in between resets the connection. So a connection carries one batch, and counts only when it ends well.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::config::Syslog;
use crate::secrets::read_password;

/// How long a batch may take, from the first octet to the last.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a reset may take to arrive after an end without a word.
const RESET: Duration = Duration::from_secs(1);
/// A collector says nothing; more than this is no collector.
const SAID_MAX: u64 = 64 * 1024;

/// Where the log goes.
#[derive(Clone)]
pub struct Collector {
    /// `host:port`.
    pub address: String,
    name: ServerName<'static>,
    connector: TlsConnector,
}

impl Collector {
    /// As it is configured.
    ///
    /// # Errors
    /// Names the file that cannot be used.
    pub fn new(syslog: &Syslog) -> Result<Self> {
        let host = syslog.address.rsplit_once(':').map_or(syslog.address.as_str(), |(host, _)| host);
        let name = syslog.name.clone().unwrap_or_else(|| host.trim_matches(['[', ']']).to_owned());
        let name = ServerName::try_from(name.clone()).with_context(|| format!("{name} is no name of a server"))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        let builder = builder.with_root_certificates(roots(syslog.ca_file.as_ref())?);
        let tls = match (&syslog.certificate_file, &syslog.key_file) {
            (Some(certificate), Some(key)) => {
                let pem = read_password(key)?;
                let key = PrivateKeyDer::from_pem_slice(pem.as_bytes())
                    .with_context(|| format!("{} holds no private key", key.display()))?;
                builder.with_client_auth_cert(certificates(certificate)?, key)?
            }
            _ => builder.with_no_client_auth(),
        };
        Ok(Self { address: syslog.address.clone(), name, connector: TlsConnector::from(Arc::new(tls)) })
    }

    /// Hands lines over. When this answers `Ok`, the collector has read them all.
    ///
    /// # Errors
    /// Says what went wrong; then nobody knows which of them it has.
    pub async fn take(&self, lines: &[String]) -> Result<()> {
        let taking = self.hand_over(lines);
        tokio::time::timeout(PATIENCE, taking).await.context("the collector does not answer")?
    }

    async fn hand_over(&self, lines: &[String]) -> Result<()> {
        let socket = TcpStream::connect(&self.address).await.context("it cannot be reached")?;
        let mut stream = self.connector.connect(self.name.clone(), socket).await.context("no TLS")?;
        for line in lines {
            // RFC 5425 §4.3: MSG-LEN SP SYSLOG-MSG, in octets.
            stream.write_all(format!("{} {line}", line.len()).as_bytes()).await?;
        }
        stream.shutdown().await.context("it went away")?;
        ended(stream).await
    }
}

/// Waits until the other side has closed.
async fn ended(mut stream: TlsStream<TcpStream>) -> Result<()> {
    let mut said = (&mut stream).take(SAID_MAX);
    match tokio::io::copy(&mut said, &mut tokio::io::sink()).await {
        Ok(SAID_MAX..) => bail!("it talks, as no collector does"),
        Ok(_) => Ok(()),
        // It closed without a word, as some do. Had it gone before all was there, what came late was answered with a reset.
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            tokio::time::sleep(RESET).await;
            stream.get_ref().0.take_error()?.map_or(Ok(()), |reset| Err(reset.into()))
        }
        Err(error) => Err(error).context("it went away"),
    }
}

fn roots(file: Option<&PathBuf>) -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    match file {
        Some(file) => {
            for certificate in certificates(file)? {
                roots.add(certificate).with_context(|| format!("cannot use {}", file.display()))?;
            }
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    Ok(roots)
}

fn certificates(file: &PathBuf) -> Result<Vec<CertificateDer<'static>>> {
    let named = || format!("cannot read {}", file.display());
    let read: Result<Vec<_>, _> = CertificateDer::pem_file_iter(file).with_context(named)?.collect();
    let read = read.with_context(named)?;
    if read.is_empty() {
        bail!("there is no certificate in {}", file.display());
    }
    Ok(read)
}
