//! Mail that waits to leave: pages, leases, rows that somebody forged.

use mail::Reply;
use sqlx::{Connection, SqliteConnection};
use store::Database;
use store::region::Outcome;

use crate::faults::{meddle, postgres};
use crate::house::{House, START, raw, relay, take};

async fn queue(house: &House, addresses: &[&str], s: i64) {
    let region = house.region();
    let mut arrival = house.arrival(region.new_content_id(), raw("dehors"), s);
    arrival.deliver.clear();
    arrival.relay = addresses.iter().map(|address| relay(address)).collect();
    region.accept(arrival).await.unwrap();
}

#[tokio::test]
async fn pages_show_every_recipient_once() {
    let (house, now) = (House::new().await, START.plus_s(9));
    queue(&house, &["a@partner.test", "b@partner.test", "c@partner.test"], 1).await;
    queue(&house, &["d@partner.test"], 2).await;
    let (region, mut seen, mut place) = (house.region(), Vec::new(), None);
    loop {
        let page = region.due(now, place, 2).await.unwrap();
        seen.extend(page.due.iter().map(|due| due.waiting.address.local().to_owned()));
        match page.next {
            Some(next) => place = Some(next),
            None => break,
        }
    }
    assert_eq!(seen, ["a", "b", "c", "d"]);
}

#[tokio::test]
async fn a_lease_ends_unless_it_is_renewed_and_what_is_put_off_is_nobodys() {
    let house = House::new().await;
    let region = house.region();
    queue(&house, &["a@partner.test", "b@partner.test"], 1).await;
    let taken: Vec<_> = take(region, START.plus_s(2)).await.iter().map(|due| due.recipient).collect();
    let at = START.plus_s(200);
    region.settle(taken[0], Outcome::Retry { at, reply: Reply::plain(451, "later") }).await.unwrap();
    assert_eq!(region.renew_due(taken.clone(), START.plus_s(280)).await.unwrap(), taken[1..]);
    let due = region.due(START.plus_s(400), None, 10).await.unwrap().due;
    assert_eq!(due.iter().map(|due| due.recipient).collect::<Vec<_>>(), taken[..1], "renewing did not lease it again");
    assert!(region.take_due(taken.clone(), START.plus_s(100)).await.unwrap().is_empty(), "put off since the look");
    assert_eq!(region.due(START.plus_s(600), None, 10).await.unwrap().due.len(), 2);
}

#[tokio::test]
async fn a_forged_row_that_cannot_be_held_stops_nobody_else() {
    let house = House::new().await;
    queue(&house, &["a@partner.test"], 1).await;
    meddle(&house, "UPDATE outgoing_recipient SET recipient = x'00'").await;
    queue(&house, &["b@partner.test"], 2).await;
    refuse_holds(&house).await;
    let due = house.region().due(START.plus_s(3), None, 10).await.unwrap().due;
    assert_eq!(due.iter().map(|due| due.waiting.address.to_string()).collect::<Vec<_>>(), ["b@partner.test"]);
    assert_eq!(house.region().findings().len(), 1);
}

async fn refuse_holds(house: &House) {
    match &house.config.regions[0].database {
        Database::Folder | store::Database::At(_) => {
            let path = house.folder.path().join("region-fr-test.db");
            let mut db = SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
            let trigger = "CREATE TRIGGER t BEFORE UPDATE OF held ON outgoing_recipient
                           BEGIN SELECT RAISE(ABORT, 'no'); END";
            sqlx::query(trigger).execute(&mut db).await.unwrap();
        }
        Database::Postgres { .. } => {
            let check = "ALTER TABLE outgoing_recipient ADD CHECK (held::int = 0)";
            sqlx::query(check).execute(&mut postgres(house).await).await.unwrap();
        }
    }
}
