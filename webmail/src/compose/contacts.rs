//! `/contacts`: people and groups of the address book.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use store::directory::{Entry, EntryKind};

use super::recipients::{self, Group, Recipient};
use crate::frame::{Frame, html};
use crate::guard::{self, Staff};
use crate::{House, Lang, Trouble};

/// Entries of one page.
const PAGE_ROWS: usize = 50;
/// Groups whose members are looked up on one page.
const GROUPS_SHOWN: usize = 10;

/// What is looked at.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Ask {
    q: String,
    kind: String,
    page: usize,
}

#[derive(Template)]
#[template(path = "compose/contacts.html")]
struct Page {
    frame: Frame,
    q: String,
    kind: &'static str,
    rows: Vec<Row>,
    groups: Vec<Group>,
    before: Option<usize>,
    after: Option<usize>,
}

struct Row {
    name: String,
    address: String,
    to: String,
    kind: &'static str,
    phone: String,
    place: String,
}

/// Lists them by name, or those who are called so.
pub async fn show(State(house): State<House>, staff: Staff, Query(ask): Query<Ask>) -> Result<Response, Trouble> {
    let lang = staff.person.lang;
    let directory = house.store.directory();
    let as_of = directory.trusted().await?;
    let page = ask.page.clamp(1, 100_000);
    let (kind, shown) = match ask.kind.as_str() {
        "people" => (Some(EntryKind::Person), "people"),
        "groups" => (Some(EntryKind::Group), "groups"),
        _ => (None, ""),
    };
    let (found, all) = if ask.q.trim().is_empty() {
        let first = (page - 1) * PAGE_ROWS;
        directory.address_book(as_of, kind, first..first + PAGE_ROWS).await?
    } else {
        let mut found = directory.complete(&ask.q, as_of, 200).await?;
        found.retain(|entry| kind.is_none_or(|kind| entry.kind == kind));
        let all = found.len();
        (found.into_iter().skip((page - 1) * PAGE_ROWS).take(PAGE_ROWS).collect(), all)
    };
    let frame = Frame::inside(&house, &staff, lang.contacts_title()).await?;
    let groups = groups(&house, &staff, &found).await?;
    let rows = found.iter().filter_map(|entry| Row::of(entry, lang)).collect();
    let before = (page > 1).then(|| page - 1);
    let after = (page * PAGE_ROWS < all).then(|| page + 1);
    Ok(html(&Page { frame, q: ask.q, kind: shown, rows, groups, before, after }))
}

async fn groups(house: &House, staff: &Staff, found: &[Entry]) -> Result<Vec<Group>, Trouble> {
    let of = |entry: &Entry| Some(Recipient { name: entry.name.clone(), address: entry.primary.clone()? });
    let groups = found.iter().filter(|entry| entry.kind == EntryKind::Group);
    let groups: Vec<Recipient> = groups.take(GROUPS_SHOWN).filter_map(of).collect();
    recipients::groups(house, staff, &groups.iter().collect::<Vec<_>>()).await
}

impl Page {
    fn link(&self, page: &usize) -> String {
        format!("/contacts?q={}&kind={}&page={page}", guard::encoded(&self.q), self.kind)
    }
}

impl Row {
    fn of(entry: &Entry, lang: Lang) -> Option<Self> {
        let address = entry.primary.as_ref()?.to_string();
        let to = guard::encoded(&super::reply::mailbox(Some(&entry.name), &address));
        let of = |text: &Option<String>| text.clone().unwrap_or_default();
        let name = if entry.name.is_empty() { address.clone() } else { entry.name.clone() };
        let kind = lang.contact_kind(entry.kind);
        Some(Self { name, to, kind, phone: of(&entry.phone), place: of(&entry.department), address })
    }
}
