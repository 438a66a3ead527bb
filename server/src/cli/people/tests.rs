//! People come from a file, are listed, and get in.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use identity::{Attempt, Identity, Keys};
use mail::Region;
use store::directory::{AsOf, Resolved};
use store::seal::UnlockKey;
use store::{HouseKeys, RegionConfig, Store, StoreConfig};
use tempfile::TempDir;

use super::Desk;
use crate::cli::audit;
use crate::clock::now;
use crate::control::{Answer, AuditRequest, PeopleRequest, Progress, Refusal};

struct House {
    desk: Desk,
    folder: TempDir,
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
        let identity = Identity::new(Keys::new(&keys));
        let data = folder.path().join("data");
        let config = StoreConfig {
            data,
            node: "one".to_owned(),
            database: store::Database::default(),
            regions: vec![region],
            keys,
        };
        Self {
            desk: Desk {
                store: Store::open(config).await.unwrap(),
                identity,
                origin: "https://secours.test".to_owned(),
            },
            folder,
        }
    }

    /// The desk of the audit log.
    fn audit(&self, witness: Option<crate::witness::Witness>) -> audit::Desk {
        let signer = std::sync::Arc::new(crate::cli::region::Signer::new(&HouseKeys::generate()).unwrap());
        let directory = self.desk.store.directory().clone();
        let book = crate::audit::Book { directory, signer, organisation: "Corp".to_owned() };
        audit::Desk { store: self.desk.store.clone(), book, witness, host: "relais.test".to_owned() }
    }

    async fn ask(&self, order: PeopleRequest) -> Result<Answer, Refusal> {
        self.desk.answer(order, Progress::to_nobody()).await
    }

    async fn list(&self) -> Answer {
        let page = self.ask(PeopleRequest::List { after: None }).await.unwrap();
        super::list::whole(serde_json::from_value(page.json["people"].clone()).unwrap(), page.json["counts"].clone())
    }

    async fn import(&self, text: &str) -> Result<Answer, Refusal> {
        let file = self.folder.path().join("people.csv");
        std::fs::write(&file, text).unwrap();
        self.ask(PeopleRequest::Import { file }).await
    }

    async fn invite(&self, address: &str, app_password: bool) -> Result<Answer, Refusal> {
        self.ask(PeopleRequest::Invite { address: address.to_owned(), app_password, label: "phone".to_owned() }).await
    }
}

const FILE: &str = "kind,name,address,aliases,members\n\
    person,Anne Martin,anne@corp.test,a.martin@corp.test,\n\
    shared,Accueil,accueil@corp.test,,\n\
    contact,Zénobie,z@partner.test,,\n\
    group,All,all@corp.test,,anne@corp.test z@partner.test\n";

#[tokio::test]
async fn imported_people_have_mailboxes_and_are_listed() {
    let house = House::new().await;
    let said = house.import(FILE).await.unwrap();
    assert_eq!((&said.json["observed"]["added"], &said.json["mailboxes"]), (&4.into(), &2.into()), "{}", said.text);
    assert_eq!(house.import(FILE).await.unwrap().json["observed"]["unchanged"], 4);

    let list = house.list().await;
    let people = list.json["people"].as_array().unwrap();
    assert_eq!(people.len(), 2);
    assert_eq!(people[1]["address"], "anne@corp.test");
    assert_eq!(list.json["without_a_way_in"], 2);
    assert_eq!(list.json["counts"]["contacts"], 1);
    assert!(list.text.contains("anne@corp.test") && list.text.contains("nothing yet"), "{}", list.text);
}

#[tokio::test]
async fn a_contact_in_a_group_is_reached_and_not_readable_in_the_data_folder() {
    let house = House::new().await;
    house.import(FILE).await.unwrap();
    let all = mail::Address::parse("all@corp.test").unwrap();
    let Resolved::Group { members, external } = house.desk.store.directory().resolve(&all, AsOf::Now).await.unwrap()
    else {
        panic!("a group")
    };
    assert_eq!((members.len(), external), (1, vec![mail::Address::parse("z@partner.test").unwrap()]));
    let files = std::fs::read_dir(house.folder.path().join("data")).unwrap().map(|file| file.unwrap().path());
    let bytes: Vec<u8> = files.filter(|path| path.is_file()).flat_map(|path| std::fs::read(path).unwrap()).collect();
    assert!(!bytes.windows(12).any(|some| some == b"partner.test"));
}

