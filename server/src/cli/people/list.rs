//! `relais people list`: everybody with a mailbox, and how they get in without the primary.
//!
//! ```text
//!   command ── after: none ──> server ── page, next ──> command ── after: next ──> ... ──> sorts and prints
//! ```
//!
//! The server never holds everybody: a page is read, answered and forgotten.

use std::process::ExitCode;

use anyhow::Result;
use mail::{Address, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::directory::{CredentialKind, Entry, Owner};
use store::{Directory, EntryId};

use crate::config::Config;
use crate::control::{Answer, Asking, PeopleRequest, Refusal, Request, converse, show as show_answer};

/// People of one answer.
const PAGE_ENTRIES: u32 = 1_000;

/// Makes a page of the list, as of the moment the directory is trusted for.
pub(super) async fn page(directory: &Directory, after: Option<&EntryId>, now: Timestamp) -> Result<Answer, Refusal> {
    let page = directory.entries_after(after, PAGE_ENTRIES, directory.trusted().await?).await?;
    let holders: Vec<&Entry> = page.entries.iter().filter(|entry| entry.kind.has_mailbox()).collect();
    let ids: Vec<&EntryId> = holders.iter().map(|entry| &entry.id).collect();
    let ways = directory.ways_in_of(&ids, now).await?;
    let listed = |entry: &&Entry| {
        let kinds = ways.get(&Owner::Entry(entry.id.clone())).map_or(&[][..], Vec::as_slice);
        Listed::new(entry, kinds)
    };
    let people: Vec<Listed> = holders.iter().map(listed).collect();
    let counts = if after.is_none() { json!(directory.counts().await?) } else { Value::Null };
    Ok(Answer::new("", json!({ "people": people, "next": page.last, "counts": counts })))
}

/// Asks for page after page, and shows them together.
///
/// # Errors
/// When no server runs, or it refuses.
pub(super) async fn show(asking: &Asking) -> Result<ExitCode> {
    let socket = Config::load(&asking.file())?.control_socket();
    let (mut people, mut counts, mut after) = (Vec::new(), Value::Null, None);
    loop {
        let request = Request::People(PeopleRequest::List { after: after.clone() });
        let mut page: Page = serde_json::from_value(converse(&socket, &request, |_| {}).await?.json)?;
        people.append(&mut page.people);
        if after.is_none() {
            counts = page.counts;
        }
        after = page.next;
        if after.is_none() {
            return show_answer(asking, whole(people, counts));
        }
    }
}

/// A page as it comes over the control socket.
#[derive(Deserialize)]
struct Page {
    people: Vec<Listed>,
    next: Option<EntryId>,
    counts: Value,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Listed {
    id: EntryId,
    kind: String,
    name: String,
    address: String,
    aliases: Vec<Address>,
    hidden: bool,
    can_sign_in: bool,
    app_passwords: usize,
    passwords: usize,
    activation_codes: usize,
    signs_in_by: String,
}

impl Listed {
    fn new(entry: &Entry, kinds: &[CredentialKind]) -> Self {
        let has = |kind| kinds.iter().filter(|own| **own == kind).count();
        Self {
            id: entry.id.clone(),
            kind: entry.kind.to_string(),
            name: entry.name.clone(),
            address: entry.primary.as_ref().map_or_else(String::new, Address::to_string),
            aliases: entry.aliases.clone(),
            hidden: entry.hidden,
            can_sign_in: entry.can_sign_in,
            app_passwords: has(CredentialKind::AppPassword),
            passwords: has(CredentialKind::Password),
            activation_codes: has(CredentialKind::Activation),
            signs_in_by: in_words(kinds),
        }
    }
}

/// Everybody, by address.
pub(super) fn whole(mut people: Vec<Listed>, counts: Value) -> Answer {
    people.sort_by_cached_key(|one| one.address.to_lowercase());
    let cannot = people.iter().filter(|one| one.signs_in_by.is_empty()).count();
    let count = |kind: &str| counts.get(kind).and_then(Value::as_u64).unwrap_or(0);
    let text = table(&people)
        + &format!(
            "{} people, {} shared mailboxes, {} groups, {} contacts; {cannot} mailboxes that nobody can open without the primary",
            count("people"),
            count("shared"),
            count("groups"),
            count("contacts")
        );
    Answer::new(text, json!({ "people": people, "counts": counts, "without_a_way_in": cannot }))
}

fn in_words(kinds: &[CredentialKind]) -> String {
    let counted =
        CredentialKind::ALL.into_iter().filter_map(|kind| match kinds.iter().filter(|own| **own == kind).count() {
            0 => None,
            1 => Some(kind.as_str().to_owned()),
            many => Some(format!("{many} {}s", kind.as_str())),
        });
    counted.collect::<Vec<_>>().join(", ")
}

fn table(people: &[Listed]) -> String {
    let width = |cell: fn(&Listed) -> usize| people.iter().map(cell).max().unwrap_or(0).min(48);
    let address = width(|one| one.address.chars().count()).max("ADDRESS".len());
    let name = width(|one| one.name.chars().count()).max("NAME".len());
    let mut text = format!("{:address$}  {:name$}  {:6}  SIGNS IN BY\n", "ADDRESS", "NAME", "KIND");
    for one in people {
        let ways = if one.signs_in_by.is_empty() { "nothing yet" } else { &one.signs_in_by };
        let shown = printable(&one.name);
        text += &format!("{:address$}  {shown:name$}  {:6}  {ways}\n", one.address, one.kind);
    }
    text
}

/// A name as a terminal may show it: the directory's words are not ours.
fn printable(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn ways_in_are_counted_in_words() {
        use CredentialKind::{AppPassword, Password};
        assert_eq!(in_words(&[]), "");
        assert_eq!(in_words(&[AppPassword, Password, AppPassword]), "2 app-passwords, password");
    }

    #[test]
    fn a_name_cannot_move_the_cursor() {
        assert_eq!(printable("a\u{1b}[2Jb\r\n"), "a[2Jb");
    }
}
