//! What somebody can sign in with at this moment.

use mail::Timestamp;
use store::StoreError;
use store::directory::{Credential, CredentialKind, Directory, Owner};

use crate::Identity;

/// An owner's good credentials.
#[derive(Clone, Debug, Default)]
pub struct Factors {
    /// The chosen password, where there is one.
    pub password: Option<Credential>,
    /// Authenticator programs.
    pub totp: Vec<Credential>,
    /// Passkeys.
    pub passkeys: Vec<Credential>,
    /// Recovery codes that are left.
    pub recovery: Vec<Credential>,
    /// App passwords, newest first.
    pub app_passwords: Vec<Credential>,
}

impl Factors {
    /// Whether a password alone does not let them in. Recovery codes alone ask for nothing: they stand in for others.
    #[must_use]
    pub fn has_second(&self) -> bool {
        !self.totp.is_empty() || !self.passkeys.is_empty()
    }
}

const SECOND: &[CredentialKind] = &[CredentialKind::Totp, CredentialKind::Passkey, CredentialKind::Recovery];

impl Identity {
    /// What an owner can sign in with.
    ///
    /// # Errors
    /// Those of the directory.
    pub async fn factors(&self, directory: &Directory, owner: &Owner, now: Timestamp) -> Result<Factors, StoreError> {
        let mut factors = Factors::default();
        for credential in directory.credentials_of(owner).await?.into_iter().filter(|one| one.is_valid(now)) {
            match credential.kind {
                CredentialKind::Password => factors.password = Some(credential),
                CredentialKind::Totp => factors.totp.push(credential),
                CredentialKind::Passkey => factors.passkeys.push(credential),
                CredentialKind::Recovery => factors.recovery.push(credential),
                CredentialKind::AppPassword => factors.app_passwords.insert(0, credential),
                CredentialKind::Activation => {}
            }
        }
        Ok(factors)
    }

    /// Takes away the second factors of somebody who lost them, and ends their sessions: an admin's act, after having
    /// seen who asks.
    ///
    /// # Errors
    /// Those of the directory.
    pub async fn forget_second(
        &self,
        directory: &Directory,
        owner: &Owner,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        let forgotten = directory.revoke_of(owner, SECOND, now).await?;
        directory.end_sessions(store::directory::SessionsOf::Owner(owner.clone()), now).await?;
        Ok(forgotten)
    }
}
