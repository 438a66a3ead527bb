//! The second step, for who has a second factor.

use askama::Template;
use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use identity::Half;
use serde::{Deserialize, Serialize};
use store::directory::Owner;

use super::enter::{Coming, Wish, enter};
use super::page::{at_door, refused};
use super::realm::{Door, Realm};
use crate::frame::{Frame, see_other};
use crate::{House, Lang, Peer, Trouble};

/// How long somebody may look for their phone.
const HALF_S: i64 = 600;
const USE: &str = "half";

/// That somebody has shown the password.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Shown {
    /// Who.
    pub owner: Owner,
    /// Where they want to go, and whether the computer is shared.
    pub wish: Wish,
}

impl Shown {
    /// Opens the field that carries it.
    #[must_use]
    pub fn opened(house: &House, realm: Realm, half: &str) -> Option<Self> {
        let shown: Self = house.identity.keys().opened(USE, half, (house.clock)())?;
        let fits = matches!((&shown.owner, realm), (Owner::Entry(_), Realm::Staff) | (Owner::Admin(_), Realm::Console));
        fits.then_some(shown)
    }
}

/// What was typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    token: String,
    half: String,
    code: String,
}

#[derive(Template)]
#[template(path = "sign_in/second.html")]
struct Page {
    frame: Frame,
    half: String,
    has_codes: bool,
    has_passkeys: bool,
    wrong: String,
}

/// Asks for it.
pub fn ask(house: &House, (realm, lang): (Realm, Lang), door: &Door, (half, wish): (&Half, &Wish)) -> Response {
    let page = page(house, lang, door, (half, wish), String::new());
    at_door(house, realm, door, (StatusCode::OK, &page))
}

fn page(house: &House, lang: Lang, door: &Door, (half, wish): (&Half, &Wish), wrong: String) -> Page {
    let shown = Shown { owner: half.owner.clone(), wish: wish.clone() };
    let expires = (house.clock)().plus_s(HALF_S);
    Page {
        frame: Frame {
            token: door.token(),
            here: "/sign-in".to_owned(),
            ..Frame::open(house, lang, lang.second_title())
        },
        half: house.identity.keys().ticket(USE, &shown, expires),
        has_codes: !half.factors.totp.is_empty(),
        has_passkeys: !half.factors.passkeys.is_empty() && house.settings.relying_party.is_some(),
        wrong,
    }
}

/// POST `/sign-in/code`
pub async fn send(
    State(house): State<House>,
    (realm, lang): (Realm, Lang),
    axum::Extension(peer): axum::Extension<Peer>,
    headers: HeaderMap,
    Form(typed): Form<Typed>,
) -> Result<Response, Trouble> {
    let (door, coming) = (Door::of(&house, realm, &headers), Coming { realm, headers: &headers, peer });
    let shown = Shown::opened(&house, realm, &typed.half).filter(|_| door.is_token(&typed.token));
    let Some(shown) = shown else { return Ok(see_other("/sign-in", &[])) };
    let device = coming.device(&house);
    let (directory, visitor) = (house.store.directory(), coming.visitor(&house, &device));
    let refusal = match house.identity.second_code(directory, &shown.owner, &typed.code, visitor).await {
        Ok(signed_in) => return enter(&house, coming, (&signed_in, &shown.wish), None).await,
        Err(refusal) => refusal,
    };
    let Ok(half) = house.identity.half(directory, &shown.owner, visitor).await else {
        return Ok(see_other("/sign-in", &[]));
    };
    let again = |status, wrong| {
        let page = page(&house, lang, &door, (&half, &shown.wish), wrong);
        at_door(&house, realm, &door, (status, &page))
    };
    Ok(refused(&refusal, (lang, lang.second_wrong()), again))
}
