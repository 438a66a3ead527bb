//! Stores that earlier releases left, killed in the middle of things (`tests/clients/keep_store.py`), are opened by this one:
//! everything is there as it was read over IMAP then, nothing is a finding, and it goes on.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mail::{FolderRole, SystemFlags, Timestamp};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use store::directory::Chain;
use store::region::{Arrival, Deliver};
use store::seal::UnlockKey;
use store::{BlobStore, Database, HouseKeys, MailboxId, RegionStore, Store, StoreConfig};

use super::house::{config, raw};

/// UID to flags and SHA-256, by folder.
type Folders = BTreeMap<String, BTreeMap<u32, (Vec<String>, String)>>;

/// The releases that are kept.
fn kept() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kept");
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

struct Kept {
    config: StoreConfig,
    unlock: UnlockKey,
    had: BTreeMap<String, Folders>,
    _data: tempfile::TempDir,
}

impl Kept {
    fn unpack(release: &Path) -> Self {
        let data = tempfile::tempdir().unwrap();
        for name in ["directory.db", "region-main.db"] {
            let packed = std::fs::File::open(release.join(format!("{name}.zst"))).unwrap();
            std::fs::write(data.path().join(name), zstd::decode_all(packed).unwrap()).unwrap();
        }
        let about: Value = serde_json::from_slice(&std::fs::read(release.join("kept.json")).unwrap()).unwrap();
        let key = |name: &str| {
            let bytes = STANDARD.decode(about["keys"][name].as_str().unwrap()).unwrap();
            <[u8; 32]>::try_from(bytes).unwrap().into()
        };
        let unlock = UnlockKey::from_base64(about["keys"]["unlock"].as_str().unwrap()).unwrap();
        let mut config = config(data.path(), &unlock);
        config.keys = HouseKeys { integrity: key("integrity"), hash: key("hash"), transit: key("transit") };
        config.regions[0].name = mail::Region::parse("main").unwrap();
        // They were written by the embedded engine.
        (config.regions[0].database, config.regions[0].blobs) = (Database::Folder, BlobStore::Folder);
        let mailboxes = about["mailboxes"].as_object().unwrap();
        let had = mailboxes.iter().map(|(address, folders)| (address.clone(), folders_of(folders))).collect();
        Self { config, unlock, had, _data: data }
    }

    async fn open(&self) -> Store {
        let store = Store::open(self.config.clone()).await.unwrap();
        store.default_region().unseal(&self.unlock, None).await.unwrap();
        store
    }
}

fn folders_of(folders: &Value) -> Folders {
    let message = |(uid, message): (&String, &Value)| {
        let flags = message["flags"].as_array().unwrap().iter().map(|flag| flag.as_str().unwrap().to_owned());
        (uid.parse().unwrap(), (flags.collect(), message["sha256"].as_str().unwrap().to_owned()))
    };
    let folder = |(name, messages): (&String, &Value)| {
        (name.clone(), messages.as_object().unwrap().iter().map(message).collect())
    };
    folders.as_object().unwrap().iter().map(folder).collect()
}

async fn has(region: &RegionStore, mailbox: MailboxId) -> Folders {
    let mut folders = Folders::new();
    for folder in region.folders(mailbox).await.unwrap() {
        let messages = folders.entry(folder.name).or_default();
        for placed in region.messages(mailbox, folder.id).await.unwrap() {
            let raw = region.raw(mailbox, placed.content).await.unwrap();
            let mut flags: Vec<String> = placed.flags.names().map(str::to_owned).collect();
            flags.sort();
            messages.insert(placed.uid, (flags, hex::encode(Sha256::digest(raw))));
        }
    }
    folders
}

async fn mailbox_of(region: &RegionStore, address: &str) -> MailboxId {
    region.mailboxes().await.unwrap().into_iter().find(|row| row.address == address).unwrap().id
}

async fn nothing_is_wrong(store: &Store) {
    let (directory, region) = (store.directory(), store.default_region());
    region.verify().await.unwrap();
    region.look_for_damage().await.unwrap();
    assert_eq!((region.findings(), region.damage()), Default::default());
    assert_eq!(directory.findings().await.unwrap(), []);
    assert!(matches!(directory.audit_verify().await.unwrap(), Chain::Whole { count, .. } if count > 0));
}

#[tokio::test]
async fn what_an_earlier_release_left_is_there_and_goes_on() {
    let kept = kept();
    assert!(kept.len() >= 2, "{kept:?}");
    for release in kept {
        let kept = Kept::unpack(&release);
        let store = kept.open().await;
        nothing_is_wrong(&store).await;
        for (address, had) in &kept.had {
            let region = store.default_region();
            let mailbox = mailbox_of(region, address).await;
            let now = has(region, mailbox).await;
            for (folder, messages) in had {
                for (uid, message) in messages {
                    let there = now.get(folder).and_then(|messages| messages.get(uid));
                    assert_eq!(there, Some(message), "{address}, {folder} {uid} of {}", release.display());
                }
            }
        }
        goes_on(&kept, store).await;
    }
}

/// Takes new mail, and has it after the next start.
async fn goes_on(kept: &Kept, store: Store) {
    let (address, _) = kept.had.first_key_value().unwrap();
    let region = store.default_region();
    let mailbox = mailbox_of(region, address).await;
    let arrival = Arrival {
        content: region.new_content_id(),
        raw: raw("nouveau"),
        reverse_path: mail::ReversePath::Null,
        envelope_id: None,
        body_8bit: false,
        smtputf8: false,
        deliver: vec![Deliver { mailbox, role: FolderRole::Inbox, flags: SystemFlags::NONE }],
        relay: Vec::new(),
        at: region.heard().plus_s(1),
    };
    region.accept(arrival).await.unwrap();
    let before = has(region, mailbox).await;
    let digest = hex::encode(Sha256::digest(raw("nouveau")));
    assert!(before["INBOX"].values().any(|(_, sha256)| *sha256 == digest));
    store.directory().audit(Timestamp::from_ms(i64::MAX / 2), "test", "went on", "{}").await.unwrap();
    drop(store);
    let store = kept.open().await;
    assert_eq!(has(store.default_region(), mailbox).await, before);
    nothing_is_wrong(&store).await;
}
