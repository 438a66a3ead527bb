//! Changing the password.

use axum::extract::{Form, State};
use axum::response::Response;
use identity::session;
use serde::Deserialize;
use serde_json::json;

use super::{Me, page};
use crate::frame::see_other;
use crate::{House, Trouble};

/// What was typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    password: String,
    new: String,
    repeat: String,
}

/// POST `/account/password`: whatever else is signed in is ended.
pub async fn change(State(house): State<House>, me: Me, Form(typed): Form<Typed>) -> Result<Response, Trouble> {
    if typed.new != typed.repeat {
        return page::with(&house, &me, (String::new(), me.lang.welcome_differs().to_owned())).await;
    }
    if let Err(answer) = me.confirmed(&house, &typed.password).await {
        return answer;
    }
    let (directory, now) = (house.store.directory(), (house.clock)());
    let chosen = house.identity.choose_password(directory, (me.owner(), &me.login), &typed.new, now).await?;
    if let Err(unfit) = chosen {
        return page::with(&house, &me, (String::new(), me.lang.unfit(unfit).to_owned())).await;
    }
    session::end_others(directory, &me.session, now).await?;
    me.audit(&house, "account.password", &json!({})).await?;
    Ok(see_other("/account?done=password", &[]))
}
