//! Who looks at their own account: somebody of the staff, or an admin at the console.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::Response;
use identity::{Refusal, Visitor, session};
use store::directory::{Owner, Session};

use crate::frame::{Frame, Who};
use crate::guard::{Admin, Person};
use crate::sign_in::Realm;
use crate::{House, Lang, Peer, Trouble};

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub struct Me {
    /// Which pages these are.
    pub realm: Realm,
    /// The session.
    pub session: Session,
    /// The name for people.
    pub name: String,
    /// The name to sign in with.
    pub login: String,
    /// The language.
    pub lang: Lang,
    /// From where.
    pub peer: Peer,
    token: String,
    address: String,
}

impl FromRequestParts<House> for Me {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, house: &House) -> Result<Self, Trouble> {
        let realm = Realm::from_request_parts(parts, house).await?;
        let peer = parts.extensions.get::<Peer>().copied();
        let peer = peer.ok_or_else(|| Trouble::Internal("nobody knows from where".to_owned()))?;
        match realm {
            Realm::Staff => {
                let Person { session, entry, token, lang, .. } = Person::from_request_parts(parts, house).await?;
                let address = entry.primary.as_ref().map(ToString::to_string).unwrap_or_default();
                let login = if address.is_empty() { entry.id.0 } else { address.clone() };
                Ok(Self { realm, session, name: entry.name, login, lang, peer, token, address })
            }
            Realm::Console => {
                let Admin { session, name, token, lang, .. } = Admin::from_request_parts(parts, house).await?;
                let login = name.clone();
                Ok(Self { realm, session, name, login, lang, peer, token, address: String::new() })
            }
        }
    }
}

impl Me {
    /// Whose account it is.
    #[must_use]
    pub fn owner(&self) -> &Owner {
        &self.session.owner
    }

    /// The frame of a page.
    #[must_use]
    pub fn frame(&self, house: &House, title: &str) -> Frame {
        let who = Some(Who { name: self.name.clone(), address: self.address.clone() });
        let idle_s = self.session.idle_ms.map_or(0, |idle| idle / 1000);
        Frame {
            who,
            token: self.token.clone(),
            here: "/account".to_owned(),
            idle_s,
            ..Frame::open(house, self.lang, title)
        }
    }

    /// Whether they signed in so lately that nobody else sits there.
    #[must_use]
    pub fn is_fresh(&self, house: &House) -> bool {
        session::is_fresh(&self.session, (house.clock)())
    }

    /// Asks for the password again, unless they signed in lately.
    ///
    /// # Errors
    /// [`Refusal`].
    pub async fn confirm(&self, house: &House, password: &str) -> Result<(), Refusal> {
        if self.is_fresh(house) {
            return Ok(());
        }
        let visitor = Visitor { peer: self.peer.0, device: "", now: (house.clock)() };
        house.identity.confirm(house.store.directory(), self.owner(), password, visitor).await
    }

    /// [`Self::confirm`], with the page that says why not.
    ///
    /// # Errors
    /// That page.
    pub async fn confirmed(&self, house: &House, password: &str) -> Result<(), Result<Response, Trouble>> {
        match self.confirm(house, password).await {
            Ok(()) => Ok(()),
            Err(refusal) => {
                let says = match &refusal {
                    Refusal::Wrong => self.lang.account_confirm_wrong().to_owned(),
                    Refusal::Later { retry_after_s } => self.lang.sign_in_later(*retry_after_s),
                    Refusal::Unavailable(_) => self.lang.sign_in_unavailable().to_owned(),
                };
                Err(super::page::with(house, self, (String::new(), says)).await)
            }
        }
    }

    /// Writes down who changed how they sign in.
    ///
    /// # Errors
    /// Those of the directory.
    pub async fn audit(&self, house: &House, what: &str, detail: &serde_json::Value) -> Result<(), Trouble> {
        let (directory, now) = (house.store.directory(), (house.clock)());
        directory.audit(now, &self.owner().text(), what, &detail.to_string()).await?;
        Ok(())
    }
}
