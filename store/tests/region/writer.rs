//! Somebody who can write the database and has none of the keys removes rows, adds copies, puts back what was, with its own
//! good code: each is a finding, who was left alone is not named, and mail goes on.

use mail::FolderRole;
use mail::SystemFlags;
use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection};
use store::region::{CleanPoint, Deliver, NewMailbox};
use store::{Database, EntryId, MailboxId, Store, StoreError};

use crate::faults::postgres;
use crate::house::{House, START, flagged, folder, gone, message};

/// The hand in the database; several statements.
async fn hand(house: &House, sql: &str) {
    match &house.config.regions[0].database {
        Database::Postgres { .. } => {
            sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut postgres(house).await).await.unwrap();
        }
        _ => {
            let path = house.folder.path().join("region-fr-test.db");
            let mut db = SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
            sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut db).await.unwrap();
            db.close().await.unwrap();
        }
    }
}

/// A house with mail in two mailboxes, and the second one's number.
async fn two_mailboxes() -> (House, MailboxId) {
    let house = House::new().await;
    house.see(vec![folder("INBOX", 0), message("INBOX", 1, "un", 1), message("INBOX", 2, "deux", 2)]).await;
    house.see(vec![flagged("INBOX", 1, &["\\Seen"], 3)]).await;
    let new = NewMailbox { owner: EntryId::from("maire"), address: "maire@corp.test".into(), shared: false };
    let other = house.region().provision(&[new], START).await.unwrap()[0];
    let seen = vec![folder("INBOX", 0), message("INBOX", 1, "autre", 1)];
    house.region().record(other, seen, None).await.unwrap();
    house.region().verify().await.unwrap();
    assert_eq!(house.region().findings(), Vec::<String>::new());
    (house, other)
}

/// Closes the store and opens it again.
async fn reopened(house: House) -> House {
    let House { folder, config, unlock, store, mailbox } = house;
    drop(store);
    // The folder's lock goes with the last task that holds the store.
    for _ in 0..100_000 {
        match Store::open(config.clone()).await {
            Ok(store) => return House { folder, config, unlock, store, mailbox },
            Err(StoreError::Locked(_)) => tokio::task::yield_now().await,
            Err(error) => panic!("{error}"),
        }
    }
    panic!("the folder stays locked");
}

/// What is found now.
async fn found(house: &House) -> Vec<String> {
    house.region().verify().await.unwrap();
    house.region().findings()
}

/// The finding, the other mailbox not being named, and mail that goes on for both.
async fn is_found(house: &House, other: MailboxId, what: &str) {
    let findings = found(house).await;
    assert!(findings.iter().any(|one| one.contains(what)), "{what:?} is not in {findings:?}");
    assert!(!findings.iter().any(|one| one.contains(&format!("mailbox {other}"))), "{findings:?}");
    let content = house.region().new_content_id();
    let mut arrival = house.arrival(content, b"Subject: x\r\n\r\nx\r\n".to_vec(), 30);
    arrival.deliver.push(Deliver { mailbox: other, role: FolderRole::Inbox, flags: SystemFlags::NONE });
    house.region().accept(arrival).await.unwrap();
    let findings = found(house).await;
    assert!(findings.iter().any(|one| one.contains(what)), "an honest write heals nothing: {findings:?}");
    assert!(!findings.iter().any(|one| one.contains(&format!("mailbox {other}"))), "{findings:?}");
}

/// All columns of an event but its number.
const EVENT: &str =
    "kind, at, path_mac, uidvalidity, uid, content, evidence, size, flags, keywords, received_at, role, mac";

