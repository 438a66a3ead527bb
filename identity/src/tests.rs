//! Who is let in and who is not, on a real directory.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::net::{IpAddr, Ipv4Addr};

use crate::session::{self, Beginning};
use crate::{Attempt, Identity, Keys, Refusal, Role, activation, app_password, password};
use mail::{Address, Region, Timestamp};
use store::directory::{
    Credential, CredentialKind, Directory, Entry, EntryKind, Owner, Phase, RunKind, RunRow, Sighting,
};
use store::seal::UnlockKey;
use store::{EntryId, HouseKeys, RegionConfig, Store, StoreConfig};
use tempfile::TempDir;

const NOW: Timestamp = Timestamp::from_unix_s(1_800_000_000);
const PEER: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

struct House {
    store: Store,
    identity: Identity,
    _folder: TempDir,
}

impl House {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let keys = HouseKeys::generate();
        let region = RegionConfig {
            name: Region::parse("fr").unwrap(),
            country: "FR".to_owned(),
            unlock_public: UnlockKey::generate().public(),
            database: store::Database::default(), blobs: store::BlobStore::default(),
        };
        let config = StoreConfig {
            data: folder.path().to_owned(),
            node: "one".to_owned(),
            database: store::Database::default(),
            regions: vec![region],
            keys: keys.clone(),
        };
        let store = Store::open(config).await.unwrap();
        let house = Self { store, identity: Identity::new(Keys::new(&keys)), _folder: folder };
        house.observe(vec![person("maire", true), person("accueil", true), person("left", false)], NOW).await;
        house
    }

    fn directory(&self) -> &Directory {
        self.store.directory()
    }

    async fn observe(&self, seen: Vec<Sighting>, at: Timestamp) {
        self.directory().observe("ldap", seen, None, at).await.unwrap();
    }

    async fn app_password(&self, name: &str) -> (String, Credential) {
        let (secret, credential) = app_password::generate(self.identity.keys(), &owner(name), "phone", NOW);
        self.directory().add_credential(credential.clone()).await.unwrap();
        (secret.reveal().to_owned(), credential)
    }

    async fn sign_in(&self, login: &str, password: &str, now: Timestamp) -> Result<String, Refusal> {
        let signed_in = self.identity.sign_in_app(self.directory(), login, password, PEER, now).await?;
        assert_eq!((signed_in.role, signed_in.via), (Role::Staff, CredentialKind::AppPassword));
        Ok(signed_in.entry.unwrap().id.0)
    }
}

fn owner(name: &str) -> Owner {
    Owner::Entry(EntryId::from(name))
}

fn attempt<'a>(login: &'a str, secret: &'a str, now: Timestamp) -> Attempt<'a> {
    Attempt { login, secret, peer: PEER, now }
}

fn person(name: &str, can_sign_in: bool) -> Sighting {
    let primary = Address::parse(&format!("{name}@corp.test")).ok();
    Sighting::Present(Entry { primary, can_sign_in, ..Entry::new(EntryId::from(name), EntryKind::Person, name) })
}

