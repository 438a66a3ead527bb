//! The page with name and password.

use askama::Template;
use axum::extract::{Form, Query, State};
use axum::http::header::{RETRY_AFTER, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use cookie::time::Duration;
use failover::Phase;
use identity::{First, Refusal};
use serde::Deserialize;

use super::enter::{Coming, Wish, enter, path};
use super::realm::{Door, Realm};
use super::second;
use crate::frame::{Frame, html_with, see_other};
use crate::{House, Lang, Peer, Trouble};

/// What stands in the address.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    next: String,
    /// `locked` after a shared computer was idle, `out` after signing out, `ended` when the session is
    /// no more.
    why: String,
}

/// What was typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    token: String,
    name: String,
    password: String,
    #[serde(flatten)]
    wish: Wish,
}

#[derive(Template)]
#[template(path = "sign_in/page.html")]
struct Page {
    frame: Frame,
    realm: Realm,
    name: String,
    wish: Wish,
    /// What went wrong.
    wrong: String,
    /// What happened before.
    note: &'static str,
    has_passkeys: bool,
}

impl Page {
    fn new(house: &House, realm: Realm, lang: Lang, door: &Door) -> Self {
        let title = match realm {
            Realm::Staff => lang.sign_in_title(),
            Realm::Console => lang.sign_in_admin_title(),
        };
        let frame = Frame { token: door.token(), here: "/sign-in".to_owned(), ..Frame::open(house, lang, title) };
        let has_passkeys = house.settings.relying_party.is_some();
        Self { frame, realm, name: String::new(), wish: Wish::default(), wrong: String::new(), note: "", has_passkeys }
    }

    fn is_staff(&self) -> bool {
        self.realm == Realm::Staff
    }

    fn stands_by(&self) -> bool {
        self.is_staff() && self.frame.standing.phase == Phase::Standby
    }
}

/// The page, with the door's cookie where the browser has none yet.
pub fn at_door(house: &House, realm: Realm, door: &Door, (status, template): (StatusCode, &impl Template)) -> Response {
    let mut response = html_with(status, template);
    let cookie = door.cookie(house, realm).and_then(|cookie| HeaderValue::from_str(&cookie.to_string()).ok());
    if let Some(cookie) = cookie {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

/// GET `/sign-in`
pub async fn show(
    State(house): State<House>,
    realm: Realm,
    lang: Lang,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Response {
    let door = Door::of(&house, realm, &headers);
    let mut page = Page::new(&house, realm, lang, &door);
    page.note = match asked.why.as_str() {
        "locked" => lang.sign_in_locked(),
        "out" => lang.sign_in_out(),
        "ended" => lang.sign_in_ended(),
        _ => "",
    };
    page.wish.next = path(&asked.next).to_owned();
    at_door(&house, realm, &door, (StatusCode::OK, &page))
}

/// POST `/sign-in`
pub async fn send(
    State(house): State<House>,
    (realm, lang): (Realm, Lang),
    axum::Extension(peer): axum::Extension<Peer>,
    headers: HeaderMap,
    Form(typed): Form<Typed>,
) -> Result<Response, Trouble> {
    let (door, coming) = (Door::of(&house, realm, &headers), Coming { realm, headers: &headers, peer });
    let again = |status, wrong: String| {
        let mut page = Page::new(&house, realm, lang, &door);
        (page.name, page.wish, page.wrong) = (typed.name.clone(), typed.wish.clone(), wrong);
        at_door(&house, realm, &door, (status, &page))
    };
    if !door.is_token(&typed.token) {
        return Ok(again(StatusCode::CONFLICT, lang.sign_in_stale().to_owned()));
    }
    let device = coming.device(&house);
    let (directory, visitor) = (house.store.directory(), coming.visitor(&house, &device));
    let (name, password) = (typed.name.trim(), typed.password.as_str());
    let first = match realm {
        Realm::Staff => house.identity.sign_in_password(directory, name, password, visitor).await,
        Realm::Console => house.identity.sign_in_admin(directory, name, password, visitor).await,
    };
    match first {
        Ok(First::In(signed_in)) => enter(&house, coming, (&signed_in, &typed.wish), None).await,
        Ok(First::Half(half)) => Ok(second::ask(&house, (realm, lang), &door, (&half, &typed.wish))),
        Ok(First::Closed) => Ok(again(StatusCode::FORBIDDEN, lang.sign_in_closed().to_owned())),
        Err(refusal) => {
            let wrong = if realm == Realm::Staff { lang.sign_in_wrong() } else { lang.sign_in_wrong_admin() };
            Ok(refused(&refusal, (lang, wrong), again))
        }
    }
}

/// The page that says why somebody was not let in; `wrong` is the sentence for a wrong secret.
pub fn refused(
    refusal: &Refusal,
    (lang, wrong): (Lang, &str),
    page: impl FnOnce(StatusCode, String) -> Response,
) -> Response {
    match refusal {
        Refusal::Wrong => page(StatusCode::UNAUTHORIZED, wrong.to_owned()),
        Refusal::Later { retry_after_s } => {
            let mut response = page(StatusCode::TOO_MANY_REQUESTS, lang.sign_in_later(*retry_after_s));
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(*retry_after_s));
            response
        }
        Refusal::Unavailable(error) => {
            tracing::error!(%error, hint = error.hint(), "nobody can sign in");
            page(StatusCode::SERVICE_UNAVAILABLE, lang.sign_in_unavailable().to_owned())
        }
    }
}

/// What was chosen.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Chosen {
    lang: String,
    next: String,
}

/// POST `/language`: keeps the choice in a cookie; changes nothing else, so it needs no token.
pub async fn language(State(house): State<House>, Form(chosen): Form<Chosen>) -> Response {
    let to = match chosen.next.as_str() {
        door @ ("/sign-in" | "/welcome") => door,
        next => path(next),
    };
    let Some(lang) = Lang::of_tag(&chosen.lang) else { return see_other(to, &[]) };
    let mut cookie = cookie::Cookie::build((Lang::COOKIE, lang.tag()))
        .path("/")
        .secure(house.settings.is_https())
        .same_site(cookie::SameSite::Lax)
        .build();
    cookie.set_max_age(Duration::days(400));
    see_other(to, &[cookie])
}

/// The page once more, empty, with what went wrong.
pub fn again(
    house: &House,
    (realm, lang): (Realm, Lang),
    door: &Door,
    (status, wrong): (StatusCode, String),
) -> Response {
    let mut page = Page::new(house, realm, lang, door);
    page.wrong = wrong;
    at_door(house, realm, door, (status, &page))
}