#[tokio::test]
async fn nothing_that_relais_writes_is_a_finding() {
    let (house, other) = two_mailboxes().await;
    house.accept("avant", 5).await;
    house.see(vec![gone("INBOX", 2, 6)]).await;
    house.clean_point(10).await;
    assert_eq!(house.region().unseal(&house.unlock, None).await.unwrap(), 2);
    house.region().lay_out(house.mailbox).await.unwrap();
    house.accept("pendant", 12).await;
    assert_eq!(found(&house).await, Vec::<String>::new());
    house.region().end_activity(START.plus_s(20)).await.unwrap();
    house.region().expire(START.plus_s(3), START.plus_s(21)).await.unwrap();
    assert_eq!(found(&house).await, Vec::<String>::new());
    // The last event of all goes, and SQLite gives its number to the next.
    let last = house.region().new_content_id();
    let mut arrival = house.arrival(last, b"Subject: x\r\n\r\nx\r\n".to_vec(), 22);
    arrival.deliver = vec![Deliver { mailbox: other, role: FolderRole::Inbox, flags: SystemFlags::NONE }];
    house.region().accept(arrival).await.unwrap();
    let (shredding, accepting) = tokio::join!(house.region().shred(other, START.plus_s(23)), house.accept("après", 24));
    shredding.unwrap();
    assert_ne!(accepting, last);
    house.accept("encore", 25).await;
    let moved = NewMailbox { owner: EntryId::from("maire"), address: "mairie@corp.test".into(), shared: false };
    house.region().provision(&[moved], START.plus_s(26)).await.unwrap();
    assert_eq!(found(&house).await, Vec::<String>::new());
    let house = reopened(house).await;
    house.accept("demain", 27).await;
    assert_eq!(found(&house).await, Vec::<String>::new());
}

#[tokio::test]
async fn an_event_that_was_removed_is_missed() {
    let (house, other) = two_mailboxes().await;
    hand(&house, "DELETE FROM event WHERE kind = 5").await;
    is_found(&house, other, &format!("the film of mailbox {}", house.mailbox)).await;
}

#[tokio::test]
async fn the_last_event_that_was_removed_is_missed_though_its_number_is_given_again() {
    let (house, other) = two_mailboxes().await;
    house.accept("dernier", 5).await;
    hand(&house, "DELETE FROM event WHERE id = (SELECT max(id) FROM event); DELETE FROM tally_change").await;
    is_found(&house, other, &format!("the film of mailbox {}", house.mailbox)).await;
}

#[tokio::test]
async fn an_event_that_came_twice_is_too_many() {
    let (house, other) = two_mailboxes().await;
    let copy = format!("INSERT INTO event (mailbox, {EVENT}) SELECT mailbox, {EVENT} FROM event WHERE kind = 5");
    hand(&house, &copy).await;
    is_found(&house, other, &format!("the film of mailbox {}", house.mailbox)).await;
}

#[tokio::test]
async fn an_event_of_another_mailbox_is_not_believed() {
    let (house, other) = two_mailboxes().await;
    let (mine, theirs) = (house.mailbox, other);
    hand(
        &house,
        &format!("INSERT INTO event (mailbox, {EVENT}) SELECT {mine}, {EVENT} FROM event WHERE mailbox = {theirs}"),
    )
    .await;
    is_found(&house, other, "event 7 of the film").await;
    house.clean_point(100).await;
    assert_eq!(house.region().unseal(&house.unlock, None).await.unwrap(), 2);
    assert_eq!(house.bodies("INBOX").await.len(), 3, "its own two and the one that came since");
}

#[tokio::test]
async fn events_in_another_order_are_another_film() {
    let (house, other) = two_mailboxes().await;
    hand(&house, "UPDATE event SET id = -1 WHERE kind = 5").await;
    is_found(&house, other, &format!("the film of mailbox {}", house.mailbox)).await;
}

#[tokio::test]
async fn an_older_clean_point_is_not_in_force_again_unnoticed() {
    let (house, other) = two_mailboxes().await;
    let region = house.region();
    for moment in [50, 10] {
        region.set_clean_point(None, CleanPoint::At(START.plus_s(moment)), START.plus_s(60)).await.unwrap();
    }
    hand(&house, "DELETE FROM clean_point WHERE id = (SELECT max(id) FROM clean_point)").await;
    is_found(&house, other, "the list of clean points").await;
}

