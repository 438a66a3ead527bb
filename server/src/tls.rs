//! Our certificate: the configured one, or one we make ourselves so that nobody has to send in the clear.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::config::Tls;
use crate::secrets::{read_password, write_new};

/// What listeners show.
#[derive(Clone, Debug)]
pub struct ServerTls {
    /// For the listeners.
    pub config: Arc<ServerConfig>,
    /// The certificate that names us.
    pub certificate: CertificateDer<'static>,
}

/// Loads the configured certificate, or makes one in `secrets` that names `hostname`.
///
/// # Errors
/// When a file cannot be read, or certificate and key do not belong together.
pub fn load(tls: &Tls, secrets: &Path, hostname: &str) -> Result<ServerTls> {
    let (certificate, key) = match (&tls.certificate_file, &tls.key_file) {
        (Some(certificate), Some(key)) => (certificate.clone(), key.clone()),
        _ => {
            let (certificate, key) = own_pair(secrets, hostname)?;
            tracing::warn!(
                certificate = %certificate.display(),
                "no certificate is configured: a self-signed one is shown, and mail programs will ask; set [tls]"
            );
            (certificate, key)
        }
    };
    let named = || format!("cannot use the certificate {}", certificate.display());
    let chain = CertificateDer::pem_file_iter(&certificate).with_context(named)?;
    let chain: Vec<CertificateDer<'static>> = chain.collect::<Result<_, _>>().with_context(named)?;
    let first = chain.first().cloned().with_context(|| format!("{} holds no certificate", certificate.display()))?;
    let pem = read_password(&key)?;
    let private = PrivateKeyDer::from_pem_slice(pem.as_bytes());
    let private = private.with_context(|| format!("{} holds no private key", key.display()))?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, private)
        .with_context(|| format!("{} and {} do not belong together", certificate.display(), key.display()))?;
    Ok(ServerTls { config: Arc::new(config), certificate: first })
}

/// The pair in the secrets folder, made when absent.
fn own_pair(secrets: &Path, hostname: &str) -> Result<(PathBuf, PathBuf)> {
    let (certificate, key) = (secrets.join("self-signed.pem"), secrets.join("self-signed.key"));
    if !certificate.exists() || !key.exists() {
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed([hostname.to_owned()])?;
        for (path, text) in [(&key, signing_key.serialize_pem()), (&certificate, cert.pem())] {
            let _ = std::fs::remove_file(path);
            write_new(path, &text)?;
        }
    }
    Ok((certificate, key))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn a_certificate_is_made_once_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let first = load(&Tls::default(), folder.path(), "relais.mairie.test").unwrap();
        let second = load(&Tls::default(), folder.path(), "relais.mairie.test").unwrap();
        assert_eq!(first.certificate, second.certificate);
    }
}
