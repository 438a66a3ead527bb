//! A directory in a file, for organisations that have no other, and for `relais people import`.
//!
//! ```text
//!   kind,name,address,aliases,id,given_name,family_name,members,hidden,phone,department,title
//!   person,Ada Byron,ada@mairie.example,a.byron@mairie.example contact@mairie.example,...
//! ```
//!
//! The column `region` names a region outright. The first line names the columns, in any order; `name` and `address` must be there. `kind` is `person` unless it is
//! `shared`, `group` or `contact`. Several values in a cell are separated by spaces; members are addresses. Without an
//! `id` the address is the key: whoever changes address is then somebody else.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use csv::StringRecord;
use mail::{Address, Region};
use store::directory::{Entry, EntryKind, Sighting};
use store::{Directory, EntryId};

use super::Look;
use crate::{Result, SyncError};

const COLUMNS: [&str; 14] = [
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
    "region",
];
/// A file larger than this is none of ours.
const FILE_MAX_BYTES: u64 = 256 << 20;

/// Reads the whole file. A contact that has no `id` is named by a keyed hash of its address, because names are not sealed.
///
/// # Errors
/// When it cannot be read, or a row does not say what it must: then nothing of it is used.
pub fn look(file: &Path, directory: &Directory) -> Result<Look> {
    let checked = Checked::open(file, directory)?;
    let sightings = checked.entries().map(|entry| entry.map(Sighting::Present));
    Ok(Look { sightings: sightings.collect::<Result<_>>()?, whole: true, ..Look::default() })
}

/// A file of which every row was looked at: its entries are made one by one, so that nobody holds all of them.
pub struct Checked {
    name: String,
    text: Vec<u8>,
    veil: Veil,
    /// How many entries there are.
    pub count: usize,
    members: HashMap<String, EntryId>,
}

/// Makes a name for a contact that has none but its address.
type Veil = Box<dyn Fn(&str) -> EntryId + Send + Sync>;

impl Checked {
    /// Reads and checks the file.
    ///
    /// # Errors
    /// As for [`look`].
    pub fn open(file: &Path, directory: &Directory) -> Result<Self> {
        let name = file.display().to_string();
        let broken = |cause: String| SyncError::File { file: name.clone(), cause };
        let size = std::fs::metadata(file).map_err(|error| broken(error.to_string()))?.len();
        if size > FILE_MAX_BYTES {
            return Err(broken(format!("{size} octets are too many for a directory")));
        }
        let text = std::fs::read(file).map_err(|error| broken(error.to_string()))?;
        let directory = directory.clone();
        Self::of(name, text, Box::new(move |address| directory.unreadable_id(address)))
    }

    fn of(name: String, text: Vec<u8>, veil: Veil) -> Result<Self> {
        let mut checked = Self { name, text, veil, count: 0, members: HashMap::new() };
        checked.check().map_err(|cause| SyncError::File { file: checked.name.clone(), cause })?;
        Ok(checked)
    }

    fn check(&mut self) -> Result<(), String> {
        let (mut ids, mut named) = (HashSet::new(), HashMap::new());
        for row in rows(&self.text)? {
            let (entry, members, line) = row?;
            let twice = || format!("line {line}: {} is there twice", entry.id);
            if !ids.insert(entry.id.clone()) {
                return Err(twice());
            }
            for member in members {
                let key = Address::parse(&member).map(|address| address.key()).unwrap_or_else(|_| member.clone());
                named.entry(key).or_insert((line, member));
            }
        }
        self.count = ids.len();
        for row in rows(&self.text)? {
            let entry = self.veiled(row?.0);
            let keys = entry.addresses().map(Address::key).filter(|key| named.contains_key(key));
            self.members.extend(keys.map(|key| (key, entry.id.clone())).collect::<Vec<_>>());
        }
        let unknown = named.iter().filter(|(key, _)| !self.members.contains_key(*key)).map(|(_, who)| who).min();
        unknown.map_or(Ok(()), |(line, member)| Err(format!("line {line}: the member {member} has no line of its own")))
    }

