//! A version of an entry as a row: how it is coded, checked, written and read.

use crate::db::{self, Conn};

use super::Directory;
use super::contact::{ContactKeys, close_route, open_route};
use super::entry::{Entry, EntryKind};
use super::guard::Guard;
use super::ledger::Area;
use crate::{EntryId, Result, StoreError};

/// The form of a payload: its first octet.
const FORM: u8 = 1;
/// Rows in one INSERT.
const BATCH_ROWS: usize = 64;

/// Selects rows of `entry e`; the rest of the statement follows.
macro_rules! select_entries {
    ($rest:literal) => {
        concat!(
            "SELECT e.version, e.id, e.bucket, e.source, e.kind, e.digest, e.payload, e.route, e.seen_from, ",
            "e.seen_until, e.mac FROM ",
            $rest
        )
    };
}
pub(super) use select_entries;

#[derive(Clone, Debug)]
pub(super) struct EntryRow {
    pub(super) version: i64,
    pub(super) id: String,
    pub(super) bucket: i64,
    pub(super) source: String,
    pub(super) kind: i64,
    pub(super) digest: Vec<u8>,
    pub(super) payload: Vec<u8>,
    pub(super) route: Option<Vec<u8>>,
    pub(super) seen_from: i64,
    pub(super) seen_until: Option<i64>,
    pub(super) mac: Vec<u8>,
}

crate::db::record!(EntryRow { version, id, bucket, source, kind, digest, payload, route, seen_from, seen_until, mac });

impl EntryRow {
    /// The code that this row should carry.
    pub(super) fn code(&self, guard: &Guard) -> [u8; 32] {
        guard.row(
            "entry",
            &[
                self.version.into(),
                self.id.as_str().into(),
                self.bucket.into(),
                self.source.as_str().into(),
                self.kind.into(),
                self.digest.as_slice().into(),
                self.payload.as_slice().into(),
                self.route.as_deref().into(),
                self.seen_from.into(),
                self.seen_until.into(),
            ],
        )
    }

    /// Whether this row is as Relais wrote it.
    pub(super) fn is_ours(&self, guard: &Guard) -> bool {
        crate::mac::same(&self.mac, &self.code(guard))
    }

    /// Fails unless this row is as Relais wrote it.
    pub(super) fn check(&self, guard: &Guard) -> Result<()> {
        self.is_ours(guard).then_some(()).ok_or_else(|| StoreError::Tampered(format!("directory entry {}", self.id)))
    }

    /// The entry, checked. Of a sealed contact only the name of it and where its mail goes.
    pub(super) fn entry(&self, guard: &Guard, contacts: &ContactKeys) -> Result<Entry> {
        self.check(guard)?;
        let kind = EntryKind::from_number(self.kind);
        if kind != Some(EntryKind::Contact) {
            return self.decoded(&self.payload);
        }
        match contacts.open(&self.id, &self.payload) {
            Some(payload) => self.decoded(&payload),
            None => Ok(self.sealed_contact(guard)),
        }
    }

    fn sealed_contact(&self, guard: &Guard) -> Entry {
        let route = self.route.as_deref().and_then(|route| open_route(guard, &self.id, route));
        Entry { primary: route, ..Entry::new(EntryId(self.id.clone()), EntryKind::Contact, "") }
    }

    fn decoded(&self, payload: &[u8]) -> Result<Entry> {
        let corrupt = || StoreError::Corrupt(format!("directory entry {} is of no known form", self.id));
        match payload.split_first() {
            Some((&FORM, rest)) => postcard::from_bytes(rest).map_err(|_| corrupt()),
            _ => Err(corrupt()),
        }
    }
}

/// An entry made ready to be compared and written.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) id: String,
    pub(super) digest: [u8; 32],
    entry: Entry,
    payload: Vec<u8>,
    route: Option<Vec<u8>>,
    keys: Vec<[u8; 16]>,
}

impl Draft {
    /// Enough to compare.
    pub(super) fn of(entry: Entry, guard: &Guard) -> Result<Self> {
        let coded = postcard::to_extend(&entry, vec![FORM]);
        let payload = coded.map_err(|error| StoreError::Refused(format!("an entry cannot be stored: {error}")))?;
        let (id, digest) = (entry.id.0.clone(), guard.hash("entry", &payload));
        Ok(Self { id, digest, entry, payload, route: None, keys: Vec::new() })
    }

    /// Enough to write. Seals what has to be sealed: a public-key operation for a contact, nothing for others.
    pub(super) fn sealed(mut self, guard: &Guard, contacts: &ContactKeys) -> Result<Self> {
        self.keys = keys_of(&self.entry, guard);
        if self.entry.kind == EntryKind::Contact {
            self.payload = contacts.seal(&self.id, &self.payload)?;
            self.route = self.entry.primary.as_ref().map(|address| close_route(guard, &self.id, address));
        }
        Ok(self)
    }

    /// The hashes under which it is found.
    pub(super) fn keys(&self) -> &[[u8; 16]] {
        &self.keys
    }

    /// The row of it.
    pub(super) fn row(&self, version: i64, source: &str, seen_from: i64, guard: &Guard) -> EntryRow {
        let mut row = EntryRow {
            version,
            id: self.id.clone(),
            bucket: bucket_of(&self.id, guard),
            source: source.to_owned(),
            kind: self.entry.kind.number(),
            digest: self.digest.to_vec(),
            payload: self.payload.clone(),
            route: self.route.clone(),
            seen_from,
            seen_until: None,
            mac: Vec::new(),
        };
        row.mac = row.code(guard).to_vec();
        row
    }
}

/// The bucket of an entry.
pub(super) fn bucket_of(id: &str, guard: &Guard) -> i64 {
    Area::Entry.bucket(&guard.hash("entry bucket", id.as_bytes()))
}

// A mailbox is also found by the local part alone, to sign in.
fn keys_of(entry: &Entry, guard: &Guard) -> Vec<[u8; 16]> {
    let mut keys: Vec<_> = entry.addresses().map(|address| guard.address_key(address)).collect();
    if entry.kind.has_mailbox() {
        keys.extend(entry.addresses().map(|address| guard.local_key(address.local())));
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Writes new rows and their hashes.
pub(super) async fn insert(db: &mut Conn, rows: &[(EntryRow, Vec<[u8; 16]>)]) -> Result<()> {
    for some in rows.chunks(BATCH_ROWS) {
        const HEAD: &str = "INSERT INTO entry (version, id, bucket, source, kind, digest, payload, route, seen_from,
                                               seen_until, mac)";
        let mut put = db::Insert::new(HEAD, 11, some.len());
        for (row, _) in some {
            put = put.bind(row.version).bind(&row.id).bind(row.bucket).bind(&row.source);
            put = put.bind(row.kind).bind(&row.digest).bind(&row.payload).bind(row.route.as_deref());
            put = put.bind(row.seen_from).bind(row.seen_until).bind(&row.mac);
        }
        put.execute(&mut *db).await?;
    }
    let keys: Vec<_> = rows.iter().flat_map(|(row, keys)| keys.iter().map(|key| (*key, row.version))).collect();
    for some in keys.chunks(BATCH_ROWS * 4) {
        let mut put = db::Insert::new("INSERT OR IGNORE INTO address (key, version)", 2, some.len());
        for (key, version) in some {
            put = put.bind(key).bind(*version);
        }
        put.execute(&mut *db).await?;
    }
    Ok(())
}

impl Directory {
    /// The entry of a row that was read.
    pub(super) fn read(&self, row: &EntryRow) -> Result<Entry> {
        row.entry(&self.guard, &self.contacts)
    }
}