#[tokio::test]
async fn an_older_row_of_a_mailbox_is_noticed_though_its_code_is_good() {
    let (house, other) = two_mailboxes().await;
    hand(&house, "CREATE TABLE kept AS SELECT * FROM mailbox").await;
    let new = NewMailbox { owner: EntryId::from("accueil"), address: "nouveau@corp.test".into(), shared: false };
    house.region().provision(&[new], START).await.unwrap();
    let back = "UPDATE mailbox SET address = (SELECT address FROM kept WHERE kept.id = mailbox.id),
                mac = (SELECT mac FROM kept WHERE kept.id = mailbox.id)";
    hand(&house, back).await;
    is_found(&house, other, "the list of mailboxes").await;
    hand(&house, "DROP TABLE kept").await;
}

#[tokio::test]
async fn a_mailbox_that_was_removed_is_missed() {
    let (house, _) = two_mailboxes().await;
    hand(&house, "DELETE FROM mailbox WHERE address = 'maire@corp.test'").await;
    let findings = found(&house).await;
    assert!(findings.iter().any(|one| one.contains("the list of mailboxes")), "{findings:?}");
}

#[tokio::test]
async fn a_film_that_was_put_back_with_its_tally_contradicts_the_region_s() {
    let (house, other) = two_mailboxes().await;
    hand(&house, "CREATE TABLE kept AS SELECT * FROM tally").await;
    house.see(vec![gone("INBOX", 1, 9)]).await;
    let mailbox = house.mailbox;
    let back = format!(
        "DELETE FROM event WHERE kind = 6; DELETE FROM tally_change; DELETE FROM tally WHERE area = 1 AND place = {mailbox};
         INSERT INTO tally SELECT * FROM kept WHERE area = 1 AND place = {mailbox}"
    );
    hand(&house, &back).await;
    is_found(&house, other, "the sum of the region").await;
}

#[tokio::test]
async fn a_database_that_was_put_back_whole_is_behind_what_the_directory_knows() {
    let (house, other) = two_mailboxes().await;
    hand(&house, "CREATE TABLE kept AS SELECT * FROM tally").await;
    house.see(vec![gone("INBOX", 1, 9)]).await;
    house.region().tell_head().await.unwrap();
    let back = "DELETE FROM event WHERE kind = 6; DELETE FROM tally_change; DELETE FROM tally;
                INSERT INTO tally SELECT * FROM kept; DROP TABLE kept";
    hand(&house, back).await;
    assert_eq!(found(&house).await, Vec::<String>::new(), "it agrees with itself");
    house.region().tell_head().await.unwrap();
    is_found(&house, other, "an older database was put back").await;
    let house = reopened(house).await;
    is_found(&house, other, "an older database was put back").await;
}

#[tokio::test]
async fn tallies_that_were_removed_are_not_made_anew_unnoticed() {
    let (house, _) = two_mailboxes().await;
    hand(&house, "DELETE FROM event WHERE kind = 5; DELETE FROM tally").await;
    assert!(found(&house).await.iter().any(|one| one.contains("the sum of the region")));
    house.accept("après", 20).await;
    assert!(found(&house).await.iter().any(|one| one.contains("the sum of the region")));
    let (house, other) = two_mailboxes().await;
    house.region().tell_head().await.unwrap();
    hand(&house, "DELETE FROM event WHERE kind = 5; DELETE FROM tally").await;
    let house = reopened(house).await;
    is_found(&house, other, "an older database was put back").await;
}

