//! Who is let in and who is not, on a real directory.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::net::{IpAddr, Ipv4Addr};

use crate::password::Unfit;
use crate::session::{self, Beginning};
use crate::{
    Attempt, First, Identity, Keys, Refusal, Role, SignedIn, Unwelcome, Visitor, activation, app_password, device,
    password, recovery, totp,
};
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
            place: None,
            unlock_public: UnlockKey::generate().public(),
            database: store::Database::default(),
            blobs: store::BlobStore::default(),
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

    async fn password(&self, login: &str, password: &str, now: Timestamp) -> Result<First, Refusal> {
        self.identity.sign_in_password(self.directory(), login, password, visitor(now)).await
    }

    async fn code(&self, name: &str, now: Timestamp) -> String {
        let (code, credential) = activation::generate(self.identity.keys(), &owner(name), now);
        self.directory().add_credential(credential).await.unwrap();
        code.reveal().to_owned()
    }

    async fn welcome(&self, login: &str, code: &str, password: &str, now: Timestamp) -> Result<First, Unwelcome> {
        self.identity.welcome(self.directory(), (login, code), password, visitor(now)).await
    }

    /// Gives somebody a password and an authenticator program; the program's seed.
    async fn enrolled(&self, name: &str) -> String {
        let code = self.code(name, NOW).await;
        entered(self.welcome(name, &code, "trois chevaux", NOW).await.map_err(|_| Refusal::Wrong));
        let (keys, owner) = (self.identity.keys(), owner(name));
        let setup = totp::start(keys, &owner, NOW);
        let seed = setup.seed.reveal().to_owned();
        let credential = totp::finish(keys, &owner, &setup.ticket, &totp::shown(&seed, NOW), NOW).unwrap();
        self.directory().add_credential(credential).await.unwrap();
        seed
    }
}

fn visitor(now: Timestamp) -> Visitor<'static> {
    Visitor { peer: PEER, device: "", now }
}