    fn veiled(&self, mut entry: Entry) -> Entry {
        let bare = entry.primary.as_ref().is_some_and(|address| address.key() == entry.id.0);
        if bare && entry.kind == EntryKind::Contact {
            entry.id = (self.veil)(&entry.id.0);
        }
        entry
    }

    /// The entries, in the order of the file.
    pub fn entries(&self) -> impl Iterator<Item = Result<Entry>> + '_ {
        let broken = |cause: String| SyncError::File { file: self.name.clone(), cause };
        let rows = rows(&self.text).map_err(broken);
        let (rows, error) = rows.map_or_else(|error| (None, Some(Err(error))), |rows| (Some(rows), None));
        let entry = move |row: Result<Parsed, String>| {
            let (entry, members, _) = row.map_err(broken)?;
            let id = |member: &String| self.members.get(&Address::parse(member).ok()?.key()).cloned();
            let members = members.iter().filter_map(id).collect();
            Ok(Entry { members, ..self.veiled(entry) })
        };
        error.into_iter().chain(rows.into_iter().flatten().map(entry))
    }
}

/// What a text says, contacts by their addresses.
///
/// # Errors
/// A sentence that names the line.
pub fn parse(text: &[u8]) -> Result<Vec<Entry>, String> {
    let cause = |error| match error {
        SyncError::File { cause, .. } => cause,
        other => other.to_string(),
    };
    let checked = Checked::of(String::new(), text.to_vec(), Box::new(|address| EntryId(address.to_owned())));
    checked.map_err(cause)?.entries().collect::<Result<_>>().map_err(cause)
}

/// An entry without its members, the members' addresses, and its line.
type Parsed = (Entry, Vec<String>, u64);

/// The rows of a file; what is wrong says in which line.
fn rows(text: &[u8]) -> Result<impl Iterator<Item = Result<Parsed, String>> + '_, String> {
    // Excel begins its files with a byte order mark.
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(text);
    let columns = columns(reader.headers().map_err(|error| error.to_string())?)?;
    let row = move |record: Result<StringRecord, csv::Error>| {
        let record = record.map_err(|error| error.to_string())?;
        let line = record.position().map_or(0, csv::Position::line);
        let row = Row { columns: &columns, record: &record };
        let (entry, members) = row.entry().map_err(|what| format!("line {line}: {what}"))?;
        Ok((entry, members, line))
    };
    Ok(reader.into_records().map(row))
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

    fn region(&self) -> Result<Option<Region>, String> {
        let parse = |text: String| Region::parse(&text).map_err(|error| format!("{text:?}: {error}"));
        self.maybe("region").map(parse).transpose()
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
            region: self.region()?,
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
    fn a_contact_and_its_membership_are_veiled_alike() {
        let text = "kind,name,address,members\ngroup,Tous,tous@corp.test,z@partner.test\ncontact,Z,Z@partner.test,\n";
        let veil = |address: &str| EntryId(format!("v-{address}"));
        let checked = Checked::of(String::new(), text.as_bytes().to_vec(), Box::new(veil)).unwrap();
        assert_eq!(checked.count, 2);
        let entries: Vec<Entry> = checked.entries().map(Result::unwrap).collect();
        assert_eq!(entries[1].id.0, "v-z@partner.test");
        assert_eq!(entries[0].members, [entries[1].id.clone()]);
    }

    #[test]
    fn a_wrong_row_is_named_by_its_line() {
        for (text, said) in [
            ("name,address\nAda,nonsense\n", "line 2: \"nonsense\" is no address"),
            ("name,adress\n", "line 1: no column is called \"adress\""),
            ("name\nAda\n", "line 1: the column \"address\" is missing"),
            ("name,address,kind\nAda,a@b.test,robot\n", "line 2: \"robot\" is no kind"),
            ("name,address\nAda,a@b.test\nAda,A@b.test\n", "line 3: a@b.test is there twice"),
            ("name,address,members\nA,a@b.test,c@b.test\n", "line 2: the member c@b.test has no line of its own"),
        ] {
            let error = parse(text.as_bytes()).unwrap_err();
            assert!(error.starts_with(said), "{error}");
        }
    }
}
