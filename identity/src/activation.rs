//! Activation codes: 60 bits on paper or in a text message, good once and for a few days, to set up something better.

use mail::Timestamp;
use store::directory::{Credential, CredentialId, CredentialKind, Directory, Owner};
use store::{StoreError, mac};

use crate::secret::canonical;
use crate::{Keys, Secret};

const GROUPS: usize = 3;

/// How long a code is good.
pub const GOOD_FOR_MS: i64 = 7 * 86_400_000;

/// Makes a code. The secret is to be sent once, the credential to be kept.
#[must_use]
pub fn generate(keys: &Keys, owner: &Owner, now: Timestamp) -> (Secret, Credential) {
    let secret = Secret::generate(GROUPS);
    let id = CredentialId(rand::random());
    let credential = Credential {
        id,
        owner: owner.clone(),
        kind: CredentialKind::Activation,
        secret_hash: keys.secret_hash(id, owner, &canonical(secret.reveal())).to_vec(),
        label: "activation".to_owned(),
        created_at: now,
        expires_at: Some(now.plus_ms(GOOD_FOR_MS)),
        revoked_at: None,
        used_at: None,
    };
    (secret, credential)
}

/// Whether what was typed is the code of this credential.
#[must_use]
pub fn verify(keys: &Keys, credential: &Credential, typed: &str) -> bool {
    let expected = keys.secret_hash(credential.id, &credential.owner, &canonical(typed));
    credential.kind == CredentialKind::Activation && mac::same(&credential.secret_hash, &expected)
}

/// What was typed, held against somebody's codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// A good one.
    Good(Credential),
    /// One that was used, or that a newer one replaced.
    Used,
    /// One that is too old.
    Expired,
    /// None.
    Wrong,
}

/// Which code was typed. Only who holds a code learns that it is used or too old.
///
/// # Errors
/// Those of the directory.
pub async fn find(
    keys: &Keys,
    directory: &Directory,
    owner: &Owner,
    typed: &str,
    now: Timestamp,
) -> Result<Found, StoreError> {
    let codes = directory.credentials(owner, CredentialKind::Activation).await?;
    Ok(match codes.into_iter().find(|code| verify(keys, code, typed)) {
        None => Found::Wrong,
        Some(code) if code.revoked_at.is_some() => Found::Used,
        Some(code) if code.is_valid(now) => Found::Good(code),
        Some(_) => Found::Expired,
    })
}

/// Uses a code up: true for exactly one caller, however many come at once.
///
/// # Errors
/// Those of the directory.
pub async fn redeem(
    keys: &Keys,
    directory: &Directory,
    owner: &Owner,
    typed: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    match find(keys, directory, owner, typed, now).await? {
        Found::Good(code) => directory.revoke(code.id, now).await,
        _ => Ok(false),
    }
}
