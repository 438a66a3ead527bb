//! A small house: a store with three people, a zone that takes updates, an unlock key in a file.

use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use base64::Engine as _;
use dns::zone::{Server, Zone};
use dns::{Data, Key, Kind, Name, RecordSet};
use failover::Phase;
use mail::{Address, FolderRole, ReversePath, SystemFlags};
use store::directory::{Entry, EntryKind, Sighting};
use store::region::{Arrival, Deliver, NewMailbox};
use store::seal::UnlockKey;
use store::{EntryId, HouseKeys, RegionConfig, Store, StoreConfig};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::super::{Desk, Executor, News, Returning, Say, Working};
use crate::clock::now;
use crate::config::Config;
use crate::posture::Posture;

const SECRET: &str = "c2VjcmV0LW9mLTMyLW9jdGV0cy1mb3ItdGVzdHMtMTI=";
const PEOPLE: [&str; 3] = ["accueil", "maire", "compta"];

pub fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

/// A primary that takes everything and counts how often it was asked.
#[derive(Default)]
pub struct Primary {
    pub pushes: AtomicUsize,
    /// Messages that it does not take.
    pub refused: AtomicUsize,
}

impl Returning for Primary {
    fn take_delta<'a>(&'a self, say: Say<'a>) -> Working<'a> {
        say(failover::Says::Working { step: failover::Step::TakeDelta, done: 1, of: 2 });
        Box::pin(async { Ok("nothing new".to_owned()) })
    }

    fn push<'a>(&'a self, full: bool, _say: Say<'a>) -> Working<'a> {
        self.pushes.fetch_add(1, Ordering::Relaxed);
        Box::pin(async move { Ok(format!("pushed, full: {full}")) })
    }

    fn left<'a>(&'a self, _full: bool) -> Pin<Box<dyn Future<Output = anyhow::Result<usize>> + Send + 'a>> {
        let refused = self.refused.load(Ordering::Relaxed);
        Box::pin(async move { Ok(refused) })
    }

    fn reconcile<'a>(&'a self, _say: Say<'a>) -> Working<'a> {
        Box::pin(async { Ok("accueil@corp.test 1 1\nmaire@corp.test 0 0".to_owned()) })
    }
}

/// The house, and the executor in it while it runs.
pub struct House {
    pub dir: tempfile::TempDir,
    pub authority: Server,
    pub primary: Arc<Primary>,
    config: Config,
    unlock: UnlockKey,
    keys: HouseKeys,
    running: Option<(Store, Desk, watch::Receiver<Posture>, JoinHandle<()>)>,
    shutdown: watch::Sender<bool>,
}

impl House {
    pub async fn new() -> Self {
        Self::with("").await
    }

