//! The sheet of recovery codes.

use askama::Template;
use axum::extract::{Form, State};
use axum::response::Response;
use identity::{Factors, Secret, recovery};
use serde::Deserialize;
use serde_json::json;

use super::Me;
use crate::frame::{Frame, html, see_other};
use crate::{House, Trouble};

#[derive(Template)]
#[template(path = "account/recovery.html")]
struct Page {
    frame: Frame,
    login: String,
    codes: Vec<Secret>,
}

/// What was typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    password: String,
}

/// POST `/account/recovery`
pub async fn renew(State(house): State<House>, me: Me, Form(typed): Form<Typed>) -> Result<Response, Trouble> {
    match me.confirmed(&house, &typed.password).await {
        Ok(()) => sheet(&house, &me).await,
        Err(answer) => answer,
    }
}

/// Goes on after a second factor was added to `before`: with the first one comes the sheet.
///
/// # Errors
/// Those of the directory.
pub async fn after(house: &House, me: &Me, before: &Factors, to: &str) -> Result<Response, Trouble> {
    if before.has_second() && !before.recovery.is_empty() {
        return Ok(see_other(to, &[]));
    }
    sheet(house, me).await
}

async fn sheet(house: &House, me: &Me) -> Result<Response, Trouble> {
    let (keys, now) = (house.identity.keys(), (house.clock)());
    let codes = recovery::renew(keys, house.store.directory(), me.owner(), now).await?;
    me.audit(house, "account.recovery", &json!({})).await?;
    Ok(html(&Page { frame: me.frame(house, me.lang.account_recovery()), login: me.login.clone(), codes }))
}
