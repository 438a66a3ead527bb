//! Making a passkey: the question for the script, and its answer.

use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use identity::PasskeyError;
use serde::Deserialize;
use serde_json::json;

use super::{Me, page, recovery};
use crate::sign_in::{json, passkeys};
use crate::{House, Trouble};

/// What the script sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    ticket: String,
    answer: String,
    label: String,
    password: String,
}

/// POST `/account/passkey/start`
pub async fn start(State(house): State<House>, me: Me) -> Result<Response, Trouble> {
    let keys = passkeys(&house).ok_or(Trouble::NoSuch)?;
    let directory = house.store.directory();
    match keys.start(directory, me.owner(), (&me.login, &me.name), (house.clock)()).await {
        Ok(ceremony) => Ok(json(&ceremony)),
        Err(PasskeyError::Store(error)) => Err(error.into()),
        Err(_) => Ok(StatusCode::CONFLICT.into_response()),
    }
}

/// POST `/account/passkey`
pub async fn finish(State(house): State<House>, me: Me, Form(typed): Form<Typed>) -> Result<Response, Trouble> {
    if let Err(answer) = me.confirmed(&house, &typed.password).await {
        return answer;
    }
    let keys = passkeys(&house).ok_or(Trouble::NoSuch)?;
    let (directory, now) = (house.store.directory(), (house.clock)());
    let factors = house.identity.factors(directory, me.owner(), now).await?;
    let label = typed.label.trim();
    let label = if label.is_empty() { me.lang.account_passkeys() } else { label };
    match keys.finish(directory, me.owner(), (&typed.ticket, &typed.answer, label), now).await {
        Ok(_) => {
            me.audit(&house, "account.passkey", &json!({ "label": label })).await?;
            recovery::after(&house, &me, &factors, "/account?done=passkey").await
        }
        Err(PasskeyError::Store(error)) => Err(error.into()),
        Err(_) => page::with(&house, &me, (String::new(), me.lang.account_passkey_failed().to_owned())).await,
    }
}