#[tokio::test]
async fn what_an_older_release_left_is_counted_once() {
    let (house, _) = two_mailboxes().await;
    hand(&house, "DELETE FROM tally").await;
    let directory = format!("sqlite://{}", house.folder.path().join("directory.db").display());
    let mut db = SqliteConnection::connect(&directory).await.unwrap();
    sqlx::query("DELETE FROM film_head").execute(&mut db).await.unwrap();
    db.close().await.unwrap();
    let house = reopened(house).await;
    assert_eq!(found(&house).await, Vec::<String>::new());
    house.accept("après", 20).await;
    assert_eq!(found(&house).await, Vec::<String>::new());
}

#[tokio::test]
async fn an_admin_who_has_looked_goes_on_with_what_there_is() {
    let (house, _) = two_mailboxes().await;
    hand(&house, "DELETE FROM event WHERE kind = 5").await;
    assert_eq!(found(&house).await.len(), 1);
    assert_eq!(house.region().settle_findings().await.unwrap(), 1);
    house.accept("après", 20).await;
    assert_eq!(found(&house).await, Vec::<String>::new());
    let house = reopened(house).await;
    assert_eq!(found(&house).await, Vec::<String>::new());
    hand(&house, "DELETE FROM event WHERE kind = 7").await;
    assert_eq!(found(&house).await.len(), 1);
}

/// A copy of a database's file, beside it.
async fn kept(house: &House, name: &str) {
    let mut db = file(house, name).await;
    let keep = format!("VACUUM INTO '{}'", house.folder.path().join("kept.db").display());
    sqlx::query(AssertSqlSafe(keep)).execute(&mut db).await.unwrap();
    db.close().await.unwrap();
}

/// All rows of the copy in place of those that are there.
async fn put_back(house: &House, name: &str) {
    let mut db = file(house, name).await;
    let attach = format!("ATTACH '{}' AS kept", house.folder.path().join("kept.db").display());
    sqlx::query(AssertSqlSafe(attach)).execute(&mut db).await.unwrap();
    let tables = "SELECT name FROM kept.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
    let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&mut db).await.unwrap();
    for table in &tables {
        let back = format!("DELETE FROM main.{table}; INSERT INTO main.{table} SELECT * FROM kept.{table}");
        sqlx::raw_sql(AssertSqlSafe(back)).execute(&mut db).await.unwrap();
    }
    sqlx::raw_sql("DELETE FROM main.tally_change").execute(&mut db).await.ok();
    db.close().await.unwrap();
}

async fn file(house: &House, name: &str) -> SqliteConnection {
    let path = house.folder.path().join(name);
    SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap()
}

fn in_a_folder(house: &House) -> bool {
    matches!(house.config.regions[0].database, Database::Folder)
}

