//! A directory in a file, for organisations that have no other, and for `relais people import`.
//!
//! ```text
//!   kind,name,address,aliases,id,given_name,family_name,members,hidden,phone,department,title
//!   person,Ada Byron,ada@mairie.example,a.byron@mairie.example contact@mairie.example,...
//! ```
//!
//! The first line names the columns, in any order; `name` and `address` must be there. `kind` is `person` unless it is
//! `shared`, `group` or `contact`. Several values in a cell are separated by spaces; members are addresses. Without an
//! `id` the address is the key: whoever changes address is then somebody else.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use csv::StringRecord;
use mail::Address;
use store::directory::{Entry, EntryKind, Sighting};
use store::{Directory, EntryId};

use super::Look;
use crate::{Result, SyncError};

const COLUMNS: [&str; 13] = [
    "kind",
    "name",
    "address",
    "aliases",
    "id",
    "given_name",
    "family_name",
    "members",
    "hidden",
    "phone",
    "department",
    "title",
    "sign_in",
];
/// A file larger than this is none of ours.
const FILE_MAX_BYTES: u64 = 256 << 20;

/// Reads the whole file. A contact that has no `id` is named by a keyed hash of its address, because names are not sealed.
///
/// # Errors
/// When it cannot be read, or a row does not say what it must: then nothing of it is used.
pub fn look(file: &Path, directory: &Directory) -> Result<Look> {
    let broken = |cause: String| SyncError::File { file: file.display().to_string(), cause };
    let size = std::fs::metadata(file).map_err(|error| broken(error.to_string()))?.len();
    if size > FILE_MAX_BYTES {
        return Err(broken(format!("{size} octets are too many for a directory")));
    }
    let text = std::fs::read(file).map_err(|error| broken(error.to_string()))?;
    let mut entries = parse(&text).map_err(broken)?;
    veil(&mut entries, directory);
    let sightings = entries.into_iter().map(Sighting::Present).collect();
    Ok(Look { sightings, whole: true, ..Look::default() })
}

fn veil(entries: &mut [Entry], directory: &Directory) {
    let bare = |entry: &&mut Entry| {
        let own = entry.primary.as_ref().is_some_and(|address| address.key() == entry.id.0);
        own && entry.kind == EntryKind::Contact
    };
    let mut veiled = HashMap::new();
    for contact in entries.iter_mut().filter(bare) {
        let id = directory.unreadable_id(&contact.id.0);
        veiled.insert(std::mem::replace(&mut contact.id, id.clone()), id);
    }
    for member in entries.iter_mut().flat_map(|entry| &mut entry.members) {
        if let Some(id) = veiled.get(member) {
            member.clone_from(id);
        }
    }
}

/// Reads rows; what is wrong says in which line.
///
/// # Errors
/// A sentence.
pub fn parse(text: &[u8]) -> Result<Vec<Entry>, String> {
    // Excel begins its files with a byte order mark.
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(text);
    let columns = columns(reader.headers().map_err(|error| error.to_string())?)?;
    let (mut rows, mut ids) = (Vec::new(), HashSet::new());
    for record in reader.records() {
        let record = record.map_err(|error| error.to_string())?;
        let line = record.position().map_or(0, csv::Position::line);
        let row = Row { columns: &columns, record: &record };
        let (entry, members) = row.entry().map_err(|what| format!("line {line}: {what}"))?;
        if !ids.insert(entry.id.clone()) {
            return Err(format!("line {line}: {} is there twice", entry.id));
        }
        rows.push((entry, members, line));
    }
    with_members(rows)
}

fn columns(header: &StringRecord) -> Result<HashMap<&'static str, usize>, String> {
    let mut columns = HashMap::new();
    for (index, name) in header.iter().enumerate() {
        let known = COLUMNS.into_iter().find(|known| known.eq_ignore_ascii_case(name));
        let known =
            known.ok_or_else(|| format!("line 1: no column is called {name:?}; known are {}", COLUMNS.join(", ")))?;
        columns.insert(known, index);
    }
    match ["name", "address"].into_iter().find(|needed| !columns.contains_key(needed)) {
        Some(needed) => Err(format!("line 1: the column {needed:?} is missing")),
        None => Ok(columns),
    }
}

