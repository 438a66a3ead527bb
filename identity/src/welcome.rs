//! Enrolment: an activation code and a new password, in one step.
//!
//! ```text
//!   name, code, password ── fit? ── code good? ── used up ── password kept ──> SignedIn, or Half for who has a second factor
//!                            │          └── Wrong, Used, Expired                 (a letter in wrong hands is not enough)
//!                            └── Unfit: said before the code is looked at, so that it tells nothing
//! ```

use store::StoreError;
use store::directory::{CredentialKind, Directory, Entry, Owner};

use crate::activation::{self, Found};
use crate::password::{self, Unfit};
use crate::sign_in::person;
use crate::{Attempt, First, Half, Identity, Place, Refusal, Role, SignedIn, Visitor};

/// Why somebody could not enrol.
#[derive(Debug, thiserror::Error)]
pub enum Unwelcome {
    /// The name or the code is wrong, too many tries, or we cannot tell now.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The code was good once, or a newer one replaced it.
    #[error("this code was used already")]
    Used,
    /// The code is too old.
    #[error("this code is too old")]
    Expired,
    /// The password cannot be chosen; the code is still good.
    #[error(transparent)]
    Unfit(#[from] Unfit),
}

impl From<StoreError> for Unwelcome {
    fn from(error: StoreError) -> Self {
        Self::Refused(error.into())
    }
}

impl Identity {
    /// Lets somebody in who has an activation code, with the password that they choose.
    ///
    /// # Errors
    /// [`Unwelcome`].
    pub async fn welcome(
        &self,
        directory: &Directory,
        (login, code): (&str, &str),
        password: &str,
        visitor: Visitor<'_>,
    ) -> Result<First, Unwelcome> {
        let attempt = Attempt { login, secret: code, peer: visitor.peer, now: visitor.now };
        password::fits(login, password)?;
        self.may_try(Place::from(visitor.peer), attempt)?;
        match person(directory, login).await? {
            Some(entry) => {
                let owner = Owner::Entry(entry.id.clone());
                self.redeem(directory, (owner, Some(entry)), password, attempt).await
            }
            None => Err(self.nobody(directory, Place::from(visitor.peer), attempt).await.into()),
        }
    }

    /// Lets an admin in who has an activation code, with the password that they choose.
    ///
    /// # Errors
    /// [`Unwelcome`].
    pub async fn welcome_admin(
        &self,
        directory: &Directory,
        (login, code): (&str, &str),
        password: &str,
        visitor: Visitor<'_>,
    ) -> Result<First, Unwelcome> {
        password::fits(login, password)?;
        let owner = Owner::Admin(login.to_owned());
        let login = owner.text();
        let attempt = Attempt { login: &login, secret: code, peer: visitor.peer, now: visitor.now };
        self.may_try(Place::from(visitor.peer), attempt)?;
        self.redeem(directory, (owner, None), password, attempt).await
    }

    async fn redeem(
        &self,
        directory: &Directory,
        (owner, entry): (Owner, Option<Entry>),
        password: &str,
        attempt: Attempt<'_>,
    ) -> Result<First, Unwelcome> {
        let (place, now) = (Place::from(attempt.peer), attempt.now);
        let found = activation::find(&self.keys, directory, &owner, attempt.secret, now).await?;
        if matches!(found, Found::Used | Found::Expired) {
            // What was a code once is no guess.
            self.remember(|lockout| lockout.give_back(place, attempt.login));
        }
        let code = match found {
            Found::Good(code) => code,
            Found::Used => return Err(Unwelcome::Used),
            Found::Expired => return Err(Unwelcome::Expired),
            Found::Wrong => return Err(self.refuse(directory, &owner, place, attempt).into()),
        };
        if !directory.revoke(code.id, now).await? {
            return Err(Unwelcome::Used);
        }
        self.choose_password(directory, (&owner, attempt.login), password, now).await??;
        self.remember(|lockout| lockout.succeeded(place, attempt.login, now));
        let factors = self.factors(directory, &owner, now).await?;
        if factors.has_second() {
            return Ok(First::Half(Box::new(Half { owner, factors })));
        }
        let role = if entry.is_some() { Role::Staff } else { Role::Admin };
        Ok(First::In(Box::new(SignedIn { entry, owner, role, via: CredentialKind::Activation, credential: None })))
    }
}
