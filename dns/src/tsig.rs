//! The key that signs updates (RFC 8945).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hickory_proto::rr::TSigner;
use hickory_proto::rr::rdata::tsig::TsigAlgorithm;

use crate::wire::name_to_wire;
use crate::{DnsError, Name};

// RFC 8945 §10: a fudge of 300 seconds is recommended.
const FUDGE_S: u16 = 300;

/// A shared secret with its name and algorithm. It does not print its secret.
#[derive(Clone)]
pub struct Key {
    signer: TSigner,
}

impl Key {
    /// A key from its name, its algorithm (`hmac-sha256`, `hmac-sha384` or `hmac-sha512`) and what a key file holds:
    /// the secret in base64, or one line in `nsupdate`'s form `algorithm:name:secret`.
    ///
    /// # Errors
    /// [`DnsError::Key`] says which part cannot be used.
    pub fn parse(name: &str, algorithm: &str, file: &str) -> Result<Self, DnsError> {
        let line = file.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
        let secret = line.trim_start_matches('#').rsplit(':').next().unwrap_or_default().trim();
        let octets = STANDARD.decode(secret).map_err(|_| DnsError::Key("the secret is not base64".to_owned()))?;
        if octets.len() < 16 {
            return Err(DnsError::Key("the secret has fewer than 128 bits".to_owned()));
        }
        let name = name_to_wire(&Name::parse(name)?)?;
        let signer = TSigner::new(octets, algorithm_named(algorithm)?, name, FUDGE_S)
            .map_err(|error| DnsError::Key(error.to_string()))?;
        Ok(Self { signer })
    }

    pub(crate) const fn signer(&self) -> &TSigner {
        &self.signer
    }

    /// The key's name, without final dot.
    #[must_use]
    pub fn name(&self) -> String {
        let name = self.signer.signer_name().to_ascii();
        name.trim_end_matches('.').to_owned()
    }
}

fn algorithm_named(text: &str) -> Result<TsigAlgorithm, DnsError> {
    // RFC 8945 §6: MD5 must not be used and SHA-1 is not recommended; hickory signs with these three.
    match text.to_ascii_lowercase().trim_end_matches('.') {
        "hmac-sha256" => Ok(TsigAlgorithm::HmacSha256),
        "hmac-sha384" => Ok(TsigAlgorithm::HmacSha384),
        "hmac-sha512" => Ok(TsigAlgorithm::HmacSha512),
        other => Err(DnsError::Key(format!("`{other}` is none of hmac-sha256, hmac-sha384, hmac-sha512"))),
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.name())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    const SECRET: &str = "c2VjcmV0LW9mLTMyLW9jdGV0cy1mb3ItdGVzdHMtMTI=";

    #[test]
    fn a_key_file_holds_the_secret_or_a_whole_line() {
        assert_eq!(Key::parse("failover", "hmac-sha256", SECRET).unwrap().name(), "failover");
        let line = format!("# hmac-sha256:failover:{SECRET}\n");
        assert!(Key::parse("failover.", "HMAC-SHA256", &line).is_ok());
        assert!(!format!("{:?}", Key::parse("failover", "hmac-sha256", SECRET).unwrap()).contains("c2Vj"));
    }

    #[test]
    fn weak_or_broken_keys_are_refused() {
        for (algorithm, secret) in
            [("hmac-md5", SECRET), ("hmac-sha256", "short"), ("hmac-sha256", "QUJD"), ("hmac-sha256", "")]
        {
            assert!(Key::parse("failover", algorithm, secret).is_err(), "{algorithm} {secret}");
        }
    }
}
