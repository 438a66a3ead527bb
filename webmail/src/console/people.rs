//! Who could sign in today, and help for who cannot: one person, a page of them, or a queue of them at a counter.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use mail::Timestamp;
use serde::Deserialize;
use serde_json::json;
use store::EntryId;
use store::directory::{CredentialKind, Entry, Owner, Session, SessionsOf};

use super::seat::{Seat, Top};
use super::slip;
use crate::frame::{html, see_other};
use crate::guard::encoded;
use crate::{Lang, Trouble};

/// People of one page; a page of those who cannot sign in is what is left of so many.
const PAGE_ENTRIES: u32 = 200;
/// Those a search finds.
const FOUND_MAX: usize = 20;

/// What stands in the address.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    after: String,
    /// `1`: only those who could not sign in.
    cannot: String,
}

/// Somebody with a mailbox.
pub struct Person {
    /// Who.
    pub entry: Entry,
    /// With what they could sign in now.
    pub ways: Vec<CredentialKind>,
}

impl Person {
    /// Whether they could sign in today.
    #[must_use]
    pub fn is_able(&self) -> bool {
        self.ways.iter().any(|kind| kind.is_a_way_in())
    }

    /// Their address.
    #[must_use]
    pub fn address(&self) -> String {
        self.entry.primary.as_ref().map(ToString::to_string).unwrap_or_default()
    }

    /// Their name, or their address.
    #[must_use]
    pub fn name(&self) -> String {
        if self.entry.name.is_empty() { self.address() } else { self.entry.name.clone() }
    }

    /// Their page.
    #[must_use]
    pub fn path(&self) -> String {
        path(&self.entry.id)
    }

    /// How they could, in words.
    #[must_use]
    pub fn in_words(&self, lang: Lang) -> String {
        let mut kinds: Vec<&str> = self.ways.iter().map(|kind| lang.way_in(*kind)).collect();
        kinds.dedup();
        if kinds.is_empty() { lang.way_in_none().to_owned() } else { kinds.join(", ") }
    }

    /// Whether a slip would help them.
    #[must_use]
    pub fn may_have_slip(&self) -> bool {
        self.entry.can_sign_in
    }
}

/// A person's page; a slash in an id stays in its segment.
#[must_use]
pub fn path(id: &EntryId) -> String {
    format!("/person/{}", encoded(&id.0).replace('/', "%2F"))
}

async fn with_ways(seat: &Seat, entries: Vec<Entry>) -> Result<Vec<Person>, Trouble> {
    let holders: Vec<Entry> = entries.into_iter().filter(|entry| entry.kind.has_mailbox()).collect();
    let ids: Vec<&EntryId> = holders.iter().map(|entry| &entry.id).collect();
    let mut ways = seat.house.store.directory().ways_in_of(&ids, seat.clock()).await?;
    let person = |entry: Entry| {
        let mut kinds = ways.remove(&Owner::Entry(entry.id.clone())).unwrap_or_default();
        kinds.sort_by_key(|kind| kind.as_str());
        Person { entry, ways: kinds }
    };
    Ok(holders.into_iter().map(person).collect())
}

/// People with these letters in name or address. Hidden ones are found by their whole address.
async fn found(seat: &Seat, query: &str) -> Result<Vec<Person>, Trouble> {
    let directory = seat.house.store.directory();
    let as_of = directory.trusted().await?;
    let mut entries = directory.complete(query, as_of, FOUND_MAX).await?;
    if let Some(named) = directory.person(query.trim(), as_of).await?
        && !entries.iter().any(|entry| entry.id == named.id)
    {
        entries.insert(0, named);
    }
    with_ways(seat, entries).await
}

/// Somebody of the directory.
///
/// # Errors
/// [`Trouble::NoSuch`] for who has no mailbox.
pub async fn person(seat: &Seat, id: &str) -> Result<Person, Trouble> {
    let directory = seat.house.store.directory();
    let entry = directory.entry(&EntryId(id.to_owned()), directory.trusted().await?).await?;
    let mut people = with_ways(seat, entry.into_iter().collect()).await?;
    people.pop().ok_or(Trouble::NoSuch)
}

#[derive(Template)]
#[template(path = "console/people.html")]
struct List {
    frame: crate::frame::Frame,
    top: Top,
    people: Vec<Person>,
    query: String,
    cannot: bool,
    next: Option<String>,
    once: String,
    total: u64,
}

