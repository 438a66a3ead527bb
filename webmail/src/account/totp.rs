//! Setting up an authenticator app.

use askama::Template;
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::Response;
use identity::totp::{self, Setup};
use serde::Deserialize;
use serde_json::json;

use super::{Me, page, picture, recovery};
use crate::frame::{Frame, html_with, see_other};
use crate::{House, Trouble};

/// Apps somebody may have.
const APPS_MAX: usize = 5;

/// What was typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    ticket: String,
    code: String,
    password: String,
}

#[derive(Template)]
#[template(path = "account/totp.html")]
struct Page {
    frame: Frame,
    /// The key in groups of four.
    seed: String,
    uri: String,
    picture: Option<picture::Picture>,
    ticket: String,
    asks: bool,
    wrong: String,
}

fn shown(house: &House, me: &Me, setup: &Setup, wrong: &str) -> Response {
    let uri = totp::uri(&setup.seed, &house.settings.organisation, &me.login);
    let mut seed = String::new();
    for (place, symbol) in setup.seed.reveal().chars().enumerate() {
        if place > 0 && place % 4 == 0 {
            seed.push(' ');
        }
        seed.push(symbol);
    }
    let page = Page {
        frame: me.frame(house, me.lang.account_totp_add()),
        seed,
        picture: picture::Picture::of(uri.reveal()),
        uri: uri.reveal().to_owned(),
        ticket: setup.ticket.clone(),
        asks: !me.is_fresh(house),
        wrong: wrong.to_owned(),
    };
    html_with(if wrong.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }, &page)
}

/// GET `/account/totp`
pub async fn show(State(house): State<House>, me: Me) -> Response {
    let setup = totp::start(house.identity.keys(), me.owner(), (house.clock)());
    shown(&house, &me, &setup, "")
}

/// POST `/account/totp`
pub async fn finish(State(house): State<House>, me: Me, Form(typed): Form<Typed>) -> Result<Response, Trouble> {
    let (keys, directory, now) = (house.identity.keys(), house.store.directory(), (house.clock)());
    let Some(setup) = totp::again(keys, me.owner(), &typed.ticket, now) else {
        return Ok(see_other("/account/totp", &[]));
    };
    if me.confirm(&house, &typed.password).await.is_err() {
        return Ok(shown(&house, &me, &setup, me.lang.account_confirm_wrong()));
    }
    let Some(credential) = totp::finish(keys, me.owner(), &typed.ticket, &typed.code, now) else {
        return Ok(shown(&house, &me, &setup, me.lang.account_totp_wrong()));
    };
    let factors = house.identity.factors(directory, me.owner(), now).await?;
    if factors.totp.len() >= APPS_MAX {
        return page::with(&house, &me, (String::new(), me.lang.account_too_many().to_owned())).await;
    }
    directory.add_credential(credential).await?;
    me.audit(&house, "account.totp", &json!({})).await?;
    recovery::after(&house, &me, &factors, "/account?done=totp").await
}
