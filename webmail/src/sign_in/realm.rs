//! The two kinds of people who sign in, each with cookies of their own, and the token of forms before there is a session.

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cookie::Cookie;
use identity::Role;
use subtle::ConstantTimeEq as _;

use crate::frame::cookie as jar;
use crate::guard::{ADMIN_COOKIE, STAFF_COOKIE, form_token};
use crate::{House, Trouble};

/// Which pages these are; an extension of each request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Realm {
    /// The webmail.
    Staff,
    /// The console.
    Console,
}

impl Realm {
    /// What a session of it may do.
    #[must_use]
    pub fn role(self) -> Role {
        match self {
            Self::Staff => Role::Staff,
            Self::Console => Role::Admin,
        }
    }

    /// The cookie of a session.
    #[must_use]
    pub fn cookie(self) -> &'static str {
        match self {
            Self::Staff => STAFF_COOKIE,
            Self::Console => ADMIN_COOKIE,
        }
    }

    /// The cookie that says that this browser was here before.
    #[must_use]
    pub fn device_cookie(self) -> &'static str {
        match self {
            Self::Staff => "relais-device",
            Self::Console => "relais-console-device",
        }
    }

    fn door_cookie(self) -> &'static str {
        match self {
            Self::Staff => "relais-door",
            Self::Console => "relais-console-door",
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Realm {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Trouble> {
        let realm = parts.extensions.get::<Self>().copied();
        realm.ok_or_else(|| Trouble::Internal("a page belongs to nobody".to_owned()))
    }
}

/// The door of somebody who is not signed in: a random cookie, and the token that follows from it (a double submit:
/// another site's page can send the cookie along, but cannot know the token).
#[derive(Clone, Debug)]
pub struct Door {
    value: String,
    is_new: bool,
}

impl Door {
    /// The browser's, or a new one.
    #[must_use]
    pub fn of(house: &House, realm: Realm, headers: &HeaderMap) -> Self {
        let known = jar::value(headers, &jar::secret_name(&house.settings, realm.door_cookie()));
        match known.filter(|value| value.len() == 22) {
            Some(value) => Self { value, is_new: false },
            None => Self { value: URL_SAFE_NO_PAD.encode(rand::random::<[u8; 16]>()), is_new: true },
        }
    }

    /// The token of forms.
    #[must_use]
    pub fn token(&self) -> String {
        form_token(&self.value)
    }

    /// Whether a form carries it.
    #[must_use]
    pub fn is_token(&self, typed: &str) -> bool {
        !self.is_new && bool::from(typed.as_bytes().ct_eq(self.token().as_bytes()))
    }

    /// The cookie to set, where the browser has none.
    #[must_use]
    pub fn cookie(&self, house: &House, realm: Realm) -> Option<Cookie<'static>> {
        self.is_new.then(|| jar::secret(&house.settings, realm.door_cookie(), self.value.clone()))
    }

    /// The cookie that takes it away.
    #[must_use]
    pub fn removed(house: &House, realm: Realm) -> Cookie<'static> {
        jar::removed(&house.settings, realm.door_cookie())
    }
}
