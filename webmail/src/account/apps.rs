//! App passwords for mail programs.

use askama::Template;
use axum::extract::{Form, State};
use axum::response::Response;
use identity::{Secret, app_password};
use serde::Deserialize;
use serde_json::json;
use store::directory::CredentialKind;

use super::{Me, page, second};
use crate::frame::{Frame, html, see_other};
use crate::{House, Trouble};

/// App passwords somebody may have.
const APPS_MAX: usize = 50;
const LABEL_CHARS: usize = 80;

/// What was typed or chosen.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    label: String,
    password: String,
    id: String,
}

#[derive(Template)]
#[template(path = "account/app.html")]
struct Page {
    frame: Frame,
    login: String,
    label: String,
    secret: Secret,
}

/// POST `/account/apps`
pub async fn make(State(house): State<House>, me: Me, Form(typed): Form<Typed>) -> Result<Response, Trouble> {
    if let Err(answer) = me.confirmed(&house, &typed.password).await {
        return answer;
    }
    let (keys, directory, now) = (house.identity.keys(), house.store.directory(), (house.clock)());
    if house.identity.factors(directory, me.owner(), now).await?.app_passwords.len() >= APPS_MAX {
        return page::with(&house, &me, (String::new(), me.lang.account_too_many().to_owned())).await;
    }
    let label: String = typed.label.trim().chars().filter(|c| !c.is_control()).take(LABEL_CHARS).collect();
    let label = if label.is_empty() { me.lang.account_app_label().to_owned() } else { label };
    let (secret, credential) = app_password::generate(keys, me.owner(), &label, now);
    me.audit(&house, "account.app_password", &json!({ "label": label })).await?;
    directory.add_credential(credential).await?;
    let frame = me.frame(&house, me.lang.account_app_title());
    Ok(html(&Page { frame, login: me.login.clone(), label, secret }))
}

/// POST `/account/apps/revoke`: needs no password, since it only takes away.
pub async fn revoke(State(house): State<House>, me: Me, Form(typed): Form<Typed>) -> Result<Response, Trouble> {
    if second::revoke(&house, &me, &typed.id, &[CredentialKind::AppPassword]).await? {
        me.audit(&house, "account.revoke", &json!({ "credential": typed.id })).await?;
    }
    Ok(see_other("/account?done=revoked", &[]))
}
