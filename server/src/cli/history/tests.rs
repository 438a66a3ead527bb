//! A hold is set and ended by address, and both are in the audit log.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use identity::{Identity, Keys};
use mail::Region;
use store::seal::UnlockKey;
use store::{HouseKeys, RegionConfig, Store, StoreConfig};

use super::Desk;
use crate::cli::people;
use crate::config::Config;
use crate::control::{Answer, HistoryRequest, PeopleRequest, Progress, Refusal};

const PEOPLE: &str = "kind,name,address,aliases\nperson,Ada,ada@mairie.test,ada@ville.test\n";

struct House {
    desk: Desk,
    store: Store,
    _folder: tempfile::TempDir,
}

impl House {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let keys = HouseKeys::generate();
        let region = RegionConfig {
            name: Region::parse("main").unwrap(),
            country: "FR".to_owned(),
            place: None,
            unlock_public: UnlockKey::generate().public(),
            database: store::Database::default(),
            blobs: store::BlobStore::default(),
        };
        let identity = Identity::new(Keys::new(&keys));
        let config = StoreConfig {
            data: folder.path().join("data"),
            node: "one".to_owned(),
            database: store::Database::default(),
            regions: vec![region],
            keys,
        };
        let store = Store::open(config).await.unwrap();
        let file = folder.path().join("people.csv");
        std::fs::write(&file, PEOPLE).unwrap();
        let people = people::Desk { store: store.clone(), identity, origin: String::new() };
        people.answer(PeopleRequest::Import { file }, Progress::to_nobody()).await.unwrap();
        let text = "organisation = \"Mairie\"\ndomains = [\"mairie.test\"]\ndata = \"/nowhere\"\n[history]\nwindow_days = 12\n";
        let config: Config = toml::from_str(text).unwrap();
        Self { desk: Desk::new(&config, store.clone()), store, _folder: folder }
    }

    async fn hold(&self, address: Option<&str>) -> Result<Answer, Refusal> {
        let (address, by, reason) = (address.map(str::to_owned), "dsi".to_owned(), "enquête 7".to_owned());
        self.desk.answer(HistoryRequest::Hold { address, by, reason }).await
    }

    async fn release(&self, address: Option<&str>) -> Result<Answer, Refusal> {
        let (address, by, reason) = (address.map(str::to_owned), "dsi".to_owned(), "classée".to_owned());
        self.desk.answer(HistoryRequest::Release { address, by, reason }).await
    }

    async fn status(&self) -> Answer {
        self.desk.answer(HistoryRequest::Status { address: None }).await.unwrap()
    }
}

#[tokio::test]
async fn a_hold_is_shown_and_in_the_log_until_it_ends() {
    let house = House::new().await;
    assert!(house.status().await.text.contains("kept for 12 days"), "{}", house.status().await.text);
    house.hold(Some("ada@ville.test")).await.unwrap();
    let text = house.status().await.text;
    assert!(text.contains("hold  ada@mairie.test") && text.contains("by dsi: enquête 7"), "{text}");
    house.release(Some("ada@mairie.test")).await.unwrap();
    assert!(!house.status().await.text.contains("hold"));
    let log = house.store.directory().audit_export().await.unwrap();
    let said: Vec<(&str, &str)> = log.iter().map(|entry| (&*entry.actor, &*entry.what)).collect();
    assert!(said.ends_with(&[("dsi", "history.hold"), ("dsi", "history.release")]), "{said:?}");
}

#[tokio::test]
async fn a_hold_that_is_not_there_and_people_who_are_not_are_refused() {
    let house = House::new().await;
    let nobody = house.hold(Some("eve@mairie.test")).await.unwrap_err();
    assert!(nobody.error.contains("eve@mairie.test") && nobody.hint.contains("people list"), "{nobody:?}");
    let none = house.release(None).await.unwrap_err();
    assert!(none.error.contains("no hold"), "{none:?}");
    let order = HistoryRequest::Hold { address: None, by: " ".to_owned(), reason: "why".to_owned() };
    assert!(house.desk.answer(order).await.unwrap_err().hint.contains("--by"));
    house.hold(None).await.unwrap();
    assert!(house.status().await.text.contains("every mailbox"));
    assert!(house.release(None).await.unwrap().text.contains("has ended"));
}
