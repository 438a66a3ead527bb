//! Second factors: the page of who has just enrolled, or has to have one, and taking one away.

use askama::Template;
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use store::directory::CredentialKind;

use super::Me;
use crate::frame::{Frame, html_with, see_other};
use crate::{House, Trouble};

#[derive(Template)]
#[template(path = "account/second.html")]
struct Page {
    frame: Frame,
    has_passkeys: bool,
    /// Whether nothing else is open before there is one.
    must: bool,
    asks: bool,
    wrong: String,
}

/// GET `/account/second`
pub async fn show(State(house): State<House>, me: Me) -> Result<Response, Trouble> {
    let must = house.owes_second(me.realm.role(), me.owner()).await?;
    Ok(page(&house, &me, must, String::new()))
}

/// The page, with what went wrong.
pub fn page(house: &House, me: &Me, must: bool, wrong: String) -> Response {
    let status = if wrong.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = Page {
        frame: me.frame(house, me.lang.account_second_title()),
        has_passkeys: house.settings.relying_party.is_some(),
        must,
        asks: !me.is_fresh(house),
        wrong,
    };
    html_with(status, &page)
}

/// What was chosen.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Chosen {
    id: String,
    password: String,
}

/// POST `/account/remove`
pub async fn remove(State(house): State<House>, me: Me, Form(chosen): Form<Chosen>) -> Result<Response, Trouble> {
    if let Err(answer) = me.confirmed(&house, &chosen.password).await {
        return answer;
    }
    let kinds = [CredentialKind::Totp, CredentialKind::Passkey];
    if revoke(&house, &me, &chosen.id, &kinds).await? {
        me.audit(&house, "account.remove", &json!({ "credential": chosen.id })).await?;
    }
    Ok(see_other("/account?done=removed", &[]))
}

/// Ends a credential of theirs; false when it is not theirs, or gone already.
///
/// # Errors
/// Those of the directory.
pub async fn revoke(house: &House, me: &Me, id: &str, kinds: &[CredentialKind]) -> Result<bool, Trouble> {
    let (directory, now) = (house.store.directory(), (house.clock)());
    let all = directory.credentials_of(me.owner()).await?;
    match all.iter().find(|one| hex::encode(one.id.0) == id && kinds.contains(&one.kind)) {
        Some(credential) => Ok(directory.revoke(credential.id, now).await?),
        None => Ok(false),
    }
}
