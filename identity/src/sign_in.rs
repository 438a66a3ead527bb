//! Letting somebody in, or not.
//!
//! ```text
//!   name, password ──> no second factor ──> First::In
//!                  └─> one               ──> First::Half ── code or passkey ──> SignedIn      (second.rs, passkey.rs)
//! ```

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use mail::Timestamp;
use store::StoreError;
use store::directory::{Credential, CredentialId, CredentialKind, Directory, Entry, EntryKind, Owner, Role};
use tokio::sync::Semaphore;

use crate::passkey::Spent;
use crate::{Factors, Keys, Lockout, Place, Verdict, activation, app_password, device, password};

/// The longest login and password that are looked at.
const TYPED_BYTES_MAX: usize = 1024;
/// Passwords that are hashed at a time, each in 19 MiB.
const HASHING_MAX: usize = 8;

/// Who was let in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Whose mailbox it is; `None` for an admin.
    pub entry: Option<Entry>,
    /// Who.
    pub owner: Owner,
    /// As what.
    pub role: Role,
    /// With what, last.
    pub via: CredentialKind,
    /// Which one, where it stays good until it is revoked.
    pub credential: Option<CredentialId>,
}

/// Who has shown the password and has to show a second factor.
#[derive(Clone, Debug)]
pub struct Half {
    /// Who.
    pub owner: Owner,
    /// What they can show.
    pub factors: Factors,
}

/// What a password opens.
#[derive(Clone, Debug)]
pub enum First {
    /// Everything.
    In(Box<SignedIn>),
    /// The way to the second factor.
    Half(Box<Half>),
    /// Nothing: the directory says that this person has left. Only who knows the password learns it.
    Closed,
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

/// Whoever tries, beyond what was typed.
#[derive(Clone, Copy)]
pub struct Visitor<'a> {
    /// From where.
    pub peer: IpAddr,
    /// The token that [`device::token`] gave this browser earlier; empty without one.
    pub device: &'a str,
    /// When.
    pub now: Timestamp,
}

/// Sign-in. A cheap clone; all clones share one memory of failures.
#[derive(Clone, Debug)]
pub struct Identity {
    pub(crate) keys: Keys,
    lockout: Arc<Mutex<Lockout>>,
    hashing: Arc<Semaphore>,
    pub(crate) spent: Arc<Mutex<Spent>>,
}

impl Identity {
    /// With these keys and no failures remembered.
    #[must_use]
    pub fn new(keys: Keys) -> Self {
        Self { keys, lockout: Arc::default(), hashing: Arc::new(Semaphore::new(HASHING_MAX)), spent: Arc::default() }
    }

    /// The keys.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Lets a mail program in: by app password only, for the mailbox whose address or name is `login`.
    ///
    /// # Errors
    /// [`Refusal`].
    #[expect(clippy::too_many_arguments, reason = "who, with what, from where and when, against which directory")]
    pub async fn sign_in_app(
        &self,
        directory: &Directory,
        login: &str,
        password: &str,
        peer: IpAddr,
        now: Timestamp,
    ) -> Result<SignedIn, Refusal> {
        let found = person(directory, known_part(login)).await?;
        let owner = found.as_ref().map(|entry| Owner::Entry(entry.id.clone()));
        // Whoever is meant is counted, however they are written.
        let known = owner.as_ref().map(|owner| format!("app {}", owner.text()));
        let attempt = Attempt { login: known.as_deref().unwrap_or(login), secret: password, peer, now };
        self.may_try(Place::from(peer), attempt)?;
        let (Some(entry), Some(owner)) = (found, owner) else {
            return Err(self.nobody(directory, Place::from(peer), attempt).await);
        };
        let all = directory.credentials(&owner, CredentialKind::AppPassword).await?;
        let good = all.iter().find(|one| one.is_valid(now) && app_password::verify(&self.keys, one, password));
        match good {
            Some(credential) => Ok(self.let_in(directory, credential, Some(entry), (Place::from(peer), attempt)).await),
            None => Err(self.refuse(directory, &owner, Place::from(peer), attempt)),
        }
    }

    /// Whether somebody who signed in with a credential may go on: it was not revoked meanwhile, nor its owner shut out.
    ///
    /// # Errors
    /// Those of the directory.
    pub async fn may_stay(
        &self,
        directory: &Directory,
        credential: CredentialId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let Some(found) = directory.credential(credential).await? else { return Ok(false) };
        Ok(found.is_valid(now) && entry_of(directory, &found.owner).await?.is_some())
    }

