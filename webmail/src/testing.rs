//! A house for page tests: a real store in a folder of its own, one person with an open mailbox, a browser that keeps
//! its cookie, and a service that remembers what it was given to send.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use failover::{CleanPoint, Phase, Says};
use identity::session::{self, Beginning};
use identity::{Identity, Keys, SecondFactor};
use mail::{Address, FolderRole, Region, Reply, ReversePath, SystemFlags, Timestamp};
use store::directory::{Entry, EntryKind, Owner, Role, Sighting};
use store::region::{Arrival, Deliver, NewMailbox};
use store::seal::UnlockKey;
use store::{EntryId, HouseKeys, MailboxId, RegionConfig, RegionStore, Store, StoreConfig, StoreError, region};
use tokio::net::TcpListener;
use tower::ServiceExt as _;

use crate::guard::{ADMIN_COOKIE, FIELD, STAFF_COOKIE};
use crate::{House, Lang, Outbound, Peer, Sent, Service, Settings, Soon, Standing};

#[path = "../../tests/skipped.rs"]
pub mod skipped;

/// Where the browser's scripts are.
pub fn browser_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/browser")
}

/// Whether there is no browser; then `test` is skipped.
pub fn lacks_browser(test: &str) -> bool {
    let is_there =
        Path::new("/usr/bin/chromium").exists() && browser_folder().join("node_modules/playwright-core").exists();
    if !is_there {
        skipped::skip(test, "chromium or playwright-core is not installed");
    }
    !is_there
}

/// What time it is in tests.
pub const NOW: Timestamp = Timestamp::from_unix_s(1_790_000_000);

/// Plays the running service.
pub struct Stand {
    pub phase: Mutex<Phase>,
    pub sent: Mutex<Vec<Outbound>>,
    pub refuse: Mutex<Option<Reply>>,
    store: Store,
}

impl Service for Stand {
    fn standing(&self) -> Standing {
        let phase = *self.phase.lock().unwrap();
        Standing {
            phase,
            says: Says::Active { accepted: 12, open: vec![] },
            since: Some(NOW),
            clean_point: Some(CleanPoint::Everything),
        }
    }

    fn mailbox<'a>(&'a self, owner: &'a EntryId) -> Soon<'a, Result<(RegionStore, MailboxId), StoreError>> {
        Box::pin(async move {
            let region = self.store.default_region().clone();
            let found = region.mailbox_of(owner).await?;
            Ok((region, found.ok_or_else(|| StoreError::NoSuch("mailbox".to_owned()))?))
        })
    }

    fn send(&self, outbound: Outbound) -> Soon<'_, Result<Sent, Reply>> {
        Box::pin(async move {
            if let Some(reply) = self.refuse.lock().unwrap().clone() {
                return Err(reply);
            }
            self.sent.lock().unwrap().push(outbound);
            Ok(Sent { content: self.store.default_region().new_content_id() })
        })
    }

    fn accepts<'a>(&'a self, recipient: &'a Address) -> Soon<'a, Result<(), Reply>> {
        let unknown = recipient.local().starts_with("nobody");
        let answer =
            if unknown { Err(Reply::new(550, mail::Enhanced(5, 1, 1), "There is no such mailbox")) } else { Ok(()) };
        Box::pin(std::future::ready(answer))
    }
}

/// The house, and whoever sits at its browser.
pub struct Test {
    pub house: House,
    pub stand: Arc<Stand>,
    pub mailbox: MailboxId,
    pub router: Router,
    pub cookie: String,
    pub token: String,
    _folder: tempfile::TempDir,
}

/// An answer.
pub struct Answer {
    pub status: StatusCode,
    pub headers: axum::http::HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn location(&self) -> &str {
        self.headers.get(header::LOCATION).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }
}

/// An entry of the directory with an address at `corp.test`.
pub fn entry(id: &str, name: &str, kind: EntryKind) -> Entry {
    Entry {
        id: EntryId::from(id),
        kind,
        name: name.to_owned(),
        given_name: String::new(),
        family_name: String::new(),
        primary: Some(Address::parse(&format!("{id}@corp.test")).unwrap()),
        aliases: Vec::new(),
        members: Vec::new(),
        hidden: false,
        can_sign_in: true,
        phone: None,
        department: None,
        title: None,
        region: None,
    }
}