/// GET `/people`
pub async fn list(seat: Seat, Query(asked): Query<Asked>) -> Result<Response, Trouble> {
    let directory = seat.house.store.directory();
    let (query, cannot) = (asked.q.trim().to_owned(), asked.cannot == "1");
    let (mut people, next) = if query.is_empty() {
        let after = Some(EntryId(asked.after)).filter(|id| !id.0.is_empty());
        let page = directory.entries_after(after.as_ref(), PAGE_ENTRIES, directory.trusted().await?).await?;
        (with_ways(&seat, page.entries).await?, page.last)
    } else {
        (found(&seat, &query).await?, None)
    };
    if cannot {
        people.retain(|person| person.entry.can_sign_in && !person.is_able());
    }
    let only = if cannot { "&cannot=1" } else { "" };
    let next = next.map(|id| format!("/people?after={}{only}", encoded(&id.0)));
    let counts = directory.counts().await?;
    let top = seat.top(seat.lang.console_people(), "/people", "people");
    let (once, total) = (slip::once(), counts.people + counts.shared);
    Ok(html(&List { frame: top.frame.clone(), top, people, query, cannot, next, once, total }))
}

#[derive(Template)]
#[template(path = "console/counter.html")]
struct Counter {
    frame: crate::frame::Frame,
    top: Top,
    people: Vec<Person>,
    query: String,
    once: String,
}

/// GET `/counter`: a name is typed, one press prints the slip, and the next person comes.
pub async fn counter(seat: Seat, Query(asked): Query<Asked>) -> Result<Response, Trouble> {
    let query = asked.q.trim().to_owned();
    let mut people = if query.is_empty() { Vec::new() } else { found(&seat, &query).await? };
    people.retain(Person::may_have_slip);
    let top = seat.top(seat.lang.console_counter(), "/counter", "people");
    Ok(html(&Counter { frame: top.frame.clone(), top, people, query, once: slip::once() }))
}

#[derive(Template)]
#[template(path = "console/person.html")]
struct One {
    frame: crate::frame::Frame,
    top: Top,
    person: Person,
    sessions: Vec<Session>,
    done: &'static str,
    once: String,
}

impl One {
    fn has_second(&self) -> bool {
        self.person.ways.iter().any(|kind| matches!(kind, CredentialKind::Totp | CredentialKind::Passkey))
    }
}

/// What a page says after a form.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Done {
    done: String,
}

/// GET `/person/{id}`
pub async fn one(seat: Seat, Path(id): Path<String>, Query(done): Query<Done>) -> Result<Response, Trouble> {
    let person = person(&seat, &id).await?;
    let now: Timestamp = seat.clock();
    let owner = Owner::Entry(person.entry.id.clone());
    let sessions = seat.house.store.directory().sessions(&owner, now).await?;
    let done = match done.done.as_str() {
        "sessions" => seat.lang.person_sessions_ended(),
        "second" => seat.lang.person_second_gone(),
        _ => "",
    };
    let top = seat.top(&person.name(), &person.path(), "people");
    Ok(html(&One { frame: top.frame.clone(), top, person, sessions, done, once: slip::once() }))
}

/// POST `/person/{id}/sessions`
pub async fn end_sessions(seat: Seat, Path(id): Path<String>) -> Result<Response, Trouble> {
    let person = person(&seat, &id).await?;
    let owner = Owner::Entry(person.entry.id.clone());
    seat.note("people.sessions-ended", &json!({ "entry": person.entry.id })).await?;
    seat.house.store.directory().end_sessions(SessionsOf::Owner(owner), seat.clock()).await?;
    Ok(see_other(&format!("{}?done=sessions", person.path()), &[]))
}

/// POST `/person/{id}/second`: for who lost phone and codes, after the admin saw who asks.
pub async fn forget_second(seat: Seat, Path(id): Path<String>) -> Result<Response, Trouble> {
    let person = person(&seat, &id).await?;
    let owner = Owner::Entry(person.entry.id.clone());
    seat.note("people.second-forgotten", &json!({ "entry": person.entry.id })).await?;
    seat.house.identity.forget_second(seat.house.store.directory(), &owner, seat.clock()).await?;
    Ok(see_other(&format!("{}?done=second", person.path()), &[]))
}
