//! A certificate that the stage makes for itself.

use std::sync::Arc;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::authority::PRIMARY;
use crate::staff::DOMAIN;
use crate::{PARTNER_DOMAIN, StageError};

/// A certificate and what servers show of it.
pub struct Certificate {
    pem: String,
    config: Arc<ServerConfig>,
}

impl Certificate {
    /// For the primary, by name and by address.
    ///
    /// # Errors
    /// When no key can be made.
    pub fn for_primary() -> Result<Self, StageError> {
        Self::naming(vec![format!("mail.{DOMAIN}"), PRIMARY.to_string()])
    }

    /// For the partner.
    ///
    /// # Errors
    /// When no key can be made.
    pub fn for_partner() -> Result<Self, StageError> {
        Self::naming(vec![format!("mail.{PARTNER_DOMAIN}")])
    }

    /// As PEM, for whoever is to trust it.
    #[must_use]
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// For listeners.
    #[must_use]
    pub fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.config)
    }

    fn naming(names: Vec<String>) -> Result<Self, StageError> {
        let failed = |cause: &dyn std::fmt::Display| StageError::Certificate(cause.to_string());
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(names).map_err(|cause| failed(&cause))?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(vec![cert.der().clone()], key))
            .map_err(|cause| failed(&cause))?;
        Ok(Self { pem: cert.pem(), config: Arc::new(config) })
    }
}