impl Test {
    /// `anne` is signed in, her mailbox is open and has nothing but an inbox.
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let unlock = UnlockKey::generate();
        let name = Region::parse("fr-test").unwrap();
        let region = RegionConfig {
            name,
            country: "FR".to_owned(),
            place: None,
            unlock_public: unlock.public(),
            database: store::Database::default(),
            blobs: store::BlobStore::default(),
        };
        let keys = HouseKeys::generate();
        let identity = Identity::new(Keys::new(&keys));
        let config = StoreConfig {
            data: folder.path().to_owned(),
            node: "n1".to_owned(),
            database: store::Database::default(),
            regions: vec![region],
            keys,
        };
        let store = Store::open(config).await.unwrap();
        let people = [("anne", "Anne Müller"), ("bruno", "Bruno Petit"), ("chloe", "Chloé Lœwe")];
        let seen = people.map(|(id, name)| Sighting::Present(entry(id, name, EntryKind::Person)));
        store.directory().observe("csv", seen.into(), None, NOW).await.unwrap();
        let new = NewMailbox { owner: EntryId::from("anne"), address: "anne@corp.test".into(), shared: false };
        let mailbox = store.default_region().provision(&[new], NOW).await.unwrap()[0];
        store.default_region().set_clean_point(None, region::CleanPoint::At(NOW), NOW).await.unwrap();
        store.default_region().unseal(&unlock, None).await.unwrap();
        let stand = Arc::new(Stand {
            phase: Mutex::new(Phase::Active),
            sent: Mutex::default(),
            refuse: Mutex::default(),
            store: store.clone(),
        });
        let house = House { store, identity, service: stand.clone(), settings: Arc::new(settings()), clock: || NOW };
        let router = crate::staff::router(house.clone());
        let mut test =
            Self { house, stand, mailbox, router, cookie: String::new(), token: String::new(), _folder: folder };
        test.sign_in("anne").await;
        test
    }

    /// Another session of staff.
    pub async fn sign_in(&mut self, id: &str) {
        self.begin(&Owner::Entry(EntryId::from(id)), Role::Staff, STAFF_COOKIE).await;
    }

    /// A session of an admin; the router has to be the console's then.
    pub async fn sign_in_admin(&mut self, name: &str) {
        self.begin(&Owner::Admin(name.to_owned()), Role::Admin, ADMIN_COOKIE).await;
    }

    /// Makes a second factor the rule; the router has to be made anew where it is not the staff's.
    pub fn demand_second(&mut self, rule: SecondFactor) {
        let house = &mut self.house;
        house.settings = Arc::new(Settings { second_factor: rule, ..Settings::clone(&house.settings) });
        self.router = crate::staff::router(house.clone());
    }

    async fn begin(&mut self, owner: &Owner, role: Role, cookie: &str) {
        let beginning = Beginning { owner, role, via: "password", peer: "192.0.2.1", agent: "test" };
        let keys = self.house.identity.keys();
        let token = session::begin(keys, self.house.store.directory(), &beginning, NOW).await.unwrap();
        self.cookie = format!("{cookie}={}", token.reveal());
        self.token = crate::guard::form_token(token.reveal());
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.ask(self.request("GET", path).body(Body::empty()).unwrap()).await
    }

    /// Sends a form with the session's token.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.post_as(path, fields, &self.token).await
    }

    /// Sends a form with a token of one's choice.
    pub async fn post_as(&self, path: &str, fields: &[(&str, &str)], token: &str) -> Answer {
        let encoded = |text: &str| crate::guard::encoded(text).replace('/', "%2F");
        let mut body = format!("{FIELD}={token}");
        for (name, value) in fields {
            body.push_str(&format!("&{}={}", encoded(name), encoded(value)));
        }
        let request = self.request("POST", path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.ask(request.body(Body::from(body)).unwrap()).await
    }

    pub fn request(&self, method: &str, path: &str) -> axum::http::request::Builder {
        Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "localhost:8080")
            .header(header::COOKIE, &self.cookie)
            .header(header::ACCEPT_LANGUAGE, "en")
            .extension(Peer(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1))))
    }

    pub async fn ask(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Answer { status: parts.status, headers: parts.headers, text }
    }

    /// A message from a partner, in the inbox.
    pub async fn receive(&self, raw: &str, s: i64) {
        self.receive_octets(raw.replace('\n', "\r\n").into_bytes(), s).await;
    }

    /// The same, octet for octet.
    pub async fn receive_octets(&self, raw: Vec<u8>, s: i64) {
        let region = self.house.store.default_region();
        let content = region.new_content_id();
        let deliver = Deliver { mailbox: self.mailbox, role: FolderRole::Inbox, flags: SystemFlags::NONE };
        let arrival = Arrival {
            content,
            raw,
            reverse_path: ReversePath::Address(Address::parse("ami@partner.test").unwrap()),
            envelope_id: None,
            body_8bit: true,
            smtputf8: false,
            deliver: vec![deliver],
            relay: Vec::new(),
            at: NOW.plus_s(s),
        };
        region.accept(arrival).await.unwrap();
    }

    /// Serves the pages on a port of their own, and runs a script of `tests/browser` in Chromium against them: with `plan` as
    /// its file, to which `origin` is added. Answers what it said; fails when it did.
    pub async fn driven(&self, script: &str, mut plan: serde_json::Value) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        plan["origin"] = format!("http://localhost:{}", listener.local_addr().unwrap().port()).into();
        let settings = (Arc::clone(&self.house.settings), crate::Limits::default());
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let serving = tokio::spawn(crate::serve(listener, None, self.router.clone(), settings, stopped));
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), plan.to_string()).unwrap();
        let mut node = Command::new("node");
        node.arg(browser_folder().join(script)).arg(file.path());
        let said = tokio::task::spawn_blocking(move || node.output()).await.unwrap().unwrap();
        let (out, err) = (String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
        assert!(said.status.success(), "{out}\n{err}");
        stop.send(true).unwrap();
        serving.await.unwrap();
        out.into_owned()
    }

    /// A folder's number, by what it is for.
    pub async fn folder(&self, role: FolderRole) -> i64 {
        let folders = self.house.store.default_region().folders(self.mailbox).await.unwrap();
        folders.into_iter().find(|folder| folder.role == Some(role)).unwrap().id.0
    }
}

fn settings() -> Settings {
    Settings {
        organisation: "Mairie de Villeneuve".to_owned(),
        domains: vec!["corp.test".parse().unwrap()],
        origin: "http://localhost:8080".to_owned(),
        relying_party: Some("localhost".to_owned()),
        second_factor: SecondFactor::Optional,
        zone: jiff::tz::TimeZone::UTC,
        lang: Lang::En,
        message_max_bytes: 25 * 1024 * 1024,
        attachments_max_bytes: 25_000_000,
        proxies: Vec::new(),
    }
}
