//! Letting somebody in, or not.

use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use mail::Timestamp;
use store::StoreError;
use store::directory::{Credential, CredentialKind, Directory, Entry, EntryKind, Owner, Role};

use crate::{Keys, Lockout, Verdict, activation, app_password, password};

/// The longest login and password that are looked at.
const TYPED_BYTES_MAX: usize = 1024;

/// Who was let in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Whose mailbox it is; `None` for an admin.
    pub entry: Option<Entry>,
    /// Who.
    pub owner: Owner,
    /// As what.
    pub role: Role,
    /// With what.
    pub via: CredentialKind,
}

/// Why somebody was not let in. Strangers are told only whether it is worth trying again.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The name or the secret is wrong, or the account is disabled: the same to whoever tries.
    #[error("the name or the password is wrong")]
    Wrong,
    /// Too many tries from there.
    #[error("too many tries: try again in {retry_after_s} seconds")]
    Later {
        /// How long to wait.
        retry_after_s: u32,
    },
    /// We cannot tell now.
    #[error("sign-in does not work at the moment")]
    Unavailable(#[source] StoreError),
}

impl Refusal {
    /// Whether the same name and secret may be let in later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        !matches!(self, Self::Wrong)
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Unavailable(error)
    }
}

/// One try to sign in.
#[derive(Clone, Copy)]
pub struct Attempt<'a> {
    /// The name that was typed.
    pub login: &'a str,
    /// The password or code that was typed.
    pub secret: &'a str,
    /// From where.
    pub peer: IpAddr,
    /// When.
    pub now: Timestamp,
}

/// Sign-in. A cheap clone; all clones share one memory of failures.
#[derive(Clone, Debug)]
pub struct Identity {
    keys: Keys,
    lockout: Arc<Mutex<Lockout>>,
}

impl Identity {
    /// With these keys and no failures remembered.
    #[must_use]
    pub fn new(keys: Keys) -> Self {
        Self { keys, lockout: Arc::default() }
    }

    /// The keys.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Lets a mail program in by an app password. `login` is any address of the person, or its local part when nobody
    /// else has it.
    ///
    /// # Errors
    /// [`Refusal`].
    #[expect(clippy::too_many_arguments, reason = "mail protocols hand over exactly these, once each")]
    pub async fn sign_in_app(
        &self,
        directory: &Directory,
        login: &str,
        password: &str,
        peer: IpAddr,
        now: Timestamp,
    ) -> Result<SignedIn, Refusal> {
        let attempt = Attempt { login, secret: password, peer, now };
        self.may_try(attempt)?;
        let Some(entry) = person(directory, login).await? else { return Err(self.wrong(attempt)) };
        let owner = Owner::Entry(entry.id.clone());
        let all = directory.credentials(&owner, CredentialKind::AppPassword).await?;
        let good = all.iter().find(|one| one.is_valid(now) && app_password::verify(&self.keys, one, password));
        match good {
            Some(credential) => Ok(self.let_in(directory, credential, Some(entry), attempt).await),
            None => Err(self.refuse(directory, &owner, attempt).await),
        }
    }

    /// Lets somebody of the staff in by the password they chose.
    ///
    /// # Errors
    /// [`Refusal`].
    pub async fn sign_in_password(&self, directory: &Directory, attempt: Attempt<'_>) -> Result<SignedIn, Refusal> {
        self.may_try(attempt)?;
        let Some(entry) = person(directory, attempt.login).await? else {
            self.verify_chosen(Vec::new(), attempt).await;
            return Err(self.wrong(attempt));
        };
        let owner = Owner::Entry(entry.id.clone());
        let all = directory.credentials(&owner, CredentialKind::Password).await?;
        match self.verify_chosen(all, attempt).await {
            Some(credential) => Ok(self.let_in(directory, &credential, Some(entry), attempt).await),
            None => Err(self.refuse(directory, &owner, attempt).await),
        }
    }

