//! DKIM signatures for what our staff send (RFC 6376, RFC 8463).
//!
//! ```text
//! <selector>._domainkey.<domain>  TXT  "v=DKIM1; k=rsa; p=<base64>"
//! ```
//!
//! The key is made beforehand and its record published before the first failover; the service only signs.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mail::Domain;
use mail_auth::common::crypto::{DkimKey, Ed25519Key, RsaKey, Sha256};
use mail_auth::common::headers::HeaderWriter;
use mail_auth::dkim::{DkimSigner, Done};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::Error;

/// What is signed when it is there, and cannot be added later when it is not (RFC 6376 §5.4.1). `From` is
/// named twice, so that no second one can be put in front of the signed one (RFC 6376 §8.15).
const SIGNED: [&str; 12] = [
    "From",
    "From",
    "To",
    "Cc",
    "Reply-To",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "MIME-Version",
    "Content-Type",
];

/// A private key and what its public half looks like in DNS.
struct Key {
    signing: DkimKey,
    kind: &'static str,
    public: Vec<u8>,
}

/// Signs for one domain under one selector.
pub struct Signer {
    signer: DkimSigner<DkimKey, Done>,
    domain: Domain,
    selector: String,
    record: String,
}

impl Signer {
    /// From a PEM file's text: RSA (PKCS#1 or PKCS#8) or Ed25519 (PKCS#8).
    ///
    /// # Errors
    /// [`Error::Key`] when the text has no such key.
    pub fn from_pem(pem: &str, domain: Domain, selector: &str) -> Result<Self, Error> {
        let key = Key::from_pem(pem)?;
        let record = format!("v=DKIM1; k={}; p={}", key.kind, STANDARD.encode(&key.public));
        let signer = DkimSigner::from_key(key.signing).domain(domain.as_str()).selector(selector).headers(SIGNED);
        Ok(Self { signer, domain, selector: selector.to_owned(), record })
    }

    /// The domain it signs for.
    #[must_use]
    pub fn domain(&self) -> &Domain {
        &self.domain
    }

    /// The name of the TXT record that has to be published.
    #[must_use]
    pub fn record_name(&self) -> String {
        format!("{}._domainkey.{}", self.selector, self.domain)
    }

    /// The text of that record.
    #[must_use]
    pub fn record_text(&self) -> &str {
        &self.record
    }

    /// The `DKIM-Signature` field for `raw`, with its line end, to be put above it. Its `t=` is the system
    /// clock's, which mail-auth asks itself.
    ///
    /// # Errors
    /// [`Error::Key`] when the message has nothing that could be signed.
    pub fn sign(&self, raw: &[u8]) -> Result<String, Error> {
        let signature = self.signer.sign(raw).map_err(|cause| Error::Key(cause.to_string()))?;
        Ok(signature.to_header())
    }
}

impl Key {
    fn from_pem(pem: &str) -> Result<Self, Error> {
        let der = PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|cause| Error::Key(cause.to_string()))?;
        if let PrivateKeyDer::Pkcs8(pkcs8) = &der
            && let Ok(key) = Ed25519Key::from_pkcs8_maybe_unchecked_der(pkcs8.secret_pkcs8_der())
        {
            let public = key.public_key();
            return Ok(Self { signing: key.into(), kind: "ed25519", public });
        }
        let key = RsaKey::<Sha256>::from_key_der(der).map_err(|cause| Error::Key(cause.to_string()))?;
        let public = subject_public_key(&key.public_key());
        Ok(Self { signing: key.into(), kind: "rsa", public })
    }
}

/// An RSA key as verifiers expect it: a SubjectPublicKeyInfo, whatever RFC 6376 §3.6.1 says of RSAPublicKey
/// (its erratum 3017 admits both; OpenDKIM reads only this one).
fn subject_public_key(rsa_public_key: &[u8]) -> Vec<u8> {
    // rsaEncryption with NULL parameters (RFC 8017 A.1)
    const ALGORITHM: [u8; 15] = [0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0];
    let mut bits = vec![0];
    bits.extend_from_slice(rsa_public_key);
    let mut inner = ALGORITHM.to_vec();
    inner.extend_from_slice(&der(0x03, &bits));
    der(0x30, &inner)
}

fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let length: Vec<u8> = length.into_iter().skip_while(|&b| b == 0).collect();
    let mut out = vec![tag];
    match (content.len(), u8::try_from(length.len())) {
        (0..128, _) => out.push(u8::try_from(content.len()).unwrap_or_default()),
        (_, count) => {
            out.push(0x80 | count.unwrap_or_default());
            out.extend_from_slice(&length);
        }
    }
    out.extend_from_slice(content);
    out
}

/// A new Ed25519 key as PEM. For peers that verify RSA only, an RSA key comes from
/// `openssl genrsa -out dkim.key 2048`.
///
/// # Errors
/// [`Error::Key`] when the system has no randomness.
pub fn generate_ed25519_pem() -> Result<String, Error> {
    let der = Ed25519Key::generate_pkcs8().map_err(|cause| Error::Key(cause.to_string()))?;
    let der = PrivatePkcs8KeyDer::from(der);
    let body = STANDARD.encode(der.secret_pkcs8_der());
    let lines: Vec<&str> = body.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    Ok(format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn a_generated_key_signs_and_shows_its_record() {
        let pem = generate_ed25519_pem().unwrap();
        let signer = Signer::from_pem(&pem, Domain::parse("corp.test").unwrap(), "relais").unwrap();
        assert_eq!(signer.record_name(), "relais._domainkey.corp.test");
        assert!(signer.record_text().starts_with("v=DKIM1; k=ed25519; p="));
        let field = signer.sign(b"From: a@corp.test\r\nSubject: s\r\n\r\nhello\r\n").unwrap();
        assert!(field.starts_with("DKIM-Signature: v=1; a=ed25519-sha256; s=relais; d=corp.test;"), "{field}");
        assert_eq!(field.to_lowercase().matches("from").count(), 2, "{field}");
        assert!(field.ends_with("\r\n"));
    }

    #[test]
    fn rubbish_is_no_key() {
        assert!(Signer::from_pem("hello", Domain::parse("corp.test").unwrap(), "s").is_err());
    }
}