    /// With more in its configuration, after `[dns]`.
    pub async fn with(more: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let key = Key::parse("failover", "hmac-sha256", SECRET).unwrap();
        let mx = RecordSet::new(name("corp.test"), 1, [Data::mx(10, name("mx-primary.corp.test"))]);
        let zone = Zone::new(name("corp.test"))
            .with(RecordSet::new(name("corp.test"), 60, [Data::Ns(name("ns.corp.test"))]))
            .with(RecordSet::new(name("ns.corp.test"), 60, [Data::A(Ipv4Addr::LOCALHOST)]))
            .with(RecordSet::new(name("mx-standby.corp.test"), 60, [Data::A(Ipv4Addr::LOCALHOST)]))
            .with(RecordSet::new(name("spf.corp.test"), 60, [Data::txt("v=spf1 mx -all")]))
            .with(mx);
        let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let authority = Server::start(anywhere, vec![zone], Some(key)).await.unwrap();
        let secret = dir.path().join("tsig.key");
        std::fs::write(&secret, SECRET).unwrap();
        std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o600)).unwrap();
        let (unlock, keys) = (UnlockKey::generate(), HouseKeys::generate());
        let config = config(&dir, authority.address(), &unlock, more);
        let mut house = Self {
            dir,
            authority,
            primary: Arc::default(),
            config,
            unlock,
            keys,
            running: None,
            shutdown: watch::channel(false).0,
        };
        house.start().await;
        house.people().await;
        house
    }

    /// Starts the executor on the folder as it is.
    pub async fn start(&mut self) {
        let region = RegionConfig {
            name: self.config.seal.region.clone(),
            country: "FR".to_owned(),
            place: None,
            unlock_public: self.unlock.public(),
            database: store::Database::default(),
            blobs: store::BlobStore::default(),
        };
        let opening = StoreConfig {
            data: self.config.data.clone(),
            node: "one".to_owned(),
            database: store::Database::default(),
            regions: vec![region],
            keys: self.keys.clone(),
        };
        let store = Store::open(opening).await.unwrap();
        let shown = rcgen::generate_simple_self_signed(["mx-standby.corp.test".to_owned()]).unwrap();
        let der = shown.cert.der().clone();
        let (executor, desk, posture) = Executor::new(&self.config, store.clone(), der).await.unwrap();
        let task = tokio::spawn(executor.run(self.primary.clone(), self.shutdown.subscribe()));
        self.running = Some((store, desk, posture, task));
    }

    /// Ends the process as far as a test can: the task is dropped where it stands, and memory with it.
    pub async fn kill(&mut self) {
        let (store, desk, posture, task) = self.running.take().unwrap();
        task.abort();
        let _ = task.await;
        drop((store, desk, posture));
        // The committers of the dropped store let go of the folder's lock a moment later.
        tokio::time::timeout(Duration::from_secs(5), async {
            while !self.can_open().await {
                tokio::task::yield_now().await;
            }
        })
        .await
        .unwrap();
    }

    async fn can_open(&self) -> bool {
        let region = RegionConfig {
            name: self.config.seal.region.clone(),
            country: "FR".to_owned(),
            place: None,
            unlock_public: self.unlock.public(),
            database: store::Database::default(),
            blobs: store::BlobStore::default(),
        };
        let (data, keys) = (self.config.data.clone(), self.keys.clone());
        Store::open(StoreConfig {
            data,
            node: "one".to_owned(),
            database: store::Database::default(),
            regions: vec![region],
            keys,
        })
        .await
        .is_ok()
    }

    pub fn store(&self) -> &Store {
        &self.running.as_ref().unwrap().0
    }

    pub fn desk(&self) -> &Desk {
        &self.running.as_ref().unwrap().1
    }

    pub fn posture(&self) -> Posture {
        self.running.as_ref().unwrap().2.borrow().clone()
    }

    async fn people(&self) {
        let entries = PEOPLE.map(|local| {
            let mut entry = Entry::new(EntryId(local.to_owned()), EntryKind::Person, local);
            entry.primary = Some(Address::parse(&format!("{local}@corp.test")).unwrap());
            Sighting::Present(entry)
        });
        self.store().directory().observe("csv", entries.into(), None, now()).await.unwrap();
        let mailboxes = PEOPLE.map(|local| NewMailbox {
            owner: EntryId(local.to_owned()),
            address: format!("{local}@corp.test"),
            shared: false,
        });
        self.store().default_region().provision(&mailboxes, now()).await.unwrap();
    }

    /// A message from outside, for `accueil`.
    pub async fn receive(&self) {
        let region = self.store().default_region();
        let mailbox = region.mailbox_of(&EntryId("accueil".to_owned())).await.unwrap().unwrap();
        let arrival = Arrival {
            content: region.new_content_id(),
            raw: b"Subject: bonjour\r\n\r\nIci.\r\n".to_vec(),
            reverse_path: ReversePath::Null,
            envelope_id: None,
            body_8bit: false,
            smtputf8: false,
            deliver: vec![Deliver { mailbox, role: FolderRole::Inbox, flags: SystemFlags::default() }],
            relay: vec![],
            at: now(),
        };
        region.accept(arrival).await.unwrap();
    }

    fn key_file(&self) -> PathBuf {
        self.dir.path().join("unlock.key")
    }

    pub fn bring_key(&self) {
        std::fs::write(self.key_file(), self.unlock.to_base64().as_bytes()).unwrap();
        std::fs::set_permissions(self.key_file(), std::fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// Who the MX names, at the authority.
    pub fn mx(&self) -> Vec<String> {
        let zone = self.authority.zone(&name("corp.test")).unwrap();
        let set = zone.set(&name("corp.test"), Kind::Mx).expect("the MX set is never empty");
        set.members.iter().map(ToString::to_string).collect()
    }

    /// What the authority has of a name.
    pub fn texts(&self, owner: &str) -> Vec<String> {
        let zone = self.authority.zone(&name("corp.test")).unwrap();
        let set = zone.set(&name(owner), Kind::Txt);
        set.map(|set| set.members.iter().map(ToString::to_string).collect()).unwrap_or_default()
    }

    /// Waits until the news say so.
    pub async fn until(&self, what: &str, is_so: impl Fn(&News) -> bool) -> News {
        let mut news = self.desk().news();
        let waited = tokio::time::timeout(Duration::from_secs(20), news.wait_for(|news| is_so(news))).await;
        let last = self.desk().news().borrow().clone();
        waited.unwrap_or_else(|_| panic!("{what} did not come: {last:?}")).unwrap().clone()
    }

    pub async fn until_phase(&self, phase: Phase) -> News {
        self.until(phase.as_str(), |news| news.phase == phase).await
    }
}

fn config(dir: &tempfile::TempDir, authority: SocketAddr, unlock: &UnlockKey, more: &str) -> Config {
    let public = base64::engine::general_purpose::STANDARD.encode(unlock.public());
    let text = format!(
        "organisation = \"Corp\"\ndomains = [\"corp.test\"]\ndata = \"data\"\nhostname = \"mx-standby.corp.test\"\n\
         [seal]\nunlock_public = \"{public}\"\nunlock_key_file = \"unlock.key\"\n[directory]\nconnector = \"csv\"\nfile = \"people.csv\"\n\
         [dns]\nserver = \"{authority}\"\nauthority_port = {}\nresolvers = [\"{authority}\"]\nkey_name = \"failover\"\n\
         key_file = \"tsig.key\"\nttl_s = 1\nmx = [{{ preference = 10, host = \"mx-standby.corp.test\" }}]\n{more}",
        authority.port()
    );
    let file = dir.path().join("relais.toml");
    std::fs::write(&file, text).unwrap();
    std::fs::create_dir_all(dir.path().join("data")).unwrap();
    Config::load(&file).unwrap()
}
