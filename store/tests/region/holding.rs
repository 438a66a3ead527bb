//! Legal hold, and the account of what went: exact, and for each reason.

use mail::Timestamp;
use store::region::Sum;
use store::{EntryId, StoreError};

use super::house::{House, START, folder, message, raw};

const LATER: Timestamp = START.plus_s(90 * 86_400);

async fn account(house: &House) -> Vec<(String, Sum)> {
    let lines = house.region().removals(None, 100).await.unwrap();
    assert!(lines.iter().all(|line| line.owner == EntryId::from("accueil")));
    lines.into_iter().map(|line| (line.why, line.sum)).collect()
}

fn size(bodies: &[&str]) -> u64 {
    bodies.iter().map(|body| u64::try_from(raw(body).len()).unwrap()).sum()
}

#[tokio::test]
async fn what_leaves_the_window_is_counted_to_the_byte() {
    let house = House::new().await;
    house.see(vec![folder("INBOX", 0), message("INBOX", 1, "vieux", 1), message("INBOX", 2, "très vieux", 2)]).await;
    house.see(vec![message("INBOX", 3, "neuf", 100)]).await;
    let gone = Sum { events: 2, messages: 2, bodies: 2, bytes: size(&["vieux", "très vieux"]) };
    assert_eq!(house.region().expire(START.plus_s(50), LATER).await.unwrap(), gone);
    assert_eq!(house.region().expire(START.plus_s(50), LATER).await.unwrap(), Sum::default());
    assert_eq!(account(&house).await, [("window".to_owned(), gone)]);
    let more = Sum { events: 1, messages: 1, bodies: 1, bytes: size(&["neuf"]) };
    assert_eq!(house.region().expire(START.plus_s(200), LATER).await.unwrap(), more);
    let mut sum = gone;
    sum += more;
    assert_eq!(account(&house).await, [("window".to_owned(), sum)], "one line a day");
    let line = &house.region().removals(None, 1).await.unwrap()[0];
    assert_eq!(line.day, Timestamp::from_ms(LATER.as_ms() - LATER.as_ms() % 86_400_000));
}

#[tokio::test]
async fn a_hold_keeps_what_would_leave_until_it_ends() {
    let house = House::new().await;
    house.see(vec![folder("INBOX", 0), message("INBOX", 1, "vieux", 1)]).await;
    house.region().set_hold(Some(house.mailbox), "dsi", "enquête", LATER).await.unwrap();
    house.region().set_hold(Some(house.mailbox), "maire", "again", LATER).await.unwrap();
    let holds = house.region().legal_holds().await.unwrap();
    assert_eq!((holds.len(), &*holds[0].set_by, &*holds[0].reason), (1, "dsi", "enquête"));
    assert_eq!(house.region().expire(START.plus_s(50), LATER).await.unwrap(), Sum::default());
    let refused = house.region().shred(house.mailbox, LATER).await.unwrap_err();
    assert!(matches!(&refused, StoreError::Held(_)), "{refused:?}");
    assert!(refused.hint().contains("release"));
    house.clean_point(200).await;
    house.unseal().await;
    assert_eq!(house.bodies("INBOX").await, ["vieux"]);
    assert_eq!(house.region().end_hold(Some(house.mailbox), LATER).await.unwrap(), 0);
    assert!(matches!(house.region().end_hold(Some(house.mailbox), LATER).await, Err(StoreError::NoSuch(_))));
    let gone = Sum { events: 1, ..Sum::default() };
    assert_eq!(house.region().expire(START.plus_s(50), LATER).await.unwrap(), gone, "the view still has the message");
    assert!(house.region().findings().is_empty());
}

#[tokio::test]
async fn what_staff_deleted_is_kept_by_a_hold_on_everybody_and_goes_with_it() {
    let house = House::new().await;
    let received = house.accept("supprimé", 1).await;
    house.clean_point(2).await;
    house.unseal().await;
    house.region().set_hold(None, "dsi", "enquête", START.plus_s(3)).await.unwrap();
    let inbox = house.named("INBOX").await.id;
    house.region().expunge(house.mailbox, inbox, &[1]).await.unwrap();
    house.region().end_activity(START.plus_s(4)).await.unwrap();
    assert!(house.region().holds(house.mailbox, received).await.unwrap(), "a hold let it go");
    let event = Sum { events: 1, ..Sum::default() };
    assert_eq!(account(&house).await, [("activity".to_owned(), event)], "the message itself is there");
    assert_eq!(house.region().legal_holds().await.unwrap()[0].owner, None);
    assert_eq!(house.region().end_hold(None, LATER).await.unwrap(), 1);
    assert!(!house.region().holds(house.mailbox, received).await.unwrap());
    let gone = Sum { events: 0, messages: 1, bodies: 1, bytes: size(&["supprimé"]) };
    assert_eq!(account(&house).await, [("hold-ended".to_owned(), gone), ("activity".to_owned(), event)]);
    assert!(house.region().end_hold(None, LATER).await.is_err(), "none is set");
}

#[tokio::test]
async fn without_a_hold_what_staff_deleted_and_what_is_shredded_is_accounted_for() {
    let house = House::new().await;
    house.accept("supprimé", 1).await;
    house.clean_point(2).await;
    house.unseal().await;
    let inbox = house.named("INBOX").await.id;
    house.region().expunge(house.mailbox, inbox, &[1]).await.unwrap();
    house.region().end_activity(START.plus_s(4)).await.unwrap();
    house.see(vec![folder("INBOX", 5), message("INBOX", 1, "au primaire", 6)]).await;
    house.region().shred(house.mailbox, START.plus_s(7)).await.unwrap();
    let deleted = Sum { events: 1, messages: 1, bodies: 1, bytes: size(&["supprimé"]) };
    let shredded = Sum { events: 2, messages: 1, bodies: 1, bytes: size(&["au primaire"]) };
    assert_eq!(account(&house).await, [("activity".to_owned(), deleted), ("shredded".to_owned(), shredded)],);
}
