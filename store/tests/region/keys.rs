//! The unlock key changes, and a mailbox is shredded.

use store::directory::{ROTATION_BEGAN, ROTATION_ENDED};
use store::seal::UnlockKey;
use store::{EntryId, Store, StoreError};

use crate::house::{House, START};

/// The same store, opened with another key pinned.
async fn reopened(mut house: House, pinned: &UnlockKey) -> House {
    drop(house.store);
    house.config.regions[0].unlock_public = pinned.public();
    house.store = Store::open(house.config.clone()).await.unwrap();
    house
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_rotation_the_new_key_opens_all_and_the_old_one_nothing() {
    let house = House::new().await;
    house.accept("before the rotation", 1).await;
    let (old, new) = (house.unlock.clone(), UnlockKey::generate());
    let rotated = house.region().rotate(&old, &new).await.unwrap();
    assert_eq!((rotated.changed, rotated.before, rotated.left), (1, 0, 0));
    let house = reopened(house, &old).await;
    assert_eq!(house.region().unseal(&old, None).await.unwrap(), 0, "the old key opens nothing");
    assert_eq!((house.region().misfits(), house.region().findings()), (1, vec![]), "nobody changed anything");
    let house = reopened(house, &new).await;
    assert!(matches!(house.region().unseal(&old, None).await, Err(StoreError::WrongUnlockKey(_))));
    assert_eq!(house.region().unseal(&new, None).await.unwrap(), 1);
    assert_eq!(house.region().misfits(), 0);
    house.clean_point(2).await;
    house.region().lay_out(house.mailbox).await.unwrap();
    assert_eq!(house.bodies("INBOX").await, ["before the rotation"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_that_was_killed_goes_on() {
    let house = House::new().await;
    let (old, new) = (house.unlock.clone(), UnlockKey::generate());
    house.region().rotate(&old, &new).await.unwrap();
    // What a kill leaves: one mailbox is wrapped for the new key, and one still for the old.
    let second =
        store::region::NewMailbox { owner: EntryId::from("maire"), address: "maire@corp.test".into(), shared: false };
    house.region().provision(&[second], START).await.unwrap();
    let rotated = house.region().rotate(&old, &new).await.unwrap();
    assert_eq!((rotated.changed, rotated.before, rotated.left), (1, 1, 0));
    let house = reopened(house, &new).await;
    assert_eq!(house.region().unseal(&new, None).await.unwrap(), 2);
}

#[tokio::test]
async fn a_rotation_is_unfinished_until_it_is_said_to_have_ended() {
    let house = House::new().await;
    let directory = house.store.directory();
    let says = async |what: &str, old: &str, new: &str| {
        let detail = format!(r#"{{"old":"{old}","new":"{new}"}}"#);
        directory.audit(START, "operator", what, &detail).await.unwrap();
        directory.is_rotating().await.unwrap()
    };
    assert!(!directory.is_rotating().await.unwrap());
    assert!(says(ROTATION_BEGAN, "a", "b").await);
    assert!(says(ROTATION_BEGAN, "c", "d").await);
    assert!(says(ROTATION_ENDED, "c", "d").await, "that of another region");
    assert!(!says(ROTATION_ENDED, "b", "b").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_s_key_rotates_nothing_and_spoils_nothing() {
    let house = House::new().await;
    let rotated = house.region().rotate(&UnlockKey::generate(), &UnlockKey::generate()).await.unwrap();
    assert_eq!((rotated.changed, rotated.left), (0, 1));
    assert_eq!(house.region().unseal(&house.unlock, None).await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shredded_mailbox_is_empty_and_works_on() {
    let house = House::new().await;
    let gone = house.accept("to be forgotten", 1).await;
    house.unseal().await;
    assert_eq!(house.region().shred(house.mailbox, START.plus_s(5)).await.unwrap(), 1);
    assert!(!house.region().is_unsealed(house.mailbox));
    house.accept("after it", 6).await;
    house.unseal().await;
    house.clean_point(2).await;
    house.region().lay_out(house.mailbox).await.unwrap();
    assert!(house.region().raw(house.mailbox, gone).await.is_err());
    assert_eq!(house.bodies("INBOX").await, ["after it"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_shredded_while_history_is_frozen() {
    let house = House::new().await;
    let kept = house.accept("evidence", 1).await;
    house.region().set_frozen(true).await.unwrap();
    let refused = house.region().shred(house.mailbox, START.plus_s(5)).await;
    assert!(matches!(refused, Err(StoreError::Frozen)));
    house.unseal().await;
    assert_eq!(house.body(kept).await, "evidence");
}

/// What a node that is open hands on, a node that is sealed reads with; here the same one, after it was sealed.
#[tokio::test(flavor = "multi_thread")]
async fn what_another_node_hands_on_opens_its_mailbox_and_no_other() {
    let house = House::new().await;
    house.accept("read by both", 1).await;
    let other =
        store::region::NewMailbox { owner: EntryId::from("maire"), address: "maire@corp.test".into(), shared: false };
    let other = house.region().provision(&[other], START).await.unwrap()[0];
    assert!(house.region().opened_keys().is_empty(), "a sealed node has nothing to hand on");
    house.region().unseal(&house.unlock, None).await.unwrap();
    let opened = house.region().opened_keys();
    assert_eq!(opened.len(), 2);
    assert_eq!(format!("{:?}", opened[0]), format!("OpenedKey of mailbox {}", opened[0].mailbox));

    house.region().reseal();
    let mut forged = opened.clone();
    for key in &mut forged {
        key.mailbox = if key.mailbox == other { house.mailbox } else { other };
    }
    assert_eq!(house.region().unseal_with(forged).await.unwrap(), 0, "another mailbox's key opens nothing");
    assert!(!house.region().findings().is_empty(), "and is a finding");
    assert_eq!(house.region().unseal_with(opened.clone()).await.unwrap(), 2);
    assert_eq!(house.region().unseal_with(opened).await.unwrap(), 0, "what is open is open");
    house.clean_point(2).await;
    house.region().lay_out(house.mailbox).await.unwrap();
    assert_eq!(house.bodies("INBOX").await, ["read by both"]);
}
