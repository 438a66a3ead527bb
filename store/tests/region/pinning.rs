//! A mailbox is where it is pinned, and nowhere else; a region that cannot be used does not hinder the others.

use mail::{Address, Region};
use sqlx::Connection as _;
use store::directory::{Entry, EntryKind, Sighting};
use store::region::NewMailbox;
use store::seal::UnlockKey;
use store::{BlobStore, Database, EntryId, Pinning, RegionConfig, Store, StoreConfig, StoreError};

use super::house::{START, config};

/// `paris` in the data folder, `bonn` in a folder of its own.
pub fn two(folder: &std::path::Path) -> StoreConfig {
    two_under(folder, &UnlockKey::generate(), &UnlockKey::generate())
}

/// The same under these unlock keys.
pub fn two_under(folder: &std::path::Path, unlock: &UnlockKey, of_bonn: &UnlockKey) -> StoreConfig {
    let mut config = config(&folder.join("data"), unlock);
    config.database = super::house::database();
    let bonn = folder.join("bonn");
    config.regions = vec![
        RegionConfig { name: region("paris"), ..config.regions.remove(0) },
        RegionConfig {
            name: region("bonn"),
            country: "DE".to_owned(),
            place: Some("eu-central-1".to_owned()),
            unlock_public: of_bonn.public(),
            database: Database::At(bonn.clone()),
            blobs: BlobStore::At(bonn),
        },
    ];
    config
}

pub fn region(name: &str) -> Region {
    Region::parse(name).unwrap()
}

pub fn mailbox(owner: &str) -> [NewMailbox; 1] {
    [NewMailbox { owner: EntryId::from(owner), address: format!("{owner}@corp.test"), shared: false }]
}

fn person(id: &str, region: Option<&str>) -> Entry {
    let region = region.map(|name| Region::parse(name).unwrap());
    let primary = Some(Address::parse(&format!("{id}@corp.test")).unwrap());
    Entry { region, primary, ..Entry::new(EntryId::from(id), EntryKind::Person, id) }
}

#[tokio::test]
async fn a_region_refuses_whom_another_has() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(two(folder.path())).await.unwrap();
    let (paris, bonn) = (store.region(&region("paris")).unwrap(), store.region(&region("bonn")).unwrap());
    bonn.provision(&mailbox("ada"), START).await.unwrap();
    let refused = paris.provision(&mailbox("ada"), START).await.unwrap_err();
    assert!(matches!(&refused, StoreError::PinnedElsewhere { pinned, .. } if pinned == "bonn"), "{refused}");
    assert_eq!(paris.mailbox_count().await.unwrap(), 0);
    bonn.provision(&mailbox("ada"), START).await.unwrap();
    assert_eq!(bonn.mailbox_count().await.unwrap(), 1);
}

#[tokio::test]
async fn rules_are_asked_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(two(folder.path())).await.unwrap();
    let group = Address::parse("rhin@corp.test").unwrap();
    let members = vec![EntryId::from("cleo")];
    let seen = [
        person("ada", Some("bonn")),
        person("bert", None),
        person("cleo", None),
        Entry { primary: Some(group.clone()), members, ..Entry::new(EntryId::from("rhin"), EntryKind::Group, "Rhin") },
    ];
    let sightings = seen.iter().cloned().map(Sighting::Present).collect();
    store.directory().observe("csv", sightings, None, START).await.unwrap();
    let ruled = store.clone().with_pinning(Pinning { groups: vec![(group, region("bonn"))], default: None });
    for (entry, home) in seen.iter().zip(["bonn", "paris", "bonn"]) {
        assert_eq!(ruled.home(entry).await.unwrap(), region(home), "{}", entry.id);
    }
    ruled.region(&region("bonn")).unwrap().provision(&mailbox("cleo"), START).await.unwrap();
    // Out of the group, and told otherwise: the mailbox stays where it is.
    assert_eq!(store.home(&person("cleo", Some("paris"))).await.unwrap(), region("bonn"));
    let everybody = Pinning { groups: Vec::new(), default: Some(region("bonn")) };
    assert_eq!(store.with_pinning(everybody).home(&person("dora", None)).await.unwrap(), region("bonn"));
}

