//! The way back: each difference once, and nothing after it is done.

use mail::{Flags, FolderRole, SystemFlags};
use store::StoreError;
use store::region::{Change, CleanPoint, FlagChange, Seen};

use crate::house::{House, START, folder, gone, message, place, raw};

async fn after_an_activity() -> House {
    let house = House::new().await;
    let numbers = (1..=5).map(|uid| message("INBOX", uid, &format!("film-{uid}"), 1));
    house.see([folder("INBOX", 0), folder("Rangé", 0)].into_iter().chain(numbers).collect()).await;
    house.see(vec![gone("INBOX", 5, 20)]).await;
    house.clean_point(10).await;
    house.unseal().await;
    let (region, mailbox) = (house.region(), house.mailbox);
    let inbox = house.named("INBOX").await.id;
    let rang = house.named("Rangé").await.id;
    region.set_flags(mailbox, inbox, &[1], FlagChange::Add(Flags::from(SystemFlags::SEEN)), None).await.unwrap();
    region.move_messages(mailbox, inbox, &[2], rang).await.unwrap();
    region.expunge(mailbox, inbox, &[3]).await.unwrap();
    house.accept("recu", 30).await;
    let sent = house.role(FolderRole::Sent).await.id;
    region.append(mailbox, sent, raw("envoye"), Flags::from(SystemFlags::SEEN), START, START.plus_s(31)).await.unwrap();
    house
}

/// Does at an imagined primary what is asked, and records it as failback does.
async fn perform(house: &House, changes: Vec<Change>, uidvalidity: u32) {
    let (region, mailbox) = (house.region(), house.mailbox);
    let at = START.plus_s(100);
    for (change, uid) in changes.into_iter().zip(50..) {
        match change {
            Change::Append { content, path, flags, .. } | Change::Move { content, to: path, flags, .. } => {
                region.record_returned(mailbox, content, place(&path, uidvalidity, uid), flags, at).await.unwrap();
            }
            Change::Flags { at: place, flags } => {
                let seen = Seen::Flags { path: place.path, uidvalidity: place.uidvalidity, uid: place.uid, flags, at };
                region.record(mailbox, vec![seen], None).await.unwrap();
            }
            Change::Delete { at: place } => {
                let seen = Seen::Gone { path: place.path, uidvalidity: place.uidvalidity, uid: place.uid, at };
                region.record(mailbox, vec![seen], None).await.unwrap();
            }
        }
    }
}

#[tokio::test]
async fn each_difference_is_named_once_and_then_never_again() {
    let house = after_an_activity().await;
    let changes = house.region().changes(house.mailbox, false).await.unwrap();
    let kinds = |wanted: fn(&Change) -> bool| changes.iter().filter(|change| wanted(change)).count();
    assert_eq!(kinds(|change| matches!(change, Change::Flags { at, .. } if at.uid == 1)), 1, "{changes:?}");
    assert_eq!(kinds(|change| matches!(change, Change::Move { from, to, .. } if from.uid == 2 && to == "Rangé")), 1);
    assert_eq!(kinds(|change| matches!(change, Change::Delete { at } if at.uid == 3)), 1);
    assert_eq!(kinds(|change| matches!(change, Change::Append { .. })), 3, "film-5, recu, envoye: {changes:?}");
    assert_eq!(changes.len(), 6);
    perform(&house, changes, 7).await;
    assert_eq!(house.region().changes(house.mailbox, false).await.unwrap(), []);
}

