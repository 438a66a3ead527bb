//! A store in a folder of its own, with one mailbox.

use mail::{Address, Flags, FolderRole, Region, ReversePath, SystemFlags, Timestamp};
use store::region::{Arrival, CleanPoint, Deliver, Due, Folder, NewMailbox, Place, Placed, RelayTo, Seen};
use store::seal::UnlockKey;
use store::{
    BlobStore, ContentId, Database, EntryId, HouseKeys, MailboxId, RegionConfig, RegionStore, Store, StoreConfig,
};

/// The moment everything starts at.
pub const START: Timestamp = Timestamp::from_unix_s(1_790_000_000);

pub struct House {
    pub folder: tempfile::TempDir,
    pub config: StoreConfig,
    pub unlock: UnlockKey,
    pub store: Store,
    pub mailbox: MailboxId,
}

/// `RELAIS_TEST_POSTGRES` names a server, so that every case runs on both engines.
pub fn database() -> Database {
    match std::env::var("RELAIS_TEST_POSTGRES") {
        Ok(url) => Database::Postgres { url: url.into(), prefix: format!("t{}", ContentId(rand::random())) },
        Err(_) => Database::Folder,
    }
}

/// `RELAIS_TEST_BUCKET` is the endpoint of an S3 service with a bucket `relais`, so that every case runs on it too.
pub fn blobs() -> BlobStore {
    let Ok(endpoint) = std::env::var("RELAIS_TEST_BUCKET") else { return BlobStore::Folder };
    let _ = rustls::crypto::ring::default_provider().install_default();
    let options = [
        ("endpoint", endpoint.as_str()),
        ("region", "eu-west-3"),
        ("access_key_id", "relais"),
        ("secret_access_key", "relais-secret"),
        ("allow_http", "true"),
    ];
    let options = options.map(|(key, value)| (key.to_owned(), value.to_owned())).to_vec();
    BlobStore::Bucket { url: format!("s3://relais/{}", ContentId(rand::random())), options }
}

pub fn config(data: &std::path::Path, unlock: &UnlockKey) -> StoreConfig {
    let name = Region::parse("fr-test").unwrap();
    let region = RegionConfig {
        name,
        country: "FR".to_owned(),
        place: None,
        unlock_public: unlock.public(),
        database: database(),
        blobs: blobs(),
    };
    StoreConfig {
        data: data.to_owned(),
        node: "n1".to_owned(),
        database: Database::Folder,
        regions: vec![region],
        keys: HouseKeys::generate(),
    }
}

impl House {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let unlock = UnlockKey::generate();
        let config = config(folder.path(), &unlock);
        Self::of(config, folder, unlock).await
    }

    /// One of this configuration.
    pub async fn of(config: StoreConfig, folder: tempfile::TempDir, unlock: UnlockKey) -> Self {
        let store = Store::open(config.clone()).await.unwrap();
        let new = NewMailbox { owner: EntryId::from("accueil"), address: "accueil@corp.test".into(), shared: false };
        let mailbox = store.default_region().provision(&[new], START).await.unwrap()[0];
        Self { folder, config, unlock, store, mailbox }
    }

    pub fn region(&self) -> &RegionStore {
        self.store.default_region()
    }

    pub async fn unseal(&self) {
        assert_eq!(self.region().unseal(&self.unlock, None).await.unwrap(), 1);
    }

    pub async fn clean_point(&self, s: i64) {
        self.region().set_clean_point(None, CleanPoint::At(START.plus_s(s)), START.plus_s(s)).await.unwrap();
    }

    pub async fn see(&self, seen: Vec<Seen>) {
        self.region().record(self.mailbox, seen, None).await.unwrap();
    }

    pub async fn folders(&self) -> Vec<Folder> {
        self.region().folders(self.mailbox).await.unwrap()
    }

    pub async fn named(&self, name: &str) -> Folder {
        let folders = self.folders().await;
        folders.iter().find(|folder| folder.name == name).unwrap_or_else(|| panic!("{name} in {folders:?}")).clone()
    }

    pub async fn role(&self, role: FolderRole) -> Folder {
        self.folders().await.into_iter().find(|folder| folder.role == Some(role)).unwrap()
    }

    pub async fn messages(&self, name: &str) -> Vec<Placed> {
        let folder = self.named(name).await;
        self.region().messages(self.mailbox, folder.id).await.unwrap()
    }

    /// The bodies in a folder, as text.
    pub async fn bodies(&self, name: &str) -> Vec<String> {
        let mut bodies = Vec::new();
        for message in self.messages(name).await {
            bodies.push(self.body(message.content).await);
        }
        bodies
    }

    pub async fn body(&self, content: ContentId) -> String {
        let raw = self.region().raw(self.mailbox, content).await.unwrap();
        String::from_utf8(raw).unwrap().split("\r\n\r\n").nth(1).unwrap().trim().to_owned()
    }

    pub async fn accept(&self, body: &str, s: i64) -> ContentId {
        let content = self.region().new_content_id();
        self.region().accept(self.arrival(content, raw(body), s)).await.unwrap();
        content
    }

    pub fn arrival(&self, content: ContentId, raw: Vec<u8>, s: i64) -> Arrival {
        let deliver = Deliver { mailbox: self.mailbox, role: FolderRole::Inbox, flags: SystemFlags::NONE };
        Arrival {
            content,
            raw,
            reverse_path: ReversePath::Address(Address::parse("ami@partner.test").unwrap()),
            envelope_id: None,
            body_8bit: false,
            smtputf8: false,
            deliver: vec![deliver],
            relay: Vec::new(),
            at: START.plus_s(s),
        }
    }
}

pub fn relay(address: &str) -> RelayTo {
    RelayTo { recipient: Address::parse(address).unwrap(), notify: mail::Notify::default(), original: None }
}

pub fn raw(body: &str) -> Vec<u8> {
    format!("From: ami@partner.test\r\nSubject: Sujet {body}\r\n\r\n{body}\r\n").into_bytes()
}

pub fn folder(path: &str, s: i64) -> Seen {
    Seen::Folder { path: path.to_owned(), role: None, uidvalidity: 7, at: START.plus_s(s) }
}

pub fn message(path: &str, uid: u32, body: &str, s: i64) -> Seen {
    Seen::Message {
        path: path.to_owned(),
        uidvalidity: 7,
        uid,
        flags: Flags::none(),
        received_at: START.plus_s(s - 1000),
        raw: raw(body),
        at: START.plus_s(s),
    }
}

pub fn flagged(path: &str, uid: u32, names: &[&str], s: i64) -> Seen {
    let flags = Flags::from_names(names.iter().copied());
    Seen::Flags { path: path.to_owned(), uidvalidity: 7, uid, flags, at: START.plus_s(s) }
}

pub fn gone(path: &str, uid: u32, s: i64) -> Seen {
    Seen::Gone { path: path.to_owned(), uidvalidity: 7, uid, at: START.plus_s(s) }
}

pub fn place(path: &str, uidvalidity: u32, uid: u32) -> Place {
    Place { path: path.to_owned(), uidvalidity, uid }
}

/// What is due, leased.
pub async fn take(region: &RegionStore, now: Timestamp) -> Vec<Due> {
    let due = region.due(now, None, 10).await.unwrap().due;
    let taken = region.take_due(due.iter().map(|due| due.recipient).collect(), now).await.unwrap();
    due.into_iter().filter(|due| taken.contains(&due.recipient)).collect()
}
