//! The overview.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use failover::Phase;
use identity::{Factors, session};
use serde::Deserialize;
use store::directory::{Credential, Session};

use super::{Me, second};
use crate::frame::moment::{long, short};
use crate::frame::{Frame, html_with};
use crate::sign_in::Realm;
use crate::{House, Lang, Trouble};

/// What happened before.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    done: String,
}

/// A credential in a list.
pub struct Thing {
    /// What its owner calls it.
    pub label: String,
    /// When it was made and last used.
    pub times: String,
    /// Its name in forms.
    pub id: String,
}

impl Thing {
    fn new(house: &House, lang: Lang, credential: &Credential) -> Self {
        let (now, zone) = ((house.clock)(), &house.settings.zone);
        let used = credential.used_at.map(|used| short(lang, used, now, zone));
        let times = lang.account_times(&short(lang, credential.created_at, now, zone), used.as_deref());
        Self { label: credential.label.clone(), times, id: hex::encode(credential.id.0) }
    }
}

struct Place {
    program: String,
    since: String,
    name: String,
    is_this: bool,
    is_shared: bool,
}

impl Place {
    fn new(house: &House, me: &Me, other: &Session) -> Self {
        let since = long(me.lang, other.created_at, &house.settings.zone);
        Self {
            program: program(&other.agent).unwrap_or_else(|| me.lang.account_session_unknown().to_owned()),
            since: me.lang.account_since(&since, &other.peer),
            name: session::name(other),
            is_this: other.token_hash == me.session.token_hash,
            is_shared: other.idle_ms.is_some(),
        }
    }
}

/// "Firefox, Windows" of what a browser says of itself. Order matters: most call themselves by each other's names.
fn program(agent: &str) -> Option<String> {
    let first =
        |known: &[(&str, &'static str)]| known.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name);
    let browser = first(&[
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = first(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => Some(format!("{browser}, {system}")),
        (one, other) => one.or(other).map(str::to_owned),
    }
}

#[derive(Template)]
#[template(path = "account/page.html")]
struct Page {
    frame: Frame,
    done: String,
    wrong: String,
    login: String,
    realm: Realm,
    asks: bool,
    has_passkeys: bool,
    totp: Vec<Thing>,
    passkeys: Vec<Thing>,
    apps: Vec<Thing>,
    recovery_left: usize,
    has_second: bool,
    sessions: Vec<Place>,
}

impl Page {
    fn stands_by(&self) -> bool {
        self.frame.standing.phase == Phase::Standby
    }

    fn is_staff(&self) -> bool {
        self.realm == Realm::Staff
    }

    fn has_others(&self) -> bool {
        self.sessions.len() > 1
    }
}

/// GET `/account`
pub async fn show(State(house): State<House>, me: Me, Query(asked): Query<Asked>) -> Result<Response, Trouble> {
    let lang = me.lang;
    let done = match asked.done.as_str() {
        "password" => lang.account_password_done(),
        "totp" => lang.account_totp_done(),
        "passkey" => lang.account_passkey_done(),
        "removed" => lang.account_removed(),
        "ended" => lang.account_session_ended(),
        "revoked" => lang.account_app_revoked(),
        _ => "",
    };
    with(&house, &me, (done.to_owned(), String::new())).await
}

/// The page with what was done or went wrong.
///
/// # Errors
/// Those of the directory.
pub async fn with(house: &House, me: &Me, (done, wrong): (String, String)) -> Result<Response, Trouble> {
    let (directory, now) = (house.store.directory(), (house.clock)());
    let factors: Factors = house.identity.factors(directory, me.owner(), now).await?;
    if house.settings.second_factor.is_due(me.realm.role()) && !factors.has_second() {
        // A step of setting one up that went wrong: the overview is not open yet.
        return Ok(second::page(house, me, true, wrong));
    }
    let things = |all: &[Credential]| all.iter().map(|one| Thing::new(house, me.lang, one)).collect();
    let sessions = directory.sessions(me.owner(), now).await?;
    let status = if wrong.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = Page {
        frame: me.frame(house, me.lang.account_title()),
        done,
        wrong,
        login: me.login.clone(),
        realm: me.realm,
        asks: !me.is_fresh(house),
        has_passkeys: house.settings.relying_party.is_some(),
        totp: things(&factors.totp),
        passkeys: things(&factors.passkeys),
        apps: things(&factors.app_passwords),
        recovery_left: factors.recovery.len(),
        has_second: factors.has_second(),
        sessions: sessions.iter().map(|other| Place::new(house, me, other)).collect(),
    };
    Ok(html_with(status, &page))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::program;

    #[test]
    fn browsers_are_named_as_people_call_them() {
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0 Safari/537.36 Edg/143.0";
        assert_eq!(program(edge).unwrap(), "Edge, Windows");
        let safari =
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605 Version/19.0 Mobile Safari/604.1";
        assert_eq!(program(safari).unwrap(), "Safari, iPhone");
        assert_eq!(program("curl/8"), None);
    }
}
