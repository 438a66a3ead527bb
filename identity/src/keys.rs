//! The keys under which secrets are hashed, derived from the house's hash key, which lies outside the database.

use store::HouseKeys;
use store::directory::{CredentialId, Owner};
use store::mac;
use zeroize::Zeroizing;

/// Identity's keys. A database without them tells nothing about a secret, however short it is.
#[derive(Clone)]
pub struct Keys {
    secrets: Zeroizing<[u8; 32]>,
    pepper: Zeroizing<[u8; 32]>,
    tokens: Zeroizing<[u8; 32]>,
}

impl Keys {
    /// Derives them.
    #[must_use]
    pub fn new(keys: &HouseKeys) -> Self {
        let derived = |label| Zeroizing::new(mac::code(&keys.hash, label, &[]));
        Self {
            secrets: derived("identity secrets"),
            pepper: derived("identity pepper"),
            tokens: derived("identity tokens"),
        }
    }

    /// The hash of a generated secret, bound to the credential and its owner.
    pub(crate) fn secret_hash(&self, id: CredentialId, owner: &Owner, secret: &str) -> [u8; 32] {
        mac::code(&self.secrets, "secret", &[(&id.0).into(), owner.text().as_str().into(), secret.into()])
    }

    /// The hash of a session's token.
    pub(crate) fn token_hash(&self, token: &[u8]) -> [u8; 32] {
        mac::code(&self.tokens, "token", &[token.into()])
    }

    /// What argon2id is keyed with.
    pub(crate) fn pepper(&self) -> &[u8; 32] {
        &self.pepper
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys")
    }
}
