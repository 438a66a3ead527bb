//! What somebody can sign in with at this moment.

use mail::Timestamp;
use store::StoreError;
use store::directory::{Credential, CredentialKind, Directory, Owner, Role};

use crate::Identity;

/// Who has to have a second factor: what the organisation decided in its configuration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SecondFactor {
    /// Nobody; it is asked of whoever set one up.
    Optional,
    /// Admins of the console, who can switch an organisation's mail over.
    #[default]
    Admins,
    /// Admins and staff.
    Everybody,
}

impl SecondFactor {
    /// Whether people of this role have to have one. Mail programs come in by app passwords, which this is not about.
    #[must_use]
    pub fn is_due(self, role: Role) -> bool {
        match self {
            Self::Optional => false,
            Self::Admins => role == Role::Admin,
            Self::Everybody => true,
        }
    }
}

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

    /// Whether an owner has to set up a second factor before anything else is shown to them. Asked for every page, so that
    /// who takes their last one away meets the rule at once; reads nothing where the rule is not about them.
    ///
    /// # Errors
    /// Those of the directory.
    pub async fn owes_second(
        &self,
        directory: &Directory,
        (rule, role): (SecondFactor, Role),
        owner: &Owner,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        Ok(rule.is_due(role) && !self.factors(directory, owner, now).await?.has_second())
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
