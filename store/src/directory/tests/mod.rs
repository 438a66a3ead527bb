//! A town hall of a few people, and somebody who can write to its database.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod accounts;
mod audit;
mod book;
mod contacts;
mod intruder;
mod observing;
mod resolving;
mod runs;

use mail::{Address, Region, Timestamp};
use tempfile::TempDir;

use super::*;
use crate::db::{self, Conn};
use crate::seal::UnlockKey;
use crate::{Database, EntryId, HouseKeys, RegionConfig};

pub(super) const NOW: Timestamp = Timestamp::from_unix_s(1_800_000_000);
pub(super) const LDAP: &str = "ldap";

pub(super) struct House {
    pub(super) directory: Directory,
    pub(super) unlock: UnlockKey,
    config: StoreConfig,
    folder: TempDir,
}

impl House {
    pub(super) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let unlock = UnlockKey::generate();
        let region = Region::parse("fr").unwrap();
        let config = StoreConfig {
            data: folder.path().to_owned(),
            node: "one".to_owned(),
            database: Database::of_tests(),
            regions: vec![RegionConfig {
                name: region,
                country: "FR".to_owned(),
                place: None,
                unlock_public: unlock.public(),
                database: Database::default(),
                blobs: crate::BlobStore::default(),
            }],
            keys: HouseKeys::generate(),
        };
        Self { directory: Directory::open(&config).await.unwrap(), unlock, config, folder }
    }

    /// The same house after a restart.
    pub(super) async fn reopened(self) -> Self {
        let directory = Directory::open(&self.config).await.unwrap();
        Self { directory, ..self }
    }

    /// A second connection to the database, by somebody without the keys.
    pub(super) async fn intruder(&self) -> Conn {
        self.directory.engine.readers.acquire().await.unwrap()
    }

    /// Everything in the data folder, in bytes.
    pub(super) async fn bytes(&self) -> Vec<u8> {
        let files = std::fs::read_dir(self.folder.path()).unwrap();
        let mut all: Vec<u8> = files.flat_map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect();
        if self.config.database != Database::Folder {
            let rows = "SELECT payload, coalesce(route, x'00'), id FROM entry";
            let rows: Vec<(Vec<u8>, Vec<u8>, String)> =
                db::query_as(rows).fetch_all(&mut self.intruder().await).await.unwrap();
            rows.into_iter().for_each(|(payload, route, id)| all.extend([payload, route, id.into_bytes()].concat()));
        }
        all
    }

    pub(super) async fn observe(&self, seen: Vec<Sighting>, at: Timestamp) -> Observed {
        self.directory.observe(LDAP, seen, Some(b"cookie".to_vec()), at).await.unwrap()
    }

    pub(super) async fn resolve(&self, text: &str, as_of: AsOf) -> Resolved {
        self.directory.resolve(&address(text), as_of).await.unwrap()
    }
}

pub(super) fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

pub(super) fn id(text: &str) -> EntryId {
    EntryId::from(text)
}

pub(super) fn entry(kind: EntryKind, name: &str, aliases: &[&str]) -> Entry {
    Entry {
        primary: Some(address(&format!("{name}@corp.test"))),
        aliases: aliases.iter().map(|alias| address(alias)).collect(),
        ..Entry::new(id(name), kind, name)
    }
}

pub(super) fn person(name: &str, aliases: &[&str]) -> Sighting {
    Sighting::Present(entry(EntryKind::Person, name, aliases))
}

pub(super) fn group(name: &str, members: &[&str]) -> Sighting {
    let members = members.iter().map(|member| id(member)).collect();
    Sighting::Present(Entry { members, ..entry(EntryKind::Group, name, &[]) })
}

pub(super) fn contact(name: &str, at: &str) -> Sighting {
    let primary = Some(address(at));
    let phone = Some("+33 1 99 00 00 01".to_owned());
    Sighting::Present(Entry { primary, phone, ..Entry::new(id(name), EntryKind::Contact, "Zénobie Quincampoix") })
}

pub(super) fn mailbox(name: &str) -> Resolved {
    Resolved::Mailbox(id(name))
}

pub(super) async fn execute(db: &mut Conn, sql: &'static str) -> u64 {
    db::query(sql).execute(db).await.unwrap().rows_affected()
}
