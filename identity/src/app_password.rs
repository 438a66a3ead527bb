//! App passwords: one for each mail program, generated with 140 bits, shown once, checked by a keyed hash.
//!
//! A keyed hash is enough because nobody can guess 140 bits; it costs a microsecond, so that mail programs that sign in
//! for every connection cost nothing.

use mail::Timestamp;
use store::directory::{Credential, CredentialId, CredentialKind, Owner};
use store::mac;

use crate::secret::canonical;
use crate::{Keys, Secret};

const GROUPS: usize = 7;

/// Makes an app password. The secret is to be shown once, the credential to be kept.
#[must_use]
pub fn generate(keys: &Keys, owner: &Owner, label: &str, now: Timestamp) -> (Secret, Credential) {
    let secret = Secret::generate(GROUPS);
    let credential = credential(keys, owner, &secret, label, now);
    (secret, credential)
}

/// The credential of a given secret: for the demo and tests, where everybody's is the same.
#[must_use]
pub fn credential(keys: &Keys, owner: &Owner, secret: &Secret, label: &str, now: Timestamp) -> Credential {
    let id = CredentialId(rand::random());
    Credential {
        id,
        owner: owner.clone(),
        kind: CredentialKind::AppPassword,
        secret_hash: keys.secret_hash(id, owner, &canonical(secret.reveal())).to_vec(),
        label: label.to_owned(),
        created_at: now,
        expires_at: None,
        revoked_at: None,
        used_at: None,
    }
}

/// Whether what was typed is the secret of this credential. Says nothing about whether it still counts.
#[must_use]
pub fn verify(keys: &Keys, credential: &Credential, typed: &str) -> bool {
    let expected = keys.secret_hash(credential.id, &credential.owner, &canonical(typed));
    credential.kind == CredentialKind::AppPassword && mac::same(&credential.secret_hash, &expected)
}
