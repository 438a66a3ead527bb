//! `relais people list`: everybody with a mailbox, and how they get in without the primary.

use std::collections::HashMap;

use mail::{Address, Timestamp};
use serde_json::{Value, json};
use store::Directory;
use store::directory::{CredentialKind, Entry, Owner};

use crate::control::{Answer, Refusal};

/// Makes the list, as of the moment the directory is trusted for.
pub(super) async fn answer(directory: &Directory, now: Timestamp) -> Result<Answer, Refusal> {
    let mut entries = directory.entries(directory.trusted().await?).await?;
    let ways = directory.ways_in(now).await?;
    let counts = directory.counts().await?;
    entries.retain(|entry| entry.kind.has_mailbox());
    entries.sort_by_key(|entry| entry.primary.as_ref().map(Address::key));
    let people: Vec<_> = entries.iter().map(|entry| Listed::new(entry, &ways)).collect();
    let mut text = table(&people);
    let cannot = people.iter().filter(|one| one.ways.is_empty()).count();
    text += &format!(
        "{} people, {} shared mailboxes, {} groups, {} contacts; {cannot} mailboxes that nobody can open without the primary",
        counts.people, counts.shared, counts.groups, counts.contacts
    );
    let listed: Vec<Value> = people.iter().map(Listed::json).collect();
    Ok(Answer::new(text, json!({ "people": listed, "counts": counts, "without_a_way_in": cannot })))
}

struct Listed<'a> {
    entry: &'a Entry,
    address: String,
    ways: String,
    kinds: &'a [CredentialKind],
}

impl<'a> Listed<'a> {
    fn new(entry: &'a Entry, ways: &'a HashMap<Owner, Vec<CredentialKind>>) -> Self {
        let kinds = ways.get(&Owner::Entry(entry.id.clone())).map_or(&[][..], Vec::as_slice);
        let address = entry.primary.as_ref().map_or_else(String::new, Address::to_string);
        Self { entry, address, ways: in_words(kinds), kinds }
    }

    fn json(&self) -> Value {
        let has = |kind| self.kinds.iter().filter(|own| **own == kind).count();
        json!({
            "id": self.entry.id,
            "kind": self.entry.kind,
            "name": self.entry.name,
            "address": self.address,
            "aliases": self.entry.aliases,
            "hidden": self.entry.hidden,
            "can_sign_in": self.entry.can_sign_in,
            "app_passwords": has(CredentialKind::AppPassword),
            "passwords": has(CredentialKind::Password),
            "activation_codes": has(CredentialKind::Activation),
        })
    }
}

fn in_words(kinds: &[CredentialKind]) -> String {
    let counted = CredentialKind::ALL.into_iter().filter_map(|kind| {
        match kinds.iter().filter(|own| **own == kind).count() {
            0 => None,
            1 => Some(kind.as_str().to_owned()),
            many => Some(format!("{many} {}s", kind.as_str())),
        }
    });
    counted.collect::<Vec<_>>().join(", ")
}

fn table(people: &[Listed<'_>]) -> String {
    let width = |cell: fn(&Listed<'_>) -> usize| people.iter().map(cell).max().unwrap_or(0).min(48);
    let address = width(|one| one.address.chars().count()).max("ADDRESS".len());
    let name = width(|one| one.entry.name.chars().count()).max("NAME".len());
    let mut text = format!("{:address$}  {:name$}  {:6}  SIGNS IN BY\n", "ADDRESS", "NAME", "KIND");
    for one in people {
        let ways = if one.ways.is_empty() { "nothing yet" } else { &one.ways };
        let shown = printable(&one.entry.name);
        text += &format!("{:address$}  {shown:name$}  {:6}  {ways}\n", one.address, one.entry.kind);
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
