//! Enrolling with an activation code: one page, one form.

use askama::Template;
use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use identity::{First, Unwelcome};
use serde::Deserialize;

use super::enter::{Coming, Wish, enter};
use super::page::{at_door, refused};
use super::realm::{Door, Realm};
use super::second;
use crate::frame::Frame;
use crate::{House, Lang, Peer, Trouble};

/// What was typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    token: String,
    name: String,
    code: String,
    password: String,
    repeat: String,
    #[serde(flatten)]
    wish: Wish,
}

#[derive(Template)]
#[template(path = "sign_in/welcome.html")]
struct Page {
    frame: Frame,
    name: String,
    code: String,
    is_shared: bool,
    wrong: String,
}

fn page(house: &House, lang: Lang, door: &Door, typed: &Typed, wrong: String) -> Page {
    Page {
        frame: Frame {
            token: door.token(),
            here: "/welcome".to_owned(),
            ..Frame::open(house, lang, lang.welcome_title())
        },
        name: typed.name.clone(),
        code: typed.code.clone(),
        is_shared: typed.wish.is_shared(),
        wrong,
    }
}

/// GET `/welcome`
pub async fn show(State(house): State<House>, realm: Realm, lang: Lang, headers: HeaderMap) -> Response {
    let door = Door::of(&house, realm, &headers);
    let page = page(&house, lang, &door, &Typed::default(), String::new());
    at_door(&house, realm, &door, (StatusCode::OK, &page))
}

/// POST `/welcome`
pub async fn send(
    State(house): State<House>,
    (realm, lang): (Realm, Lang),
    axum::Extension(peer): axum::Extension<Peer>,
    headers: HeaderMap,
    Form(typed): Form<Typed>,
) -> Result<Response, Trouble> {
    let (door, coming) = (Door::of(&house, realm, &headers), Coming { realm, headers: &headers, peer });
    let again = |status, wrong: String| {
        let page = page(&house, lang, &door, &typed, wrong);
        at_door(&house, realm, &door, (status, &page))
    };
    let says = |status, wrong: &str| again(status, wrong.to_owned());
    if !door.is_token(&typed.token) {
        return Ok(says(StatusCode::CONFLICT, lang.sign_in_stale()));
    }
    if typed.password != typed.repeat {
        return Ok(says(StatusCode::UNPROCESSABLE_ENTITY, lang.welcome_differs()));
    }
    let (directory, visitor) = (house.store.directory(), coming.visitor(&house, ""));
    let proof = (typed.name.trim(), typed.code.as_str());
    let welcomed = match realm {
        Realm::Staff => house.identity.welcome(directory, proof, &typed.password, visitor).await,
        Realm::Console => house.identity.welcome_admin(directory, proof, &typed.password, visitor).await,
    };
    Ok(match welcomed {
        Ok(First::In(signed_in)) => enter(&house, coming, (&signed_in, &typed.wish), Some("/account/second")).await?,
        Ok(First::Half(half)) => second::ask(&house, (realm, lang), &door, (&half, &typed.wish)),
        Ok(First::Closed) => says(StatusCode::FORBIDDEN, lang.sign_in_closed()),
        Err(Unwelcome::Used) => says(StatusCode::CONFLICT, lang.welcome_used()),
        Err(Unwelcome::Expired) => says(StatusCode::CONFLICT, lang.welcome_expired()),
        Err(Unwelcome::Unfit(unfit)) => says(StatusCode::UNPROCESSABLE_ENTITY, lang.unfit(unfit)),
        Err(Unwelcome::Refused(refusal)) => refused(&refusal, (lang, lang.welcome_wrong()), again),
    })
}