#[tokio::test]
async fn an_invitation_lets_its_person_in() {
    let house = House::new().await;
    house.import(FILE).await.unwrap();
    let invited = house.invite("A.Martin@corp.test", true).await.unwrap();
    let secret = invited.json["app_password"].as_str().unwrap();
    assert!(invited.text.contains(secret));
    let (desk, peer) = (&house.desk, [192, 0, 2, 1].into());
    let directory = desk.store.directory();
    let login = invited.json["login"].as_str().unwrap();
    desk.identity.sign_in_app(directory, login, secret, peer, now()).await.unwrap();
    let code = house.invite("anne@corp.test", false).await.unwrap();
    let code = code.json["activation_code"].as_str().unwrap();
    let attempt = Attempt { login: "anne", secret: code, peer, now: now() };
    desk.identity.sign_in_activation(directory, attempt).await.unwrap();
    let list = house.list().await;
    assert_eq!(list.json["people"][1]["app_passwords"], 1);
}

#[tokio::test]
async fn nobody_is_invited_who_has_no_mailbox() {
    let house = House::new().await;
    house.import(FILE).await.unwrap();
    for address in ["all@corp.test", "z@partner.test", "nobody@corp.test", "", "@"] {
        assert!(house.invite(address, true).await.is_err(), "{address}");
    }
}

#[tokio::test]
async fn a_file_that_is_wrong_changes_nothing_and_names_the_line() {
    let house = House::new().await;
    let wrong = house.import("kind,name,address\nperson,Anne,anne@corp.test\nperson,Bob,bob\n").await.unwrap_err();
    assert!(wrong.to_string().contains("line 3"), "{wrong}");
    assert!(house.import("colour\nred\n").await.is_err());
    let missing = house.folder.path().join("nowhere.csv");
    assert!(house.ask(PeopleRequest::Import { file: missing }).await.is_err());
    assert_eq!(house.list().await.json["people"].as_array().unwrap().len(), 0);
}

#[tokio::test]
async fn what_was_done_to_people_is_in_the_audit_log_without_secrets() {
    let house = House::new().await;
    house.import(FILE).await.unwrap();
    let invited = house.invite("anne@corp.test", true).await.unwrap();
    let desk = house.audit(None);
    let verified = desk.answer(AuditRequest::Verify).await.unwrap();
    assert_eq!((verified.exit, &verified.json["whole"]), (0, &true.into()));
    let exported = desk.answer(AuditRequest::Export { since: 0, format: crate::audit::Format::Text }).await.unwrap();
    let entries = exported.json["entries"].as_array().unwrap();
    assert_eq!(
        entries.iter().map(|entry| entry["what"].as_str().unwrap()).collect::<Vec<_>>(),
        ["people.import", "people.invite"]
    );
    let secret = invited.json["app_password"].as_str().unwrap();
    assert!(!exported.text.contains(secret) && exported.text.contains("people.invite"));
    let signed = AuditRequest::Export { since: 0, format: crate::audit::Format::Jsonl };
    let lines = desk.answer(signed).await.unwrap().text;
    let whole = crate::audit::verified(&lines, Some(&desk.book.signer.public())).unwrap();
    assert_eq!((whole.seq, whole.checkpoints), (2, 1), "{lines}");
}

#[tokio::test]
async fn findings_are_settled_by_somebody_with_a_reason() {
    let house = House::new().await;
    let desk = house.audit(None);
    let settle = |by: &str, reason: &str| AuditRequest::Settle { by: by.to_owned(), reason: reason.to_owned() };
    assert!(desk.answer(settle("", "looked at it")).await.is_err());
    assert!(desk.answer(settle("dsi", " ")).await.is_err());
    let settled = desk.answer(settle("dsi", "looked at it with the provider")).await.unwrap();
    assert_eq!(settled.json["removed"], 0);
    let log = house.desk.store.directory().audit_export().await.unwrap();
    assert!(log.iter().any(|entry| entry.actor == "dsi" && entry.detail.contains("with the provider")));
    assert_eq!(desk.answer(AuditRequest::Verify).await.unwrap().exit, 0);
}

#[tokio::test]
async fn a_log_that_contradicts_its_witness_does_not_verify() {
    let house = House::new().await;
    house.import(FILE).await.unwrap();
    let file = house.folder.path().join("heads");
    std::fs::write(&file, "2026-11-22T02:00:00Z 99 00ff\n").unwrap();
    let witness = crate::witness::Witness { file: file.clone() };
    let desk = house.audit(Some(witness.clone()));
    let answer = desk.answer(AuditRequest::Verify).await.unwrap();
    assert!(answer.exit == 1 && answer.text.contains("entry 99"), "{}", answer.text);
    std::fs::remove_file(&file).unwrap();
    let shutdown = tokio::sync::watch::channel(true).1;
    witness.run(desk.book.directory.clone(), shutdown).await;
    let answer = desk.answer(AuditRequest::Verify).await.unwrap();
    assert_eq!((answer.exit, &answer.json["witness"]["heads"]), (0, &1.into()), "{}", answer.text);
}