    /// Looks at the password that somebody of the staff chose.
    ///
    /// # Errors
    /// [`Refusal`].
    pub async fn sign_in_password(
        &self,
        directory: &Directory,
        login: &str,
        password: &str,
        visitor: Visitor<'_>,
    ) -> Result<First, Refusal> {
        // Whoever left is looked for too: with the right password they are told.
        let found = directory.person(known_part(login), directory.trusted().await?).await?;
        let owner = found.as_ref().map(|entry| Owner::Entry(entry.id.clone()));
        let known = owner.as_ref().map(Owner::text);
        let login = known.as_deref().unwrap_or(login);
        let attempt = Attempt { login, secret: password, peer: visitor.peer, now: visitor.now };
        let place = owner.as_ref().map_or(Place::from(visitor.peer), |owner| self.place(owner, visitor));
        self.may_try(place, attempt)?;
        let (Some(entry), Some(owner)) = (found, owner) else {
            self.verify_chosen(Vec::new(), attempt).await;
            return Err(self.nobody(directory, place, attempt).await);
        };
        let all = directory.credentials(&owner, CredentialKind::Password).await?;
        match self.verify_chosen(all, attempt).await {
            Some(_) if !may_enter(&entry) => Ok(First::Closed),
            Some(credential) => self.first(directory, &credential, Some(entry), (place, attempt)).await,
            None => Err(self.refuse(directory, &owner, place, attempt)),
        }
    }

    /// Looks at the name and password of an admin.
    ///
    /// # Errors
    /// [`Refusal`].
    pub async fn sign_in_admin(
        &self,
        directory: &Directory,
        login: &str,
        password: &str,
        visitor: Visitor<'_>,
    ) -> Result<First, Refusal> {
        let owner = Owner::Admin(known_part(login).to_owned());
        // Failures of an admin are remembered apart from those of staff of the same name.
        let login = owner.text();
        let attempt = Attempt { login: &login, secret: password, peer: visitor.peer, now: visitor.now };
        let place = self.place(&owner, visitor);
        self.may_try(place, attempt)?;
        let all = directory.credentials(&owner, CredentialKind::Password).await?;
        match self.verify_chosen(all, attempt).await {
            Some(credential) => self.first(directory, &credential, None, (place, attempt)).await,
            None => Err(self.wrong(place, attempt)),
        }
    }

    /// Lets somebody of the staff in by an activation code, once.
    ///
    /// # Errors
    /// [`Refusal`].
    pub async fn sign_in_activation(&self, directory: &Directory, attempt: Attempt<'_>) -> Result<SignedIn, Refusal> {
        let place = Place::from(attempt.peer);
        self.may_try(place, attempt)?;
        let Some(entry) = person(directory, attempt.login).await? else {
            return Err(self.nobody(directory, place, attempt).await);
        };
        let owner = Owner::Entry(entry.id.clone());
        if !activation::redeem(&self.keys, directory, &owner, attempt.secret, attempt.now).await? {
            return Err(self.refuse(directory, &owner, place, attempt));
        }
        self.remember(|lockout| lockout.succeeded(place, attempt.login, attempt.now));
        Ok(SignedIn { entry: Some(entry), owner, role: Role::Staff, via: CredentialKind::Activation, credential: None })
    }

    /// Whether this is the password that an owner chose: asked again before they change how they sign in.
    ///
    /// # Errors
    /// [`Refusal`].
    pub async fn confirm(
        &self,
        directory: &Directory,
        owner: &Owner,
        password: &str,
        visitor: Visitor<'_>,
    ) -> Result<(), Refusal> {
        let login = format!("confirm {}", owner.text());
        let attempt = Attempt { login: &login, secret: password, peer: visitor.peer, now: visitor.now };
        let place = self.place(owner, visitor);
        self.may_try(place, attempt)?;
        let all = directory.credentials(owner, CredentialKind::Password).await?;
        match self.verify_chosen(all, attempt).await {
            Some(_) => {
                self.remember(|lockout| lockout.succeeded(place, &login, visitor.now));
                Ok(())
            }
            None => Err(self.wrong(place, attempt)),
        }
    }

    /// Chooses a password in the place of an earlier one. Takes tens of milliseconds.
    ///
    /// # Errors
    /// [`password::Unfit`] inside, the directory's outside.
    pub async fn choose_password(
        &self,
        directory: &Directory,
        (owner, login): (&Owner, &str),
        password: &str,
        now: Timestamp,
    ) -> Result<Result<(), password::Unfit>, StoreError> {
        let (keys, owner_, login) = (self.keys.clone(), owner.clone(), login.to_owned());
        let password = zeroize::Zeroizing::new(password.to_owned());
        let Ok(_turn) = self.hashing.acquire().await else { return Ok(Err(password::Unfit::Machine)) };
        let choose = move || password::choose(&keys, &owner_, &login, &password, now);
        let chosen = tokio::task::spawn_blocking(choose).await.unwrap_or(Err(password::Unfit::Machine));
        match chosen {
            Err(unfit) => Ok(Err(unfit)),
            Ok(credential) => {
                directory.revoke_of(owner, &[CredentialKind::Password], now).await?;
                directory.add_credential(credential).await?;
                Ok(Ok(()))
            }
        }
    }