    /// Lets somebody of the staff in by an activation code, once.
    ///
    /// # Errors
    /// [`Refusal`].
    pub async fn sign_in_activation(&self, directory: &Directory, attempt: Attempt<'_>) -> Result<SignedIn, Refusal> {
        self.may_try(attempt)?;
        let Some(entry) = person(directory, attempt.login).await? else { return Err(self.wrong(attempt)) };
        let owner = Owner::Entry(entry.id.clone());
        if !activation::redeem(&self.keys, directory, &owner, attempt.secret, attempt.now).await? {
            return Err(self.refuse(directory, &owner, attempt).await);
        }
        self.remember(|lockout| lockout.succeeded(attempt.peer, attempt.login, attempt.now));
        Ok(SignedIn { entry: Some(entry), owner, role: Role::Staff, via: CredentialKind::Activation })
    }

    /// Lets an admin in by name and password.
    ///
    /// # Errors
    /// [`Refusal`].
    pub async fn sign_in_admin(&self, directory: &Directory, attempt: Attempt<'_>) -> Result<SignedIn, Refusal> {
        let owner = Owner::Admin(attempt.login.to_owned());
        // Failures of an admin are remembered apart from those of staff of the same name.
        let login = owner.text();
        let attempt = Attempt { login: &login, ..attempt };
        self.may_try(attempt)?;
        let all = directory.credentials(&owner, CredentialKind::Password).await?;
        match self.verify_chosen(all, attempt).await {
            Some(credential) => Ok(self.let_in(directory, &credential, None, attempt).await),
            None => Err(self.wrong(attempt)),
        }
    }

    fn may_try(&self, attempt: Attempt<'_>) -> Result<(), Refusal> {
        let Attempt { login, secret, peer, now } = attempt;
        if login.len() > TYPED_BYTES_MAX || secret.len() > TYPED_BYTES_MAX || secret.is_empty() {
            return Err(self.wrong(Attempt { login: "", ..attempt }));
        }
        match self.remember(|lockout| lockout.verdict(peer, login, now)) {
            Verdict::Try => Ok(()),
            Verdict::Later { retry_after_s } => Err(Refusal::Later { retry_after_s }),
        }
    }

    /// The credential this password belongs to. With none to check, takes as long as with one.
    async fn verify_chosen(&self, all: Vec<Credential>, attempt: Attempt<'_>) -> Option<Credential> {
        let (keys, now) = (self.keys.clone(), attempt.now);
        let password = zeroize::Zeroizing::new(attempt.secret.to_owned());
        let check = move || {
            let good: Vec<_> = all.into_iter().filter(|one| one.is_valid(now)).collect();
            if good.is_empty() {
                password::verify_nobody(&keys, &password);
            }
            good.into_iter().find(|one| password::verify(&keys, one, &password))
        };
        tokio::task::spawn_blocking(check).await.ok().flatten()
    }

    async fn let_in(
        &self,
        directory: &Directory,
        credential: &Credential,
        entry: Option<Entry>,
        attempt: Attempt<'_>,
    ) -> SignedIn {
        self.remember(|lockout| lockout.succeeded(attempt.peer, attempt.login, attempt.now));
        // The last use is a hint: a full disk must not keep anybody out.
        let _ = directory.touch(credential, attempt.now).await;
        let role = if entry.is_some() { Role::Staff } else { Role::Admin };
        SignedIn { entry, owner: credential.owner.clone(), role, via: credential.kind }
    }

    async fn refuse(&self, directory: &Directory, owner: &Owner, attempt: Attempt<'_>) -> Refusal {
        // Counted for readiness; not worth failing for.
        let _ = directory.note_refused(owner, 1, attempt.now).await;
        self.wrong(attempt)
    }

    fn wrong(&self, attempt: Attempt<'_>) -> Refusal {
        self.remember(|lockout| lockout.failed(attempt.peer, attempt.login, attempt.now));
        Refusal::Wrong
    }

    fn remember<T>(&self, act: impl FnOnce(&mut Lockout) -> T) -> T {
        // A thread that panicked left counters, which are good enough as they are.
        act(&mut self.lockout.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

async fn person(directory: &Directory, login: &str) -> Result<Option<Entry>, StoreError> {
    let as_of = directory.trusted().await?;
    let found = directory.person(login, as_of).await?;
    // A shared mailbox has no account of its own: that somebody was given an app password for it is enough.
    Ok(found.filter(|entry| entry.can_sign_in || entry.kind == EntryKind::Shared))
}
