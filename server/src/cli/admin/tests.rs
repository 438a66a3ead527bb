//! Admins from the first code to the last session.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::net::IpAddr;

use identity::{First, Identity, Keys, Visitor};
use mail::Region;
use store::seal::UnlockKey;
use store::{BlobStore, Database, HouseKeys, RegionConfig, Store, StoreConfig};
use tempfile::TempDir;

use super::Desk;
use crate::clock::now;
use crate::control::{AdminRequest, Answer, Refusal};

async fn desk() -> (Desk, TempDir) {
    let (folder, keys) = (tempfile::tempdir().unwrap(), HouseKeys::generate());
    let name = Region::parse("fr").unwrap();
    let region = RegionConfig {
        name,
        country: "FR".to_owned(),
        place: None,
        unlock_public: UnlockKey::generate().public(),
        database: Database::default(),
        blobs: BlobStore::default(),
    };
    let identity = Identity::new(Keys::new(&keys));
    let data = folder.path().join("data");
    let config =
        StoreConfig { data, node: "one".to_owned(), database: Database::default(), regions: vec![region], keys };
    let origin = "https://console.secours.test".to_owned();
    (Desk { store: Store::open(config).await.unwrap(), identity, origin }, folder)
}

async fn add(desk: &Desk, name: &str) -> Result<Answer, Refusal> {
    desk.answer(AdminRequest::Add { name: name.to_owned(), forget: false }).await
}

fn visitor() -> Visitor<'static> {
    Visitor { peer: IpAddr::from([127, 0, 0, 1]), device: "", now: now() }
}

#[tokio::test]
async fn an_admin_comes_in_by_the_code_and_goes_for_good() {
    let (desk, _folder) = desk().await;
    let code = add(&desk, "dsi").await.unwrap().json["activation_code"].as_str().unwrap().to_owned();
    let (identity, directory) = (&desk.identity, desk.store.directory());
    let entered = identity.welcome_admin(directory, ("dsi", &code), "quatre chevaux", visitor()).await.unwrap();
    assert!(matches!(entered, First::In(_)));
    let again = identity.sign_in_admin(directory, "dsi", "quatre chevaux", visitor()).await.unwrap();
    assert!(matches!(again, First::In(_)));
    assert_eq!(desk.answer(AdminRequest::List).await.unwrap().json["admins"][0]["name"], "dsi");
    desk.answer(AdminRequest::Remove { name: "dsi".to_owned() }).await.unwrap();
    assert!(identity.sign_in_admin(directory, "dsi", "quatre chevaux", visitor()).await.is_err());
    assert!(desk.answer(AdminRequest::Remove { name: "dsi".to_owned() }).await.is_err());
}

#[tokio::test]
async fn a_newer_code_voids_the_older() {
    let (desk, _folder) = desk().await;
    let old = add(&desk, "dsi").await.unwrap().json["activation_code"].as_str().unwrap().to_owned();
    add(&desk, "dsi").await.unwrap();
    let directory = desk.store.directory();
    assert!(desk.identity.welcome_admin(directory, ("dsi", &old), "quatre chevaux", visitor()).await.is_err());
}

#[tokio::test]
async fn a_name_that_is_none_is_refused() {
    let (desk, _folder) = desk().await;
    for name in ["", "a b", "dsi\n", "é", &"a".repeat(65), "admin:x"] {
        assert!(add(&desk, name).await.is_err(), "{name:?}");
    }
}
