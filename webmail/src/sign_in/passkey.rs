//! Passkeys at the door: the question for the script, and its answer.

use axum::extract::{Form, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use identity::{Ceremony, Passkeys};
use serde::Deserialize;

use super::enter::{Coming, Wish, enter};
use super::realm::{Door, Realm};
use super::second::Shown;
use crate::frame::see_other;
use crate::{House, Lang, Peer, Trouble};

/// What the script sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    token: String,
    half: String,
    ticket: String,
    answer: String,
    #[serde(flatten)]
    wish: Wish,
}

/// The passkeys of this house; `None` where it has no name for them.
#[must_use]
pub fn passkeys(house: &House) -> Option<Passkeys<'_>> {
    let settings = &house.settings;
    house.identity.passkeys(settings.relying_party.as_ref()?, &settings.origin, &settings.organisation)
}

/// The question, as the script takes it.
#[must_use]
pub fn json(ceremony: &Ceremony) -> Response {
    let ticket = serde_json::Value::String(ceremony.ticket.clone());
    let body = format!("{{\"options\":{},\"ticket\":{ticket}}}", ceremony.options);
    ([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")], body).into_response()
}

/// POST `/sign-in/passkey/start`
pub async fn start(
    State(house): State<House>,
    realm: Realm,
    axum::Extension(peer): axum::Extension<Peer>,
    headers: HeaderMap,
    Form(typed): Form<Typed>,
) -> Result<Response, Trouble> {
    let (door, coming) = (Door::of(&house, realm, &headers), Coming { realm, headers: &headers, peer });
    if !door.is_token(&typed.token) {
        return Ok(StatusCode::CONFLICT.into_response());
    }
    let (keys, now) = (passkeys(&house).ok_or(Trouble::NoSuch)?, (house.clock)());
    let ceremony = match Shown::opened(&house, realm, &typed.half) {
        None => keys.offer(now),
        Some(shown) => {
            let visitor = coming.visitor(&house, "");
            let half = house.identity.half(house.store.directory(), &shown.owner, visitor).await;
            let theirs = half.map_err(|_| Trouble::NoSuch)?.factors.passkeys;
            keys.offer_to(&shown.owner, &theirs, now)
        }
    };
    ceremony.as_ref().map(json).ok_or_else(|| Trouble::Internal("passkeys cannot be asked for".to_owned()))
}

/// POST `/sign-in/passkey`
pub async fn send(
    State(house): State<House>,
    (realm, lang): (Realm, Lang),
    axum::Extension(peer): axum::Extension<Peer>,
    headers: HeaderMap,
    Form(typed): Form<Typed>,
) -> Result<Response, Trouble> {
    let (door, coming) = (Door::of(&house, realm, &headers), Coming { realm, headers: &headers, peer });
    let keys = passkeys(&house).ok_or(Trouble::NoSuch)?;
    if !door.is_token(&typed.token) {
        return Ok(see_other("/sign-in", &[]));
    }
    let shown = Shown::opened(&house, realm, &typed.half);
    let device = coming.device(&house);
    let (directory, visitor) = (house.store.directory(), coming.visitor(&house, &device));
    let owner = shown.as_ref().map(|shown| &shown.owner);
    let answer = (typed.ticket.as_str(), typed.answer.as_str());
    let wish = shown.as_ref().map_or(&typed.wish, |shown| &shown.wish);
    match keys.sign_in(directory, answer, (realm.role(), owner), visitor).await {
        Ok(signed_in) => enter(&house, coming, (&signed_in, wish), None).await,
        Err(refusal) => {
            let again = |status, wrong| super::page::again(&house, (realm, lang), &door, (status, wrong));
            Ok(super::page::refused(&refusal, (lang, lang.sign_in_passkey_failed()), again))
        }
    }
}