fn entered(first: Result<First, Refusal>) -> SignedIn {
    match first {
        Ok(First::In(signed_in)) => *signed_in,
        other => panic!("not let in: {other:?}"),
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
    // They are counted in the background, so that a known name answers no later than an unknown one.
    while house.directory().refused_sign_ins(NOW).await.unwrap().len() < 2 {
        tokio::task::yield_now().await;
    }
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
    directory
        .add_credential(password::choose(keys, &owner("maire"), "maire", "trois chevaux", NOW).unwrap())
        .await
        .unwrap();
    let dsi = house.identity.sign_in_admin(directory, "dsi", "quatre chevaux", visitor(NOW)).await;
    let dsi = entered(dsi);
    assert_eq!((dsi.role, dsi.entry.is_none()), (Role::Admin, true));
    assert!(house.password("dsi", "quatre chevaux", NOW).await.is_err());
    assert!(house.identity.sign_in_admin(directory, "maire", "trois chevaux", visitor(NOW)).await.is_err());
    assert_eq!(entered(house.password("maire@corp.test", "trois chevaux", NOW).await).role, Role::Staff);
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

#[tokio::test]
async fn who_has_a_second_factor_has_to_give_it() {
    let house = House::new().await;
    let seed = house.enrolled("maire").await;
    let half = house.password("maire", "trois chevaux", NOW).await.unwrap();
    assert!(
        matches!(&half, First::Half(half) if half.owner == owner("maire") && half.factors.totp.len() == 1),
        "{half:?}"
    );
    let later = NOW.plus_s(300);
    assert!(matches!(house_second(&house, "", later).await, Err(Refusal::Wrong)));
    let signed_in = house_second(&house, &totp::shown(&seed, later), later).await.unwrap();
    assert_eq!((signed_in.via, signed_in.role), (CredentialKind::Totp, Role::Staff));
}

async fn house_second(house: &House, code: &str, now: Timestamp) -> Result<SignedIn, Refusal> {
    house.identity.second_code(house.directory(), &owner("maire"), code, visitor(now)).await
}

#[tokio::test]
async fn a_code_is_good_once_however_many_come_at_once() {
    let house = House::new().await;
    let seed = house.enrolled("maire").await;
    let setup_code = totp::shown(&seed, NOW);
    assert!(house_second(&house, &setup_code, NOW).await.is_err(), "the code of the set-up was used there");
    let later = NOW.plus_s(300);
    let code = totp::shown(&seed, later);
    let (one, two) = tokio::join!(house_second(&house, &code, later), house_second(&house, &code, later));
    assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1);
    assert!(house_second(&house, &code, later.plus_s(30)).await.is_err());
}

#[tokio::test]
async fn a_recovery_code_stands_in_once_and_a_new_sheet_voids_the_old() {
    let house = House::new().await;
    house.enrolled("maire").await;
    let (keys, directory) = (house.identity.keys(), house.directory());
    let old = recovery::renew(keys, directory, &owner("maire"), NOW).await.unwrap();
    let sheet = recovery::renew(keys, directory, &owner("maire"), NOW).await.unwrap();
    assert_eq!(sheet.len(), 10);
    let signed_in = house_second(&house, sheet[3].reveal(), NOW).await.unwrap();
    assert_eq!(signed_in.via, CredentialKind::Recovery);
    for void in [&sheet[3], &old[0]] {
        assert!(matches!(house_second(&house, void.reveal(), NOW).await, Err(Refusal::Wrong)));
    }
    assert_eq!(house.identity.factors(directory, &owner("maire"), NOW).await.unwrap().recovery.len(), 9);
}

#[tokio::test]
async fn guesses_from_everywhere_are_slowed_down_and_the_owner_gets_in() {
    let house = House::new().await;
    let seed = house.enrolled("maire").await;
    let (keys, directory) = (house.identity.keys(), house.directory());
    let sheet = recovery::renew(keys, directory, &owner("maire"), NOW).await.unwrap();
    let later = NOW.plus_s(300);
    for line in 0..40 {
        let visitor = Visitor { peer: IpAddr::from([198, 51, 100, line]), device: "", now: later };
        let _ = house.identity.second_code(directory, &owner("maire"), "000000", visitor).await;
    }
    let code = totp::shown(&seed, later);
    assert!(matches!(house_second(&house, &code, later).await, Err(Refusal::Later { .. })));
    let token = device::token(keys, &owner("maire"));
    let known = Visitor { device: &token, ..visitor(later) };
    assert!(house.identity.second_code(directory, &owner("maire"), &code, known).await.is_ok());
    assert!(house_second(&house, sheet[0].reveal(), later).await.is_ok());
}

#[tokio::test]
async fn a_known_browser_gets_in_while_its_neighbour_guesses() {
    let house = House::new().await;
    let code = house.code("maire", NOW).await;
    house.welcome("maire", &code, "trois chevaux", NOW).await.unwrap();
    for _ in 0..6 {
        assert!(house.password("maire", "guess", NOW).await.is_err());
    }
    assert!(matches!(house.password("maire", "trois chevaux", NOW).await, Err(Refusal::Later { .. })));
    let token = device::token(house.identity.keys(), &owner("maire"));
    let known = Visitor { device: &token, ..visitor(NOW) };
    entered(house.identity.sign_in_password(house.directory(), "maire", "trois chevaux", known).await);
}

#[tokio::test]
async fn enrolment_says_what_is_wrong_with_a_code_only_to_who_holds_it() {
    let house = House::new().await;
    let code = house.code("maire", NOW).await;
    let unfit = house.welcome("maire", &code, "short", NOW).await;
    assert!(matches!(unfit, Err(Unwelcome::Unfit(Unfit::Short))));
    entered(house.welcome("maire", &code, "trois chevaux", NOW).await.map_err(|_| Refusal::Wrong));
    assert!(matches!(house.welcome("maire", &code, "trois chevaux", NOW).await, Err(Unwelcome::Used)));
    let old = house.code("accueil", NOW).await;
    let late = NOW.plus_ms(activation::GOOD_FOR_MS);
    assert!(matches!(house.welcome("accueil", &old, "trois chevaux", late).await, Err(Unwelcome::Expired)));
    for (login, code) in [("nobody", old.as_str()), ("maire", old.as_str()), ("left", "aaaa-bbbb-cccc")] {
        let wrong = house.welcome(login, code, "trois chevaux", NOW).await;
        assert!(matches!(wrong, Err(Unwelcome::Refused(Refusal::Wrong))), "{login}: {wrong:?}");
    }
}

#[tokio::test]
async fn a_letter_in_wrong_hands_does_not_pass_the_second_factor() {
    let house = House::new().await;
    house.enrolled("maire").await;
    let code = house.code("maire", NOW).await;
    let half = house.welcome("maire", &code, "cinq chevaux noirs", NOW).await.unwrap();
    assert!(matches!(half, First::Half(_)));
    assert!(house.password("maire", "trois chevaux", NOW).await.is_err(), "the new password took the old one's place");
    assert!(house.identity.forget_second(house.directory(), &owner("maire"), NOW).await.unwrap() > 0);
    entered(house.password("maire", "cinq chevaux noirs", NOW.plus_s(60)).await);
}

#[tokio::test]
async fn who_left_is_told_so_with_the_right_password_only() {
    let house = House::new().await;
    let credential = password::credential(house.identity.keys(), &owner("left"), "trois chevaux", NOW).unwrap();
    house.directory().add_credential(credential).await.unwrap();
    assert!(matches!(house.password("left", "trois chevaux", NOW).await, Ok(First::Closed)));
    assert!(matches!(house.password("left", "quatre chevaux", NOW).await, Err(Refusal::Wrong)));
}

#[tokio::test]
async fn people_end_their_own_sessions_and_nobody_elses() {
    let house = House::new().await;
    let (keys, directory) = (house.identity.keys(), house.directory());
    let begin = |name: &'static str| async move {
        let owner = owner(name);
        let beginning = Beginning { owner: &owner, role: Role::Staff, via: "password", peer: "192.0.2.1", agent: "b" };
        let token = session::begin(keys, directory, &beginning, NOW).await.unwrap();
        session::find(keys, directory, token.reveal(), NOW).await.unwrap().unwrap()
    };
    let (here, there, elsewhere) = (begin("maire").await, begin("maire").await, begin("accueil").await);
    assert!(!session::end_named(directory, &here.owner, &session::name(&elsewhere), NOW).await.unwrap());
    assert!(session::end_named(directory, &here.owner, &session::name(&there), NOW).await.unwrap());
    begin("maire").await;
    assert_eq!(session::end_others(directory, &here, NOW).await.unwrap(), 1);
    assert_eq!(directory.sessions(&here.owner, NOW).await.unwrap().len(), 1);
    assert_eq!(directory.sessions(&elsewhere.owner, NOW).await.unwrap().len(), 1);
}

