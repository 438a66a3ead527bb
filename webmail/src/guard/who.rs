//! Who is there: extractors for handlers behind the guard.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use failover::Phase;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use store::directory::{Entry, Owner, Session};
use store::{MailboxId, RegionStore};
use subtle::ConstantTimeEq as _;

use crate::{House, Lang, Trouble};

/// What the guard found out about a request.
#[derive(Clone)]
pub(super) struct Visit {
    pub session: Session,
    pub token: String,
    pub here: String,
}

impl Visit {
    pub fn is_token(&self, typed: &str) -> bool {
        typed.as_bytes().ct_eq(self.token.as_bytes()).into()
    }
}

/// The token of a session's forms. It says nothing about the session's own.
pub(crate) fn form_token(session_token: &str) -> String {
    // A key of any length is taken.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(session_token.as_bytes()) else { return String::new() };
    mac.update(b"relais form token v1");
    hex::encode(mac.finalize().into_bytes())
}

/// Somebody of the staff who signed in.
#[derive(Clone, Debug)]
pub struct Person {
    /// The session.
    pub session: Session,
    /// Who.
    pub entry: Entry,
    /// The token that every form carries.
    pub token: String,
    /// The language of their browser or choice.
    pub lang: Lang,
    /// Path and query of this request.
    pub here: String,
}

impl Person {
    /// Whether a form that the guard did not read carries the token.
    ///
    /// # Errors
    /// [`Trouble::Strange`].
    pub fn check(&self, typed: &str) -> Result<(), Trouble> {
        let same: bool = typed.as_bytes().ct_eq(self.token.as_bytes()).into();
        if same { Ok(()) } else { Err(Trouble::Strange) }
    }
}

fn visit(parts: &Parts) -> Result<Visit, Trouble> {
    let visit = parts.extensions.get::<Visit>().cloned();
    visit.ok_or_else(|| Trouble::Internal("a page stands outside the guard".to_owned()))
}

impl FromRequestParts<House> for Person {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, house: &House) -> Result<Self, Trouble> {
        let Visit { session, token, here } = visit(parts)?;
        let lang = parts.extensions.get::<Lang>().copied().unwrap_or(house.settings.lang);
        let Owner::Entry(id) = &session.owner else { return Err(Trouble::NoSuch) };
        let directory = house.store.directory();
        let entry = directory.entry(id, directory.trusted().await?).await?.ok_or(Trouble::Closed)?;
        if !identity::may_enter(&entry) {
            return Err(Trouble::Closed);
        }
        Ok(Self { session, entry, token, lang, here })
    }
}

/// Somebody of the staff whose mailbox is open.
#[derive(Clone)]
pub struct Staff {
    /// Who.
    pub person: Person,
    /// Where the mailbox lies.
    pub region: RegionStore,
    /// Which one.
    pub mailbox: MailboxId,
}

impl FromRequestParts<House> for Staff {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, house: &House) -> Result<Self, Trouble> {
        let person = Person::from_request_parts(parts, house).await?;
        if house.service.standing().phase == Phase::Standby {
            return Err(Trouble::Standby);
        }
        let (region, mailbox) = house.service.mailbox(&person.entry.id).await?;
        if !region.is_unsealed(mailbox) {
            return Err(Trouble::Sealed);
        }
        Ok(Self { person, region, mailbox })
    }
}

/// An admin who signed in to the console.
#[derive(Clone, Debug)]
pub struct Admin {
    /// The session.
    pub session: Session,
    /// The name.
    pub name: String,
    /// The token that every form carries.
    pub token: String,
    /// The language of their browser or choice.
    pub lang: Lang,
    /// Path and query of this request.
    pub here: String,
}

impl FromRequestParts<House> for Admin {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, house: &House) -> Result<Self, Trouble> {
        let Visit { session, token, here } = visit(parts)?;
        let lang = parts.extensions.get::<Lang>().copied().unwrap_or(house.settings.lang);
        let Owner::Admin(name) = &session.owner else { return Err(Trouble::NoSuch) };
        let name = name.clone();
        Ok(Self { session, name, token, lang, here })
    }
}
