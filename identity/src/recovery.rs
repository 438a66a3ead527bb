//! Recovery codes: ten on a sheet of paper, 60 bits each, each good once in place of the other second factors.

use mail::Timestamp;
use store::directory::{Credential, CredentialId, CredentialKind, Directory, Owner};
use store::{StoreError, mac};

use crate::secret::canonical;
use crate::{Keys, Secret};

const GROUPS: usize = 3;
const CODES: usize = 10;

/// Makes a new sheet; an older one is void from now on.
///
/// # Errors
/// Those of the directory.
pub async fn renew(
    keys: &Keys,
    directory: &Directory,
    owner: &Owner,
    now: Timestamp,
) -> Result<Vec<Secret>, StoreError> {
    let codes: Vec<Secret> = (0..CODES).map(|_| Secret::generate(GROUPS)).collect();
    let credentials = codes.iter().map(|code| credential(keys, owner, code, now)).collect();
    directory.revoke_of(owner, &[CredentialKind::Recovery], now).await?;
    directory.add_credentials(credentials).await?;
    Ok(codes)
}

fn credential(keys: &Keys, owner: &Owner, code: &Secret, now: Timestamp) -> Credential {
    let id = CredentialId(rand::random());
    Credential {
        id,
        owner: owner.clone(),
        kind: CredentialKind::Recovery,
        secret_hash: keys.secret_hash(id, owner, &canonical(code.reveal())).to_vec(),
        label: "recovery".to_owned(),
        created_at: now,
        expires_at: None,
        revoked_at: None,
        used_at: None,
    }
}

/// Uses a code up: true for exactly one caller.
///
/// # Errors
/// Those of the directory.
pub async fn redeem(
    keys: &Keys,
    directory: &Directory,
    codes: &[Credential],
    typed: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let typed = canonical(typed);
    let is_it = |code: &&Credential| mac::same(&code.secret_hash, &keys.secret_hash(code.id, &code.owner, &typed));
    let valid = codes.iter().filter(|code| code.kind == CredentialKind::Recovery && code.is_valid(now));
    match { valid }.find(is_it) {
        Some(code) => directory.revoke(code.id, now).await,
        None => Ok(false),
    }
}