#[tokio::test]
async fn rubbish_from_a_browser_is_no_passkey() {
    let house = House::new().await;
    let (identity, directory) = (&house.identity, house.directory());
    assert!(identity.passkeys("corp.test", "https://relais.example", "Mairie").is_none());
    let passkeys = identity.passkeys("relais.example", "https://relais.example", "Mairie").unwrap();
    let offer = passkeys.offer(NOW).unwrap();
    assert!(offer.options.contains("\"userVerification\":\"required\""), "{}", offer.options);
    let made = passkeys.start(directory, &owner("maire"), ("maire", "Le maire"), NOW).await.unwrap();
    assert!(made.options.contains("\"residentKey\":\"preferred\""), "{}", made.options);
    let answer = r#"{"id":"AAAA","rawId":"AAAA","type":"public-key","response":{"authenticatorData":"AAAA","clientDataJSON":"AAAA","signature":"AAAA","userHandle":null}}"#;
    for (ticket, answer) in
        [(offer.ticket.as_str(), answer), (&offer.ticket, "{"), (&made.ticket, answer), ("", answer)]
    {
        let refused = passkeys.sign_in(directory, (ticket, answer), (Role::Staff, None), visitor(NOW)).await;
        assert!(matches!(refused, Err(Refusal::Wrong)));
    }
    for ticket in [offer.ticket.as_str(), made.ticket.as_str()] {
        assert!(passkeys.finish(directory, &owner("maire"), (ticket, answer, "phone"), NOW).await.is_err());
    }
}

#[tokio::test]
async fn guesses_at_the_same_time_count_each_other_however_the_name_is_written() {
    let house = House::new().await;
    let (secret, _) = house.app_password("maire").await;
    let names = ["maire", "Maire@corp.test", "\"maire\"@corp.test", "MAIRE"];
    let guesses = (0..40).map(|guess| house.sign_in(names[guess % names.len()], "guess", NOW));
    let outcomes = futures_util::future::join_all(guesses).await;
    let looked_at = outcomes.iter().filter(|outcome| matches!(outcome, Err(Refusal::Wrong))).count();
    assert_eq!(looked_at, 4, "three are free, the fourth begins the delay");
    assert_eq!(house.sign_in("maire", &secret, NOW.plus_s(60)).await.unwrap(), "maire");
}

#[tokio::test]
async fn who_signed_in_may_stay_until_the_app_password_is_revoked() {
    let house = House::new().await;
    let (secret, credential) = house.app_password("maire").await;
    let signed_in = house.identity.sign_in_app(house.directory(), "maire", &secret, PEER, NOW).await.unwrap();
    assert_eq!(signed_in.credential, Some(credential.id));
    assert!(house.identity.may_stay(house.directory(), credential.id, NOW).await.unwrap());
    house.directory().revoke(credential.id, NOW).await.unwrap();
    assert!(!house.identity.may_stay(house.directory(), credential.id, NOW).await.unwrap());
}
