//! Who may take part: whoever has the house's keys. Nothing has to be set up, and no authority is asked.
//!
//! ```text
//!   integrity.key ──derive──> an authority's key, the same at every node, never written
//!                                   │ signs
//!   fresh pair of each start ───────┴──> this node's certificate ──> mutual TLS 1.3
//! ```

use std::sync::Arc;

use anyhow::{Context as _, Result};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, PKCS_ED25519};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::server::WebPkiClientVerifier;
use rustls::version::TLS13;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use store::HouseKeys;
use zeroize::Zeroizing;

/// The name in every node's certificate: that it is one of ours, not which one.
const NAME: &str = "node.relais.internal";
/// What stands before the 32 bytes of an Ed25519 key in PKCS #8 (RFC 8410).
const ED25519_PKCS8: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// Both ends of a connection between nodes.
#[derive(Clone)]
pub struct Pass {
    /// For whoever is asked.
    pub server: Arc<ServerConfig>,
    /// For whoever asks.
    pub client: Arc<ClientConfig>,
}

impl Pass {
    /// A fresh certificate under the authority of these keys.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn new(keys: &HouseKeys) -> Result<Self> {
        let (params, authority) = authority(keys)?;
        let root = params.self_signed(&authority)?.der().clone();
        let own = KeyPair::generate_for(&PKCS_ED25519)?;
        let shown = CertificateParams::new(vec![NAME.to_owned()])?;
        let shown = shown.signed_by(&own, &Issuer::new(params, authority))?.der().clone();
        Self::of(root, shown, &own)
    }

    fn of(root: CertificateDer<'static>, shown: CertificateDer<'static>, own: &KeyPair) -> Result<Self> {
        let mut roots = RootCertStore::empty();
        roots.add(root)?;
        let (roots, provider) = (Arc::new(roots), Arc::new(ring::default_provider()));
        let private = || PrivateKeyDer::from(PrivatePkcs8KeyDer::from(own.serialize_der()));
        let asked = WebPkiClientVerifier::builder_with_provider(Arc::clone(&roots), Arc::clone(&provider)).build()?;
        let server = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&[&TLS13])?
            .with_client_cert_verifier(asked)
            .with_single_cert(vec![shown.clone()], private())?;
        let client = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&TLS13])?
            .with_root_certificates(roots)
            .with_client_auth_cert(vec![shown], private())?;
        Ok(Self { server: Arc::new(server), client: Arc::new(client) })
    }

    /// The name that the other end must show.
    ///
    /// # Errors
    /// Never for a name that is one.
    pub fn name() -> Result<ServerName<'static>> {
        Ok(ServerName::try_from(NAME)?)
    }
}

/// The authority of all who have these keys.
pub(super) fn authority(keys: &HouseKeys) -> Result<(CertificateParams, KeyPair)> {
    let seed = keys.derived("authority of the nodes");
    let pkcs8 = Zeroizing::new([&ED25519_PKCS8[..], &seed[..]].concat());
    let authority = KeyPair::from_pkcs8_der_and_sign_algo(&PrivatePkcs8KeyDer::from(&pkcs8[..]), &PKCS_ED25519);
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.distinguished_name.push(DnType::CommonName, "Relais nodes");
    Ok((params, authority.context("no authority can be derived for the nodes")?))
}