#[tokio::test]
async fn what_a_mailbox_received_goes_back_though_nobody_opened_it() {
    let house = House::new().await;
    house.accept("recu", 1).await;
    house.unseal().await;
    assert_eq!(house.region().changes(house.mailbox, false).await.unwrap(), [], "standby");
    house.clean_point(2).await;
    assert_eq!(house.region().changes(house.mailbox, false).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_wiped_primary_is_offered_everything_once() {
    let house = after_an_activity().await;
    let changes = house.region().changes(house.mailbox, true).await.unwrap();
    assert_eq!(changes.len(), 6, "film 1 2 4 5, recu, envoye: {changes:?}");
    assert!(changes.iter().all(|change| matches!(change, Change::Append { .. })));
    perform(&house, changes, 70).await;
    assert_eq!(house.region().changes(house.mailbox, true).await.unwrap(), []);
    assert_eq!(house.region().changes(house.mailbox, false).await.unwrap(), []);
}

#[tokio::test]
async fn the_end_seals_with_new_keys_and_loses_nothing() {
    let house = after_an_activity().await;
    let (region, mailbox) = (house.region(), house.mailbox);
    let changes = region.changes(mailbox, false).await.unwrap();
    perform(&house, changes, 7).await;
    region.end_activity(START.plus_s(200)).await.unwrap();
    assert_eq!(region.unsealed_count(), 0);
    assert!(matches!(region.folders(mailbox).await, Err(StoreError::NoView(_))));

    house.see(vec![message("INBOX", 90, "apres", 300)]).await;
    house.clean_point(400).await;
    house.unseal().await;
    let mut inbox = house.bodies("INBOX").await;
    inbox.sort();
    assert_eq!(inbox, ["apres", "film-1", "film-4", "film-5", "recu"]);
    assert_eq!(house.bodies("Rangé").await, ["film-2"]);
    assert_eq!(house.bodies("Sent").await, ["envoye"]);
}

/// What Relais took in itself is trusted, also when it came back to us from the primary in the meantime.
#[tokio::test]
async fn what_went_back_is_ours_whatever_the_next_clean_point() {
    for point in [CleanPoint::Unknown, CleanPoint::At(START.plus_s(10)), CleanPoint::At(START.plus_s(400))] {
        let house = after_an_activity().await;
        let (region, mailbox) = (house.region(), house.mailbox);
        let changes = region.changes(mailbox, false).await.unwrap();
        perform(&house, changes, 7).await;
        region.end_activity(START.plus_s(200)).await.unwrap();
        region.set_clean_point(None, point, START.plus_s(400)).await.unwrap();
        house.unseal().await;
        let count = |bodies: Vec<String>, body: &str| bodies.iter().filter(|one| *one == body).count();
        assert_eq!(count(house.bodies("INBOX").await, "recu"), 1, "{point:?}");
        assert_eq!(count(house.bodies("Sent").await, "envoye"), 1, "{point:?}");
        let again = region.changes(mailbox, false).await.unwrap();
        let is_ours = |change: &&Change| matches!(change, Change::Append { received_at, .. } if *received_at >= START);
        assert_eq!(again.iter().filter(is_ours).count(), 0, "it is at the primary already: {point:?} {again:?}");
    }
}

#[tokio::test]
async fn what_went_back_expires_with_its_arrival_there() {
    let house = after_an_activity().await;
    let changes = house.region().changes(house.mailbox, false).await.unwrap();
    perform(&house, changes, 7).await;
    house.region().end_activity(START.plus_s(200)).await.unwrap();
    house.region().expire(START.plus_s(50), START.plus_s(90 * 86_400)).await.unwrap();
    assert!(house.sql("SELECT count(*) FROM event WHERE kind = 7").await > 0);
    house.region().expire(START.plus_s(1_000), START.plus_s(90 * 86_400)).await.unwrap();
    assert_eq!(house.sql("SELECT count(*) FROM event WHERE kind = 7").await, 0);
    assert_eq!(house.sql("SELECT count(*) FROM content").await, 0);
}

#[tokio::test]
async fn what_did_not_go_back_is_still_here_next_time() {
    let house = after_an_activity().await;
    house.region().end_activity(START.plus_s(200)).await.unwrap();
    house.clean_point(400).await;
    house.unseal().await;
    assert!(house.bodies("INBOX").await.contains(&"recu".to_owned()));
    assert_eq!(house.bodies("Sent").await, ["envoye"]);
}

#[tokio::test]
async fn a_mark_is_believed_only_when_it_is_ours() {
    let house = House::new().await;
    let content = house.accept("x", 1).await;
    let mark = house.region().relais_id(content);
    assert_eq!(house.region().verify_relais_id(&mark), Some(content));
    let mut forged = mark;
    forged.tag[0] ^= 1;
    assert_eq!(house.region().verify_relais_id(&forged), None);
    assert!(house.region().holds(house.mailbox, content).await.unwrap());
    assert!(!house.region().holds(store::MailboxId(99), content).await.unwrap());
}
