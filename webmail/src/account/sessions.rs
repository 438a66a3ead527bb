//! Ending sessions: one's own elsewhere, and this one.

use axum::extract::{Form, State};
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use identity::session;
use serde::Deserialize;
use serde_json::json;

use super::Me;
use crate::frame::{cookie as jar, see_other};
use crate::{House, Trouble};

/// What was chosen: a session's name, or `others`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Chosen {
    session: String,
}

/// POST `/account/sessions`: needs no password, since it only takes away.
pub async fn end(State(house): State<House>, me: Me, Form(chosen): Form<Chosen>) -> Result<Response, Trouble> {
    let (directory, now) = (house.store.directory(), (house.clock)());
    if chosen.session == session::name(&me.session) {
        return leave(&house, &me).await;
    }
    let ended = match chosen.session.as_str() {
        "others" => session::end_others(directory, &me.session, now).await?,
        named => usize::from(session::end_named(directory, me.owner(), named, now).await?),
    };
    me.audit(&house, "account.sessions", &json!({ "ended": ended })).await?;
    Ok(see_other("/account?done=ended", &[]))
}

/// POST `/sign-out`
pub async fn sign_out(State(house): State<House>, me: Me) -> Result<Response, Trouble> {
    leave(&house, &me).await
}

async fn leave(house: &House, me: &Me) -> Result<Response, Trouble> {
    house.store.directory().end_session(me.session.token_hash, (house.clock)()).await?;
    let mut cookies = vec![jar::removed(&house.settings, me.realm.cookie())];
    if me.session.idle_ms.is_some() {
        cookies.push(jar::removed(&house.settings, me.realm.device_cookie()));
    }
    let mut response = see_other("/sign-in?why=out", &cookies);
    // Not "cookies": that is the whole host's, and the other listener may be on it.
    let clear = HeaderValue::from_static("\"cache\", \"storage\"");
    response.headers_mut().insert(HeaderName::from_static("clear-site-data"), clear);
    Ok(response)
}