/// Members are named by address and stored by id.
fn with_members(rows: Vec<(Entry, Vec<String>, u64)>) -> Result<Vec<Entry>, String> {
    let keys = |entry: &Entry| entry.addresses().map(Address::key).collect::<Vec<_>>();
    let by_address: HashMap<String, EntryId> =
        rows.iter().flat_map(|(entry, ..)| keys(entry).into_iter().map(|key| (key, entry.id.clone()))).collect();
    let mut entries = Vec::with_capacity(rows.len());
    for (mut entry, members, line) in rows {
        for member in members {
            let id = Address::parse(&member).ok().and_then(|address| by_address.get(&address.key()));
            entry
                .members
                .push(id.cloned().ok_or_else(|| format!("line {line}: the member {member} has no line of its own"))?);
        }
        entries.push(entry);
    }
    Ok(entries)
}

struct Row<'a> {
    columns: &'a HashMap<&'static str, usize>,
    record: &'a StringRecord,
}

impl Row<'_> {
    fn cell(&self, name: &str) -> &str {
        self.columns.get(name).and_then(|index| self.record.get(*index)).unwrap_or_default()
    }

    fn maybe(&self, name: &str) -> Option<String> {
        Some(self.cell(name).to_owned()).filter(|text| !text.is_empty())
    }

    fn says_yes(&self, name: &str) -> bool {
        ["yes", "true", "1", "oui", "ja"].iter().any(|yes| yes.eq_ignore_ascii_case(self.cell(name)))
    }

    fn list(&self, name: &str) -> Vec<String> {
        self.cell(name).split([' ', ';']).filter(|one| !one.is_empty()).map(str::to_owned).collect()
    }

    fn kind(&self) -> Result<EntryKind, String> {
        match self.cell("kind") {
            "" => Ok(EntryKind::Person),
            word => EntryKind::ALL
                .into_iter()
                .find(|kind| kind.as_str().eq_ignore_ascii_case(word))
                .ok_or_else(|| format!("{word:?} is no kind; there are person, shared, group and contact")),
        }
    }

    fn entry(&self) -> Result<(Entry, Vec<String>), String> {
        let parse = |text: &str| Address::parse(text).map_err(|_| format!("{text:?} is no address"));
        let primary = parse(self.cell("address"))?;
        let aliases = self.list("aliases").iter().map(|alias| parse(alias)).collect::<Result<_, _>>()?;
        let id = self.maybe("id").unwrap_or_else(|| primary.key());
        let kind = self.kind()?;
        let named = self.maybe("name").unwrap_or_else(|| primary.to_string());
        let entry = Entry {
            primary: Some(primary),
            aliases,
            given_name: self.cell("given_name").to_owned(),
            family_name: self.cell("family_name").to_owned(),
            hidden: self.says_yes("hidden"),
            can_sign_in: kind == EntryKind::Person && (self.cell("sign_in").is_empty() || self.says_yes("sign_in")),
            phone: self.maybe("phone"),
            department: self.maybe("department"),
            title: self.maybe("title"),
            ..Entry::new(EntryId(id), kind, &named)
        };
        Ok((entry, self.list("members")))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn members_are_named_by_any_address() {
        let text = "kind,name,address,aliases,members\n\
                    person,Ada,ada@corp.test,a@corp.test,\n\
                    group,Tous,tous@corp.test,,A@corp.test\n";
        let entries = parse(text.as_bytes()).unwrap();
        assert_eq!(entries[1].members, [EntryId("ada@corp.test".to_owned())]);
        assert!(entries[0].can_sign_in);
    }

    #[test]
    fn a_wrong_row_is_named_by_its_line() {
        for (text, said) in [
            ("name,address\nAda,nonsense\n", "line 2: \"nonsense\" is no address"),
            ("name,adress\n", "line 1: no column is called \"adress\""),
            ("name\nAda\n", "line 1: the column \"address\" is missing"),
            ("name,address,kind\nAda,a@b.test,robot\n", "line 2: \"robot\" is no kind"),
            ("name,address\nAda,a@b.test\nAda,A@b.test\n", "line 3: a@b.test is there twice"),
        ] {
            let error = parse(text.as_bytes()).unwrap_err();
            assert!(error.starts_with(said), "{error}");
        }
    }
}
