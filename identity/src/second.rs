//! The second step: a code of an authenticator program, or of the sheet of recovery codes.
//!
//! Whoever comes so far has shown the password. Guesses are slowed down from each line, and from everywhere together,
//! so that many lines help nobody; a browser that its owner used before, and the sheet of paper, stay outside of
//! that: the owner is never kept out.

use store::directory::{CredentialKind, Directory, Owner, Role};

use crate::sign_in::entry_of;
use crate::{Attempt, Factors, Half, Identity, Place, Refusal, SignedIn, Visitor, recovery, totp};

impl Identity {
    /// The second step of somebody who has shown the password: what they can show now.
    ///
    /// # Errors
    /// [`Refusal::Wrong`] when they may not come in any more.
    pub async fn half(&self, directory: &Directory, owner: &Owner, visitor: Visitor<'_>) -> Result<Half, Refusal> {
        entry_of(directory, owner).await?.ok_or(Refusal::Wrong)?;
        let factors = self.factors(directory, owner, visitor.now).await?;
        Ok(Half { owner: owner.clone(), factors })
    }

    /// Lets somebody in who has shown the password, by a code.
    ///
    /// # Errors
    /// [`Refusal`].
    pub async fn second_code(
        &self,
        directory: &Directory,
        owner: &Owner,
        typed: &str,
        visitor: Visitor<'_>,
    ) -> Result<SignedIn, Refusal> {
        let login = format!("second {}", owner.text());
        let attempt = Attempt { login: &login, secret: typed, peer: visitor.peer, now: visitor.now };
        let place = self.place(owner, visitor);
        self.may_try(place, attempt)?;
        let is_code = totp::is_code(typed);
        if is_code && matches!(place, Place::Line(_)) {
            self.may_try(Place::Everywhere, attempt)?;
        }
        let entry = entry_of(directory, owner).await?.ok_or(Refusal::Wrong)?;
        let factors = self.factors(directory, owner, visitor.now).await?;
        if !self.redeem_code(directory, &factors, (typed, is_code), visitor).await? {
            if is_code && matches!(place, Place::Line(_)) {
                self.wrong(Place::Everywhere, attempt);
            }
            return Err(self.refuse(directory, owner, place, attempt));
        }
        self.remember(|lockout| {
            lockout.succeeded(place, &login, visitor.now);
            lockout.give_back(Place::Everywhere, &login);
        });
        let role = if entry.is_some() { Role::Staff } else { Role::Admin };
        let via = if is_code { CredentialKind::Totp } else { CredentialKind::Recovery };
        Ok(SignedIn { entry, owner: owner.clone(), role, via, credential: None })
    }

    async fn redeem_code(
        &self,
        directory: &Directory,
        factors: &Factors,
        (typed, is_code): (&str, bool),
        visitor: Visitor<'_>,
    ) -> Result<bool, Refusal> {
        if !is_code {
            return Ok(recovery::redeem(&self.keys, directory, &factors.recovery, typed, visitor.now).await?);
        }
        for credential in &factors.totp {
            if totp::redeem(&self.keys, directory, credential, typed, visitor.now).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
