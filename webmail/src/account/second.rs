//! Second factors: the page of who has just enrolled, and taking one away.

use askama::Template;
use axum::extract::{Form, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use store::directory::CredentialKind;

use super::Me;
use crate::frame::{Frame, html, see_other};
use crate::{House, Trouble};

#[derive(Template)]
#[template(path = "account/second.html")]
struct Page {
    frame: Frame,
    has_passkeys: bool,
}

/// GET `/account/second`
pub async fn show(State(house): State<House>, me: Me) -> Response {
    let has_passkeys = house.settings.relying_party.is_some();
    html(&Page { frame: me.frame(&house, me.lang.account_second_title()), has_passkeys })
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
