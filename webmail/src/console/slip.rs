//! Slips: what somebody gets at a counter to set up their access. Printed, handed over, kept nowhere.
//!
//! ```text
//!   POST, with the `once` of its form ──> earlier codes end, a new one is made, audited ──> the slip, to print
//!   the same form again               ──> the same slip: a second press makes no second code
//! ```

use std::collections::VecDeque;
use std::sync::Arc;

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use bytes::Bytes;
use identity::{Secret, activation};
use mail::Timestamp;
use serde_json::json;
use store::directory::{CredentialKind, Owner};
use tokio::sync::Mutex;

use super::people::{self, Person};
use super::seat::{Seat, Top};
use crate::Trouble;
use crate::frame::html;
use crate::guard::Fields;

/// How long a slip can be had again by the same form.
const AGAIN_MS: i64 = 120_000;
/// Forms that are remembered.
const FORMS_MAX: usize = 64;
/// People of one form.
const PEOPLE_MAX: usize = 200;

/// A name for one form.
#[must_use]
pub fn once() -> String {
    hex::encode(rand::random::<[u8; 12]>())
}

/// One person's slip.
#[derive(Clone)]
pub struct Slip {
    /// Their name.
    pub name: String,
    /// What they type as their name.
    pub login: String,
    /// The code.
    pub code: Secret,
    /// Until when it is good.
    pub until: Timestamp,
}

type Printed = (String, Timestamp, Arc<Vec<Slip>>);

/// Slips that were just printed, by the form that asked for them; in memory only. Held while slips are made, so that the
/// second press of two at the same time finds what the first one made.
#[derive(Default)]
pub struct Slips(Mutex<VecDeque<Printed>>);

fn again(printed: &mut VecDeque<Printed>, once: &str, now: Timestamp) -> Option<Arc<Vec<Slip>>> {
    printed.retain(|(_, at, _)| now.ms_since(*at) < AGAIN_MS);
    printed.iter().find(|(known, ..)| known == once).map(|(.., slips)| Arc::clone(slips))
}

#[derive(Template)]
#[template(path = "console/slips.html")]
struct Page {
    frame: crate::frame::Frame,
    top: Top,
    slips: Arc<Vec<Slip>>,
    origin: String,
    from_counter: bool,
}

/// A new code for somebody; earlier ones end.
async fn make(seat: &Seat, person: &Person) -> Result<Slip, Trouble> {
    let (directory, now) = (seat.house.store.directory(), seat.clock());
    let owner = Owner::Entry(person.entry.id.clone());
    let (code, credential) = activation::generate(seat.house.identity.keys(), &owner, now);
    let until = credential.expires_at.unwrap_or(now);
    seat.note("people.invite", &json!({ "entry": person.entry.id, "kind": "activation", "at": "console" })).await?;
    directory.revoke_of(&owner, &[CredentialKind::Activation], now).await?;
    directory.add_credential(credential).await?;
    Ok(Slip { name: person.name(), login: person.address(), code, until })
}

async fn print(seat: &Seat, fields: &Fields, people: Vec<Person>) -> Result<Response, Trouble> {
    let (once, now) = (fields.value("once"), seat.clock());
    let mut printed = seat.console.slips.0.lock().await;
    let slips = match again(&mut printed, once, now) {
        Some(slips) => slips,
        None => {
            let mut made = Vec::new();
            for person in people.iter().filter(|person| person.may_have_slip()) {
                made.push(make(seat, person).await?);
            }
            let made = Arc::new(made);
            printed.truncate(FORMS_MAX - 1);
            printed.push_front((once.to_owned(), now, Arc::clone(&made)));
            made
        }
    };
    drop(printed);
    let top = seat.top(seat.lang.slip_title(), "/counter", "people");
    let (origin, from_counter) = (seat.desk().staff_origin(), fields.value("from") == "counter");
    Ok(html(&Page { frame: top.frame.clone(), top, slips, origin, from_counter }))
}

/// POST `/person/{id}/slip`
pub async fn one(seat: Seat, Path(id): Path<String>, body: Bytes) -> Result<Response, Trouble> {
    let person = people::person(&seat, &id).await?;
    print(&seat, &Fields::read(body), vec![person]).await
}

/// POST `/people/slips`: for everybody who is ticked.
pub async fn many(seat: Seat, body: Bytes) -> Result<Response, Trouble> {
    let fields = Fields::read(body);
    let ids: Vec<&str> =
        fields.iter().filter(|(name, _)| name == "id").map(|(_, id)| id.as_str()).take(PEOPLE_MAX).collect();
    let mut ticked = Vec::new();
    for id in ids {
        ticked.push(people::person(&seat, id).await?);
    }
    print(&seat, &fields, ticked).await
}