#[tokio::test]
async fn a_directory_that_was_put_back_whole_is_behind_what_the_regions_know() {
    let (house, _) = two_mailboxes().await;
    kept(&house, "directory.db").await;
    house.store.directory().audit(START, "dsi", "order", "{}").await.unwrap();
    house.region().tell_head().await.unwrap();
    assert_eq!(found(&house).await, Vec::<String>::new());
    put_back(&house, "directory.db").await;
    assert_eq!(house.store.directory().findings().await.unwrap(), [], "it agrees with itself");
    house.region().tell_head().await.unwrap();
    let findings = found(&house).await;
    assert!(findings.iter().any(|one| one.starts_with("the directory is at version")), "{findings:?}");
    let house = reopened(house).await;
    let findings = found(&house).await;
    assert!(findings.iter().any(|one| one.starts_with("the directory is at version")), "{findings:?}");
    house.region().settle_findings().await.unwrap();
    let house = reopened(house).await;
    assert_eq!(found(&house).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_region_that_was_restored_is_no_finding_once_it_is_told_that_it_is_a_copy() {
    let (house, _) = two_mailboxes().await;
    if !in_a_folder(&house) {
        return;
    }
    kept(&house, "region-fr-test.db").await;
    house.accept("après", 20).await;
    house.region().tell_head().await.unwrap();
    put_back(&house, "region-fr-test.db").await;
    let house = reopened(house).await;
    let findings = house.region().findings();
    assert!(findings.iter().any(|one| one.contains("an older database was put back")), "{findings:?}");
    let region = house.region().name().clone();
    house.store.is_a_copy(false, &[region], START.plus_s(30)).await.unwrap();
    assert_eq!(found(&house).await, Vec::<String>::new());
    let house = reopened(house).await;
    assert_eq!(found(&house).await, Vec::<String>::new());
}

#[tokio::test]
async fn sums_that_were_removed_are_not_made_anew_once_the_log_speaks_of_them() {
    let (house, _) = two_mailboxes().await;
    house.store.say_counted(START).await.unwrap();
    hand(&house, "DELETE FROM event WHERE kind = 5").await;
    hand(&house, "DELETE FROM tally; DELETE FROM tally_change; DELETE FROM directory_head").await;
    let mut db = file(&house, "directory.db").await;
    sqlx::raw_sql("DELETE FROM film_head; DELETE FROM ledger_head").execute(&mut db).await.unwrap();
    db.close().await.unwrap();
    let house = reopened(house).await;
    house.accept("après", 20).await;
    let house = reopened(house).await;
    let findings = found(&house).await;
    for what in ["the sum of the region", "the film of mailbox"] {
        assert!(findings.iter().any(|one| one.starts_with(what)), "{what:?} is not in {findings:?}");
    }
    let directory = house.store.directory().findings().await.unwrap();
    assert!(directory.iter().any(|one| one.table == "ledger"), "{directory:?}");
    house.store.settle_findings("dsi", START.plus_s(30)).await.unwrap();
    assert_eq!(found(&house).await, Vec::<String>::new());
    assert_eq!(house.store.directory().findings().await.unwrap(), []);
    let house = reopened(house).await;
    assert_eq!((found(&house).await, house.store.directory().findings().await.unwrap()), (vec![], vec![]));
}

#[tokio::test]
async fn what_was_settled_at_another_node_is_no_finding_here() {
    let (house, _) = two_mailboxes().await;
    hand(&house, "DELETE FROM event WHERE kind = 5").await;
    assert_eq!(found(&house).await.len(), 1);
    house.store.directory().audit(START, "dsi", "integrity.settled", "{}").await.unwrap();
    house.region().tell_head().await.unwrap();
    assert_eq!(house.region().findings(), Vec::<String>::new());
}

/// On SQLite nobody else can commit while a transaction is open.
#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_commits_while_a_message_is_written_is_not_taken_for_ours() {
    let (house, _) = two_mailboxes().await;
    if in_a_folder(&house) {
        return;
    }
    let (mut stranger, mut looking) = (postgres(&house).await, postgres(&house).await);
    let run = async |db: &mut sqlx::PgConnection, sql: &'static str| sqlx::raw_sql(sql).execute(db).await.unwrap();
    run(&mut stranger, "BEGIN; LOCK TABLE content IN SHARE MODE").await;
    let writing = async {
        house.accept("pendant", 20).await;
    };
    let striking = async {
        let waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'content'::regclass";
        while sqlx::query_scalar::<_, i64>(waits).fetch_one(&mut looking).await.unwrap() == 0 {
            tokio::task::yield_now().await;
        }
        run(&mut stranger, "DELETE FROM event WHERE kind = 5").await;
        let again =
            format!("INSERT INTO event (mailbox, {EVENT}) SELECT mailbox, {EVENT} FROM event WHERE kind = 3 LIMIT 1");
        sqlx::raw_sql(AssertSqlSafe(again)).execute(&mut stranger).await.unwrap();
        run(&mut stranger, "COMMIT").await;
    };
    tokio::join!(writing, striking);
    let findings = found(&house).await;
    assert!(findings.iter().any(|one| one.contains("the film of mailbox")), "{findings:?}");
    house.accept("après", 21).await;
    assert!(!found(&house).await.is_empty(), "an honest write heals nothing");
}
