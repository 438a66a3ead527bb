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
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, SqliteConnection};
use tempfile::TempDir;

use super::*;
use crate::seal::UnlockKey;
use crate::{EntryId, HouseKeys, RegionConfig};

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
            regions: vec![RegionConfig { name: region, country: "FR".to_owned(), unlock_public: unlock.public() }],
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
    pub(super) async fn intruder(&self) -> SqliteConnection {
        let path = self.folder.path().join("directory.db");
        SqliteConnectOptions::new().filename(path).connect().await.unwrap()
    }

    /// Everything in the data folder, in bytes.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let files = std::fs::read_dir(self.folder.path()).unwrap();
        files.flat_map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect()
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

pub(super) async fn execute(db: &mut SqliteConnection, sql: &'static str) -> u64 {
    sqlx::query(sql).execute(db).await.unwrap().rows_affected()
}
