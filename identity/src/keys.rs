//! The keys under which secrets are hashed and sealed, derived from the house's hash key, which lies outside the
//! database.
//!
//! ```text
//!   ticket = base64url( sealed( expires_ms (8) | JSON ) )      bound to its use; carried by a form, kept by nobody
//! ```

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mail::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use store::directory::{CredentialId, Owner};
use store::{HouseKeys, mac, seal};
use zeroize::Zeroizing;

/// A longer ticket is none of ours.
const TICKET_BYTES_MAX: usize = 64 * 1024;

/// Identity's keys. A database without them tells nothing about a secret, however short it is.
#[derive(Clone)]
pub struct Keys {
    secrets: seal::Key,
    pepper: seal::Key,
    tokens: seal::Key,
    seeds: seal::Key,
    tickets: seal::Key,
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
            seeds: derived("identity seeds"),
            tickets: derived("identity tickets"),
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

    /// A short code of these fields for a named use.
    pub(crate) fn short(&self, label: &str, fields: &[mac::Field<'_>]) -> [u8; 16] {
        mac::short(&self.tokens, label, fields)
    }

    /// Seals a seed that has to be read again, bound to its credential.
    pub(crate) fn seal_seed(&self, id: CredentialId, owner: &Owner, seed: &[u8]) -> Vec<u8> {
        seal::seal(&self.seeds, &seed_name(id, owner), seed)
    }

    /// Opens it; `None` when it is not of this credential.
    pub(crate) fn open_seed(&self, id: CredentialId, owner: &Owner, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        seal::open(&self.seeds, &seed_name(id, owner), sealed).map(Zeroizing::new)
    }

    /// Seals what a form carries to its next step; good for `use_` only, until `expires`.
    #[must_use]
    pub fn ticket<T: Serialize>(&self, use_: &str, value: &T, expires: Timestamp) -> String {
        let mut plain = Zeroizing::new(expires.as_ms().to_be_bytes().to_vec());
        // Our own types, all of which have a JSON form; an empty one opens as nothing.
        plain.extend(serde_json::to_vec(value).unwrap_or_default());
        URL_SAFE_NO_PAD.encode(seal::seal(&self.tickets, use_.as_bytes(), &plain))
    }

    /// Opens a ticket; `None` when it is of another use, not ours, or too old.
    #[must_use]
    pub fn opened<T: DeserializeOwned>(&self, use_: &str, ticket: &str, now: Timestamp) -> Option<T> {
        if ticket.len() > TICKET_BYTES_MAX {
            return None;
        }
        let sealed = URL_SAFE_NO_PAD.decode(ticket).ok()?;
        let plain = Zeroizing::new(seal::open(&self.tickets, use_.as_bytes(), &sealed)?);
        let (expires, json) = plain.split_first_chunk::<8>()?;
        if now >= Timestamp::from_ms(i64::from_be_bytes(*expires)) {
            return None;
        }
        serde_json::from_slice(json).ok()
    }
}

fn seed_name(id: CredentialId, owner: &Owner) -> Vec<u8> {
    mac::encode("identity seed", &[(&id.0).into(), owner.text().as_str().into()])
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn a_ticket_is_good_for_its_use_and_its_time_only() {
        let (keys, now) = (Keys::new(&HouseKeys::generate()), Timestamp::from_unix_s(1_800_000_000));
        let ticket = keys.ticket("half", &"anne", now.plus_s(60));
        assert_eq!(keys.opened::<String>("half", &ticket, now).as_deref(), Some("anne"));
        assert_eq!(keys.opened::<String>("half", &ticket, now.plus_s(60)), None);
        assert_eq!(keys.opened::<String>("seed", &ticket, now), None);
        assert_eq!(Keys::new(&HouseKeys::generate()).opened::<String>("half", &ticket, now), None);
        let mut forged = ticket.clone().into_bytes();
        forged[40] = if forged[40] == b'A' { b'B' } else { b'A' };
        assert_eq!(keys.opened::<String>("half", std::str::from_utf8(&forged).unwrap(), now), None);
        assert_eq!(keys.opened::<String>("half", "", now), None);
    }
}