#[tokio::test]
async fn an_app_password_opens_its_owners_mailbox_and_no_other() {
    let house = House::new().await;
    let (secret, _) = house.app_password("maire").await;
    assert_eq!(house.sign_in("Maire@corp.test", &secret, NOW).await.unwrap(), "maire");
    assert_eq!(house.sign_in("maire", &secret.to_uppercase().replace('-', ""), NOW).await.unwrap(), "maire");
    for (login, password) in [("accueil", secret.as_str()), ("maire", "relais-demo"), ("maire", ""), ("", &secret)] {
        assert!(matches!(house.sign_in(login, password, NOW).await, Err(Refusal::Wrong)), "{login} {password}");
    }
    assert_eq!(house.directory().refused_sign_ins(NOW).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_revoked_app_password_and_a_disabled_account_are_refused() {
    let house = House::new().await;
    let (secret, credential) = house.app_password("maire").await;
    house.directory().revoke(credential.id, NOW).await.unwrap();
    assert!(matches!(house.sign_in("maire", &secret, NOW).await, Err(Refusal::Wrong)));
    let (secret, _) = house.app_password("left").await;
    assert!(matches!(house.sign_in("left", &secret, NOW).await, Err(Refusal::Wrong)));
}

#[tokio::test]
async fn guessing_is_put_off_and_the_right_password_works_again_after() {
    let house = House::new().await;
    let (secret, _) = house.app_password("maire").await;
    for _ in 0..4 {
        assert!(house.sign_in("maire", "guess", NOW).await.is_err());
    }
    let later = house.sign_in("maire", &secret, NOW).await.unwrap_err();
    assert!(matches!(later, Refusal::Later { .. }) && later.is_transient());
    assert_eq!(house.sign_in("maire", &secret, NOW.plus_s(60)).await.unwrap(), "maire");
}

#[tokio::test]
async fn during_a_run_names_are_those_of_before_the_clean_point() {
    let house = House::new().await;
    let (secret, _) = house.app_password("maire").await;
    let seized = NOW.plus_s(100);
    house.observe(vec![person("maire", false), Sighting::Gone(EntryId::from("accueil"))], seized).await;
    assert!(house.sign_in("maire", &secret, seized.plus_s(1)).await.is_err());
    let run = RunRow {
        id: "r1".to_owned(),
        kind: RunKind::Failover,
        phase: Phase::Active,
        scope: "all".to_owned(),
        clean_point: Some(seized),
        steps: "[]".to_owned(),
        says: String::new(),
        started_at: seized.plus_s(10),
        ended_at: None,
    };
    house.directory().save_run(&run).await.unwrap();
    assert_eq!(house.sign_in("maire", &secret, seized.plus_s(60)).await.unwrap(), "maire");
}

#[tokio::test]
async fn an_activation_code_is_good_once() {
    let house = House::new().await;
    let (code, credential) = activation::generate(house.identity.keys(), &owner("maire"), NOW);
    house.directory().add_credential(credential).await.unwrap();
    let redeem = || house.identity.sign_in_activation(house.directory(), attempt("maire", code.reveal(), NOW));
    let (one, two) = tokio::join!(redeem(), redeem());
    assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1);
}

#[tokio::test]
async fn an_activation_code_runs_out() {
    let house = House::new().await;
    let (code, credential) = activation::generate(house.identity.keys(), &owner("maire"), NOW);
    house.directory().add_credential(credential).await.unwrap();
    let late = NOW.plus_ms(activation::GOOD_FOR_MS);
    let outcome = house.identity.sign_in_activation(house.directory(), attempt("maire", code.reveal(), late)).await;
    assert!(matches!(outcome, Err(Refusal::Wrong)));
}

#[tokio::test]
async fn staff_are_no_admins_and_admins_no_staff() {
    let house = House::new().await;
    let (keys, directory) = (house.identity.keys(), house.directory());
    let admin = Owner::Admin("dsi".to_owned());
    directory.add_credential(password::choose(keys, &admin, "dsi", "quatre chevaux", NOW).unwrap()).await.unwrap();
    directory.add_credential(password::choose(keys, &owner("maire"), "maire", "trois chevaux", NOW).unwrap()).await.unwrap();
    let dsi = house.identity.sign_in_admin(directory, attempt("dsi", "quatre chevaux", NOW)).await.unwrap();
    assert_eq!((dsi.role, dsi.entry.is_none()), (Role::Admin, true));
    assert!(house.identity.sign_in_password(directory, attempt("dsi", "quatre chevaux", NOW)).await.is_err());
    assert!(house.identity.sign_in_admin(directory, attempt("maire", "trois chevaux", NOW)).await.is_err());
    let maire = house.identity.sign_in_password(directory, attempt("maire@corp.test", "trois chevaux", NOW)).await.unwrap();
    assert_eq!(maire.role, Role::Staff);
    assert!(house.sign_in("maire", "trois chevaux", NOW).await.is_err(), "mail programs use app passwords");
}

#[tokio::test]
async fn a_session_lasts_until_it_is_ended() {
    let house = House::new().await;
    let (keys, directory, owner) = (house.identity.keys(), house.directory(), owner("maire"));
    let beginning =
        Beginning { owner: &owner, role: Role::Staff, via: "password", peer: "192.0.2.1", agent: &"b".repeat(900) };
    let token = session::begin(keys, directory, &beginning, NOW).await.unwrap();
    let found = session::find(keys, directory, token.reveal(), NOW.plus_s(9)).await.unwrap().unwrap();
    assert_eq!((found.owner, found.agent.len()), (owner.clone(), 200));
    for other in ["", "A", &format!("{}A", token.reveal()), &"A".repeat(43)] {
        assert!(session::find(keys, directory, other, NOW).await.unwrap().is_none(), "{other}");
    }
    assert!(session::end(keys, directory, token.reveal(), NOW).await.unwrap());
    assert!(session::find(keys, directory, token.reveal(), NOW).await.unwrap().is_none());
}
