//! Enrolment: an activation code and a new password, in one step.
//!
//! ```text
//!   name, code, password ── fit? ── code good? ── used up ── password kept ──> SignedIn, or Half for who has a second factor
//!                            │          └── Wrong, Used, Expired                 (a letter in wrong hands is not enough)
//!                            └── Unfit: said before the code is looked at, so that it tells nothing
//! ```

use store::StoreError;
use store::directory::{CredentialKind, Directory, Owner};

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
        password::fits(login, password)?;
        let attempt = Attempt { login, secret: code, peer: visitor.peer, now: visitor.now };
        let place = Place::from(visitor.peer);
        self.may_try(place, attempt)?;
        let Some(entry) = person(directory, login).await? else { return Err(self.wrong(place, attempt).into()) };
        let owner = Owner::Entry(entry.id.clone());
        let code = match activation::find(&self.keys, directory, &owner, code, visitor.now).await? {
            Found::Good(code) => code,
            Found::Used => return Err(Unwelcome::Used),
            Found::Expired => return Err(Unwelcome::Expired),
            Found::Wrong => return Err(self.refuse(directory, &owner, place, attempt).await.into()),
        };
        if !directory.revoke(code.id, visitor.now).await? {
            return Err(Unwelcome::Used);
        }
        self.choose_password(directory, (&owner, login), password, visitor.now).await??;
        self.remember(|lockout| lockout.succeeded(place, login, visitor.now));
        let factors = self.factors(directory, &owner, visitor.now).await?;
        if factors.has_second() {
            return Ok(First::Half(Box::new(Half { owner, factors })));
        }
        let via = CredentialKind::Activation;
        Ok(First::In(Box::new(SignedIn { entry: Some(entry), owner, role: Role::Staff, via })))
    }
}
