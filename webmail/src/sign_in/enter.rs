//! What happens once somebody is let in: a session, its cookies, and the way to where they wanted to go.

use axum::http::HeaderMap;
use axum::http::header::USER_AGENT;
use axum::response::Response;
use cookie::time::Duration;
use failover::Phase;
use identity::session::{self, Beginning};
use identity::{SignedIn, Visitor, device};
use serde::{Deserialize, Serialize};
use store::directory::CredentialKind;

use super::realm::{Door, Realm};
use crate::frame::{cookie as jar, see_other};
use crate::guard::SECOND;
use crate::{House, Peer, Trouble};

/// How long a browser is known.
const DEVICE_DAYS: i64 = 400;
/// A longer path is none of ours.
const PATH_BYTES_MAX: usize = 2000;

/// What the forms of signing in hand on to each other.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Wish {
    /// The path to go to; only ever used through [`path`].
    pub next: String,
    /// `1` at a shared computer.
    pub shared: String,
}

impl Wish {
    /// Whether nothing may stay behind.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        !self.shared.is_empty()
    }
}

/// Whoever comes: their browser and line.
#[derive(Clone, Copy)]
pub struct Coming<'a> {
    /// The pages.
    pub realm: Realm,
    /// The request's headers.
    pub headers: &'a HeaderMap,
    /// The line.
    pub peer: Peer,
}

impl Coming<'_> {
    /// The token by which this browser may be known; empty for none.
    #[must_use]
    pub fn device(&self, house: &House) -> String {
        let name = jar::secret_name(&house.settings, self.realm.device_cookie());
        jar::value(self.headers, &name).unwrap_or_default()
    }

    /// For `identity`.
    #[must_use]
    pub fn visitor<'a>(&self, house: &House, device: &'a str) -> Visitor<'a> {
        Visitor { peer: self.peer.0, device, now: (house.clock)() }
    }
}

/// A path of ours: what else somebody puts there leads to the first page.
#[must_use]
pub fn path(next: &str) -> &str {
    let mut rest = next.bytes();
    // `//host` and `/\host` are another's page to browsers, and they skip tabs and line ends in between.
    let own = rest.next() == Some(b'/') && !matches!(rest.next(), Some(b'/' | b'\\'));
    let plain = next.bytes().all(|octet| matches!(octet, b'!'..=b'~') && octet != b'\\');
    let loops = ["/sign-in", "/sign-out", "/welcome"].iter().any(|door| next.starts_with(door));
    if own && plain && !loops && next.len() <= PATH_BYTES_MAX { next } else { "/" }
}

/// Begins the session and sends the browser on. `to` takes precedence over the wish, and a second factor that has to be set
/// up over both.
///
/// # Errors
/// Those of the directory.
pub async fn enter(
    house: &House,
    coming: Coming<'_>,
    (signed_in, wish): (&SignedIn, &Wish),
    to: Option<&str>,
) -> Result<Response, Trouble> {
    let (keys, directory, now) = (house.identity.keys(), house.store.directory(), (house.clock)());
    let realm = coming.realm;
    let session_name = jar::secret_name(&house.settings, realm.cookie());
    if let Some(earlier) = jar::value(coming.headers, &session_name) {
        session::end(keys, directory, &earlier, now).await?;
    }
    let agent = coming.headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (peer, owner) = (coming.peer.0.to_string(), &signed_in.owner);
    let via = way(signed_in.via);
    let beginning = Beginning { owner, role: signed_in.role, via, peer: &peer, agent };
    let idle = wish.is_shared().then_some(session::SHARED_IDLE_MS);
    let token = session::begin_idle(keys, directory, &beginning, idle, now).await?;
    let mut cookies = vec![Door::removed(house, realm)];
    let mut secret = jar::secret(&house.settings, realm.cookie(), token.reveal().to_owned());
    if !wish.is_shared() {
        let lasts = if realm == Realm::Staff { session::STAFF_MS } else { session::ADMIN_MS };
        secret.set_max_age(Duration::milliseconds(lasts));
        let mut known = jar::secret(&house.settings, realm.device_cookie(), device::token(keys, owner));
        known.set_max_age(Duration::days(DEVICE_DAYS));
        cookies.push(known);
    }
    cookies.push(secret);
    let stands_by = realm == Realm::Staff && house.service.standing().phase == Phase::Standby;
    let first = if stands_by { "/account" } else { path(&wish.next) };
    let owes = house.owes_second(signed_in.role, owner).await?;
    let to = if owes { Some(SECOND) } else { to };
    Ok(see_other(to.unwrap_or(first), &cookies))
}

fn way(via: CredentialKind) -> &'static str {
    match via {
        CredentialKind::Totp => "password+totp",
        CredentialKind::Recovery => "password+recovery",
        other => other.as_str(),
    }
}

#[cfg(test)]
mod tests {
    use super::path;

    #[test]
    fn only_paths_of_ours_are_followed() {
        for own in ["/", "/f/3?page=2", "/compose?reply=1:2", "/search?q=a%20b"] {
            assert_eq!(path(own), own);
        }
        for other in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/\t/evil.example",
            "\\\\evil",
            "evil",
            "/a\\b",
            "/a\r\nSet-Cookie: x=1",
            "javascript:alert(1)",
            "/sign-out",
            "/sign-in?next=/",
            "/é",
            "/a b",
        ] {
            assert_eq!(path(other), "/", "{other:?}");
        }
        assert_eq!(path(&format!("/{}", "a".repeat(3000))), "/");
    }
}