    async fn first(
        &self,
        directory: &Directory,
        credential: &Credential,
        entry: Option<Entry>,
        (place, attempt): (Place, Attempt<'_>),
    ) -> Result<First, Refusal> {
        let factors = self.factors(directory, &credential.owner, attempt.now).await?;
        let signed_in = self.let_in(directory, credential, entry, (place, attempt)).await;
        Ok(match factors.has_second() {
            true => First::Half(Box::new(Half { owner: signed_in.owner, factors })),
            false => First::In(Box::new(signed_in)),
        })
    }

    /// Where a try for this owner comes from.
    pub(crate) fn place(&self, owner: &Owner, visitor: Visitor<'_>) -> Place {
        device::known(&self.keys, owner, visitor.device).map_or(Place::from(visitor.peer), Place::Device)
    }

    pub(crate) fn may_try(&self, place: Place, attempt: Attempt<'_>) -> Result<(), Refusal> {
        let Attempt { login, secret, now, .. } = attempt;
        if login.len() > TYPED_BYTES_MAX || secret.len() > TYPED_BYTES_MAX || secret.is_empty() {
            return Err(self.wrong(place, Attempt { login: "", ..attempt }));
        }
        match self.remember(|lockout| lockout.begin(place, login, now)) {
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
        let _turn = self.hashing.acquire().await.ok()?;
        tokio::task::spawn_blocking(check).await.ok().flatten()
    }

    pub(crate) async fn let_in(
        &self,
        directory: &Directory,
        credential: &Credential,
        entry: Option<Entry>,
        (place, attempt): (Place, Attempt<'_>),
    ) -> SignedIn {
        self.remember(|lockout| lockout.succeeded(place, attempt.login, attempt.now));
        // The last use is a hint: a full disk must not keep anybody out.
        let _ = directory.touch(credential, attempt.now).await;
        let role = if entry.is_some() { Role::Staff } else { Role::Admin };
        SignedIn { entry, owner: credential.owner.clone(), role, via: credential.kind, credential: Some(credential.id) }
    }

    pub(crate) fn refuse(&self, directory: &Directory, owner: &Owner, place: Place, attempt: Attempt<'_>) -> Refusal {
        let (directory, owner, now) = (directory.clone(), owner.clone(), attempt.now);
        // Counted for readiness, and not waited for: a name that exists must not answer later than one that does not.
        tokio::spawn(async move { directory.note_refused(&owner, 1, now).await });
        self.wrong(place, attempt)
    }

    /// Refuses a name that nobody has, after as much reading as for one that somebody has.
    pub(crate) async fn nobody(&self, directory: &Directory, place: Place, attempt: Attempt<'_>) -> Refusal {
        let _ = directory.credentials_of(&Owner::Admin(String::new())).await;
        self.wrong(place, attempt)
    }

    pub(crate) fn wrong(&self, place: Place, attempt: Attempt<'_>) -> Refusal {
        self.remember(|lockout| lockout.failed(place, attempt.login, attempt.now));
        Refusal::Wrong
    }

    pub(crate) fn remember<T>(&self, act: impl FnOnce(&mut Lockout) -> T) -> T {
        // A thread that panicked left counters, which are good enough as they are.
        act(&mut self.lockout.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A login that is too long to be one is nobody's.
fn known_part(login: &str) -> &str {
    if login.len() > TYPED_BYTES_MAX { "" } else { login }
}

/// Whether the directory lets somebody in. A shared mailbox has no account of its own: that somebody was given an app
/// password for it is enough.
#[must_use]
pub fn may_enter(entry: &Entry) -> bool {
    entry.can_sign_in || entry.kind == EntryKind::Shared
}

pub(crate) async fn person(directory: &Directory, login: &str) -> Result<Option<Entry>, StoreError> {
    let as_of = directory.trusted().await?;
    Ok(directory.person(login, as_of).await?.filter(may_enter))
}

/// Whose entry an owner is; the outer `None` for somebody who may not come in.
pub(crate) async fn entry_of(directory: &Directory, owner: &Owner) -> Result<Option<Option<Entry>>, StoreError> {
    match owner {
        Owner::Admin(_) => Ok(Some(None)),
        Owner::Entry(id) => {
            let entry = directory.entry(id, directory.trusted().await?).await?;
            Ok(entry.filter(may_enter).map(Some))
        }
    }
}
