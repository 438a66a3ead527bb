//! External contacts are sealed in standby, and mail for them still finds its way.

use super::*;
use crate::StoreError;

#[tokio::test]
async fn a_sealed_contact_shows_its_address_to_mail_and_its_name_to_nobody() {
    let house = House::new().await;
    house.observe(vec![contact("partner", "z.quincampoix@partner.test")], NOW).await;
    let to = address("z.quincampoix@partner.test");
    assert_eq!(house.resolve("Z.Quincampoix@partner.test", AsOf::Now).await, Resolved::Contact(to.clone()));

    let sealed = house.directory.entry(&id("partner"), AsOf::Now).await.unwrap().unwrap();
    assert_eq!((sealed.name.as_str(), sealed.phone), ("", None));
    house.directory.unseal_contacts(&house.unlock).await.unwrap();
    let open = house.directory.entry(&id("partner"), AsOf::Now).await.unwrap().unwrap();
    assert_eq!((open.name.as_str(), open.primary), ("Zénobie Quincampoix", Some(to)));
    house.directory.reseal_contacts();
    let sealed = house.directory.entry(&id("partner"), AsOf::Now).await.unwrap().unwrap();
    assert_eq!(sealed.name, "");
}

#[tokio::test]
async fn the_data_folder_tells_nothing_about_contacts() {
    let house = House::new().await;
    house.observe(vec![contact("partner", "z.quincampoix@partner.test"), person("anne", &[])], NOW).await;
    let bytes = house.bytes().await;
    let holds = |word: &str| bytes.windows(word.len()).any(|some| some == word.as_bytes());
    assert!(holds("anne"), "the organisation's own people are in clear");
    for word in ["quincampoix", "Quincampoix", "partner.test", "+33 1 99"] {
        assert!(!holds(word), "{word}");
    }
}

#[tokio::test]
async fn another_unlock_key_opens_nothing() {
    let house = House::new().await;
    let other = UnlockKey::generate();
    assert!(matches!(house.directory.unseal_contacts(&other).await, Err(StoreError::WrongUnlockKey(_))));
}

#[tokio::test]
async fn an_unchanged_contact_is_not_sealed_anew() {
    let house = House::new().await;
    house.observe(vec![contact("partner", "z@partner.test")], NOW).await;
    let again = house.observe(vec![contact("partner", "z@partner.test")], NOW.plus_s(1)).await;
    assert_eq!(again.unchanged, 1);
}

#[tokio::test]
async fn contacts_are_opened_after_a_restart() {
    let house = House::new().await;
    house.observe(vec![contact("partner", "z@partner.test")], NOW).await;
    let house = house.reopened().await;
    house.directory.unseal_contacts(&house.unlock).await.unwrap();
    let open = house.directory.entry(&id("partner"), AsOf::Now).await.unwrap().unwrap();
    assert_eq!(open.name, "Zénobie Quincampoix");
}