#[tokio::test]
async fn a_missing_disk_closes_its_region_only() {
    let folder = tempfile::tempdir().unwrap();
    let config = two(folder.path());
    let store = Store::open(config.clone()).await.unwrap();
    store.region(&region("bonn")).unwrap().provision(&mailbox("ada"), START).await.unwrap();
    drop(store);
    std::fs::rename(folder.path().join("bonn"), folder.path().join("unmounted")).unwrap();
    let store = opened(&config).await;
    assert_eq!(store.regions().count(), 1);
    let closed = &store.closed()[0];
    assert_eq!((closed.name.as_str(), closed.mailboxes), ("bonn", 1));
    assert!(closed.why.contains("is its disk mounted?"), "{}", closed.why);
    assert!(!folder.path().join("bonn").exists(), "nothing is made in its stead");
    let refused = store.region(&region("bonn")).err().unwrap();
    assert!(matches!(refused, StoreError::RegionClosed { .. }) && refused.is_transient());
    store.default_region().provision(&mailbox("bert"), START).await.unwrap();
    let elsewhere = store.default_region().provision(&mailbox("ada"), START).await.unwrap_err();
    assert!(matches!(elsewhere, StoreError::PinnedElsewhere { .. }), "{elsewhere}");
}

#[tokio::test]
async fn another_place_closes_a_region() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = two(folder.path());
    drop(Store::open(config.clone()).await.unwrap());
    config.regions[1].place = Some("us-east-1".to_owned());
    let store = opened(&config).await;
    let why = &store.closed()[0].why;
    assert!(why.contains("declared in us-east-1") && why.contains("eu-central-1"), "{why}");
}

#[tokio::test]
async fn a_region_that_left_the_file_is_named_with_its_mailboxes() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = two(folder.path());
    let store = Store::open(config.clone()).await.unwrap();
    for owner in ["ada", "bert"] {
        store.region(&region("bonn")).unwrap().provision(&mailbox(owner), START).await.unwrap();
    }
    drop(store);
    config.regions.pop();
    let store = opened(&config).await;
    let closed = &store.closed()[0];
    assert!(closed.why.contains("2 mailboxes are pinned to region bonn"), "{}", closed.why);
    assert!(closed.remedy.contains("[[region]]") && closed.remedy.contains("relais region move"), "{}", closed.remedy);
    assert!(matches!(store.region(&region("bonn")), Err(StoreError::RegionClosed { .. })));
}

/// A dropped store lets go of its folders a moment later.
pub async fn opened(config: &StoreConfig) -> Store {
    loop {
        match Store::open(config.clone()).await {
            Err(StoreError::Locked(_)) => tokio::task::yield_now().await,
            other => return other.unwrap(),
        }
    }
}

#[tokio::test]
async fn mailboxes_of_before_there_were_pins_are_pinned_where_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let mut both = two(folder.path());
    both.database = Database::Folder;
    let alone = StoreConfig { regions: both.regions[..1].to_vec(), ..both.clone() };
    let store = Store::open(alone).await.unwrap();
    store.default_region().provision(&mailbox("ada"), START).await.unwrap();
    drop(store);
    let old = format!("sqlite://{}", folder.path().join("data/directory.db").display());
    let mut db = sqlx::SqliteConnection::connect(&old).await.unwrap();
    assert_eq!(sqlx::query("DELETE FROM pin").execute(&mut db).await.unwrap().rows_affected(), 1);
    db.close().await.unwrap();
    let store = opened(&both).await.with_pinning(Pinning { groups: Vec::new(), default: Some(region("bonn")) });
    assert_eq!(store.home(&person("ada", Some("bonn"))).await.unwrap(), region("paris"));
    let refused = store.region(&region("bonn")).unwrap().provision(&mailbox("ada"), START).await.unwrap_err();
    assert!(matches!(refused, StoreError::PinnedElsewhere { .. }), "{refused}");
}

#[tokio::test]
async fn a_pin_that_somebody_else_wrote_is_not_followed_and_is_a_finding() {
    let folder = tempfile::tempdir().unwrap();
    let mut both = two(folder.path());
    both.database = Database::Folder;
    let store = Store::open(both).await.unwrap();
    store.default_region().provision(&mailbox("ada"), START).await.unwrap();
    let directory = format!("sqlite://{}", folder.path().join("data/directory.db").display());
    let mut db = sqlx::SqliteConnection::connect(&directory).await.unwrap();
    sqlx::query("UPDATE pin SET region = 'bonn'").execute(&mut db).await.unwrap();
    let refused = store.home(&person("ada", None)).await.unwrap_err();
    assert!(matches!(refused, StoreError::Tampered(_)), "{refused}");
    let findings = store.directory().findings().await.unwrap();
    assert!(findings.iter().any(|found| found.table == "pin" && found.row == "ada"), "{findings:?}");
}
