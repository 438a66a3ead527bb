//! `/contacts/complete?q=`: who may be meant, for the script that offers names while one types.

use axum::extract::{Query, State};
use axum::http::HeaderName;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use store::directory::Entry;

use super::reply::mailbox;
use crate::guard::Staff;
use crate::{House, Trouble};

/// Letters before anything is offered.
const LETTERS_MIN: usize = 3;
/// Names that are offered.
const OFFERED_MAX: usize = 8;

/// What was typed so far.
#[derive(Debug, Deserialize)]
pub struct Ask {
    #[serde(default)]
    q: String,
}

/// Answers `[{ "text": "Anne Müller <anne@corp.test>", "name", "address", "kind", "where" }]`.
pub async fn complete(State(house): State<House>, staff: Staff, Query(ask): Query<Ask>) -> Result<Response, Trouble> {
    if ask.q.trim().chars().count() < LETTERS_MIN {
        return Ok(json(&Value::Array(Vec::new())));
    }
    let directory = house.store.directory();
    let found = directory.complete(&ask.q, directory.trusted().await?, OFFERED_MAX).await?;
    let offered = |entry: &Entry| {
        let address = entry.primary.as_ref()?.to_string();
        let kind = staff.person.lang.contact_kind(entry.kind);
        let text = mailbox(Some(&entry.name), &address);
        Some(json!({ "text": text, "name": entry.name, "address": address, "kind": kind, "where": entry.department }))
    };
    Ok(json(&Value::Array(found.iter().filter_map(offered).collect())))
}

/// An answer for the script.
pub fn json(value: &Value) -> Response {
    let headers = [
        (CONTENT_TYPE, "application/json"),
        (CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("x-content-type-options"), "nosniff"),
    ];
    (headers, value.to_string()).into_response()
}
