//! Somebody writes to the database: it is noticed, and not used.

use super::*;
use crate::{StoreError, db};

fn is_tampered<T: std::fmt::Debug>(outcome: &Result<T>) -> bool {
    matches!(outcome, Err(StoreError::Tampered(_)))
}

async fn two_people() -> House {
    let house = House::new().await;
    house.observe(vec![person("anne", &["accueil@corp.test"]), person("mallory", &[])], NOW).await;
    house
}

#[tokio::test]
async fn an_alias_pointed_at_another_entry_makes_mail_wait() {
    let house = two_people().await;
    let mut db = house.intruder().await;
    let moved = "UPDATE address SET version = (SELECT version FROM entry WHERE id = 'mallory')
        WHERE version = (SELECT version FROM entry WHERE id = 'anne')";
    assert!(execute(&mut db, moved).await > 0);
    let outcome = house.directory.resolve(&address("accueil@corp.test"), AsOf::Now).await;
    assert!(is_tampered(&outcome), "{outcome:?}");
    assert_ne!(house.directory.findings().await.unwrap(), []);
}

#[tokio::test]
async fn a_payload_copied_from_another_entry_is_not_used() {
    let house = two_people().await;
    let mut db = house.intruder().await;
    let copied = "UPDATE entry SET payload = (SELECT payload FROM entry WHERE id = 'mallory') WHERE id = 'anne'";
    assert_eq!(execute(&mut db, copied).await, 1);
    assert!(is_tampered(&house.directory.resolve(&address("anne@corp.test"), AsOf::Now).await));
    assert!(is_tampered(&house.directory.entry(&id("anne"), AsOf::Now).await));
    let listed = house.directory.entries(AsOf::Now).await.unwrap();
    assert_eq!(listed.iter().map(|entry| entry.id.0.as_str()).collect::<Vec<_>>(), ["mallory"]);
}

#[tokio::test]
async fn a_deleted_address_makes_mail_wait_instead_of_bouncing() {
    let house = two_people().await;
    let mut db = house.intruder().await;
    execute(&mut db, "DELETE FROM address").await;
    execute(&mut db, "DELETE FROM entry").await;
    assert!(is_tampered(&house.directory.resolve(&address("accueil@corp.test"), AsOf::Now).await));
}

#[tokio::test]
async fn a_version_that_was_ended_cannot_be_revived() {
    let house = two_people().await;
    let mut db = house.intruder().await;
    execute(&mut db, "CREATE TABLE kept AS SELECT * FROM entry WHERE id = 'mallory'").await;
    house.observe(vec![Sighting::Gone(id("mallory"))], NOW.plus_s(10)).await;

    execute(&mut db, "UPDATE entry SET seen_until = NULL WHERE id = 'mallory'").await;
    let outcome = house.directory.resolve(&address("mallory@corp.test"), AsOf::Now).await;
    assert!(is_tampered(&outcome), "an old row under its new code: {outcome:?}");

    execute(&mut db, "DELETE FROM entry WHERE id = 'mallory'").await;
    execute(&mut db, "INSERT INTO entry SELECT * FROM kept").await;
    let outcome = house.directory.resolve(&address("mallory@corp.test"), AsOf::Now).await;
    assert!(is_tampered(&outcome), "an old row under its old code: {outcome:?}");
}

#[tokio::test]
async fn an_honest_write_does_not_bless_what_somebody_did_before() {
    let house = two_people().await;
    let mut db = house.intruder().await;
    execute(&mut db, "DELETE FROM entry WHERE id = 'anne'").await;
    house.observe(vec![person("anne", &[])], NOW.plus_s(1)).await;
    assert!(is_tampered(&house.directory.entry(&id("anne"), AsOf::Now).await));
}

#[tokio::test]
async fn an_entry_that_was_altered_is_taken_in_anew_when_it_is_seen_again() {
    let house = two_people().await;
    let mut db = house.intruder().await;
    execute(&mut db, "UPDATE entry SET payload = x'00' WHERE id = 'anne'").await;
    let again = house.observe(vec![person("anne", &["accueil@corp.test"])], NOW.plus_s(1)).await;
    assert_eq!(again.changed, 1);
    assert_eq!(house.resolve("accueil@corp.test", AsOf::Now).await, mailbox("anne"));
    assert!(house.directory.findings().await.unwrap().iter().any(|found| found.table == "entry"));
}

#[tokio::test]
async fn a_cursor_that_was_moved_is_forgotten_so_that_everything_is_read_anew() {
    let house = two_people().await;
    let mut db = house.intruder().await;
    execute(&mut db, "UPDATE source SET cursor = x'ff'").await;
    assert_eq!(house.directory.cursor(LDAP).await.unwrap(), None);
}

#[tokio::test]
async fn a_contact_key_of_somebody_else_is_not_sealed_to() {
    let house = House::new().await;
    let mut db = house.intruder().await;
    execute(
        &mut db,
        "UPDATE contact_key SET public = x'0101010101010101010101010101010101010101010101010101010101010101'",
    )
    .await;
    let house = house.reopened().await;
    assert_eq!(house.directory.findings().await.unwrap()[0].table, "contact_key");
    house.observe(vec![contact("partner", "z@partner.test")], NOW).await;
    house.directory.unseal_contacts(&house.unlock).await.unwrap();
    let open = house.directory.entry(&id("partner"), AsOf::Now).await.unwrap().unwrap();
    assert_eq!(open.name, "Zénobie Quincampoix");
}

#[tokio::test]
async fn an_emptied_ledger_is_not_written_anew_at_the_next_start() {
    let house = two_people().await;
    let mut db = house.intruder().await;
    execute(&mut db, "DELETE FROM ledger").await;
    let house = house.reopened().await;
    assert!(is_tampered(&house.directory.resolve(&address("anne@corp.test"), AsOf::Now).await));
}

#[tokio::test]
async fn an_admin_settles_the_findings_and_what_verifies_goes_on() {
    let house = two_people().await;
    let mut db = house.intruder().await;
    execute(&mut db, "UPDATE entry SET payload = x'00' WHERE id = 'mallory'").await;
    execute(&mut db, "DELETE FROM address WHERE version = 1").await;
    assert_eq!(house.directory.settle_findings("dsi", NOW).await.unwrap(), 1);
    assert_eq!(house.directory.findings().await.unwrap(), []);
    assert_eq!(house.directory.cursor(LDAP).await.unwrap(), None);
    house.observe(vec![person("anne", &["accueil@corp.test"]), person("mallory", &[])], NOW.plus_s(1)).await;
    assert_eq!(house.resolve("mallory@corp.test", AsOf::Now).await, mailbox("mallory"));
    assert_eq!(house.directory.audit_export().await.unwrap()[0].what, "directory.settle");
}

#[tokio::test]
async fn who_is_taken_out_of_the_table_does_not_quietly_leave_every_group() {
    let house = House::new().await;
    house.observe(vec![person("anne", &[]), person("bob", &[]), group("all", &["anne", "bob"])], NOW).await;
    let mut db = house.intruder().await;
    execute(&mut db, "DELETE FROM entry WHERE id = 'bob'").await;
    let outcome = house.directory.resolve(&address("all@corp.test"), AsOf::Now).await;
    assert!(is_tampered(&outcome), "{outcome:?}");
}

#[tokio::test]
async fn rows_that_were_put_back_with_their_page_contradict_the_ledger_s_head() {
    let house = two_people().await;
    assert_eq!(house.directory.findings().await.unwrap(), []);
    let mut db = house.intruder().await;
    execute(&mut db, "CREATE TABLE kept AS SELECT * FROM entry").await;
    execute(&mut db, "CREATE TABLE kept_address AS SELECT * FROM address").await;
    execute(&mut db, "CREATE TABLE kept_ledger AS SELECT * FROM ledger").await;
    execute(&mut db, "CREATE TABLE kept_source AS SELECT * FROM source").await;
    house.observe(vec![Sighting::Gone(id("mallory"))], NOW.plus_s(10)).await;
    assert_eq!(house.directory.findings().await.unwrap(), []);
    for (table, kept) in
        [("entry", "kept"), ("address", "kept_address"), ("ledger", "kept_ledger"), ("source", "kept_source")]
    {
        for sql in [format!("DELETE FROM {table}"), format!("INSERT INTO {table} SELECT * FROM {kept}")] {
            db::query(db::Made(sql)).execute(&mut db).await.unwrap();
        }
    }
    let found = house.directory.findings().await.unwrap();
    assert_eq!(found.iter().map(|one| one.table.as_str()).collect::<Vec<_>>(), ["ledger"], "{found:?}");
    house.observe(vec![person("paul", &[])], NOW.plus_s(20)).await;
    assert_eq!(house.directory.findings().await.unwrap().len(), 1, "an honest write heals nothing");
    house.directory.settle_findings("dsi", NOW.plus_s(30)).await.unwrap();
    assert_eq!(house.directory.findings().await.unwrap(), []);
}

#[tokio::test]
async fn a_log_that_was_put_back_with_its_head_contradicts_the_ledger_s() {
    let house = two_people().await;
    house.directory.audit(NOW, "dsi", "before", "{}").await.unwrap();
    let mut db = house.intruder().await;
    execute(&mut db, "CREATE TABLE kept AS SELECT * FROM audit_head").await;
    house.directory.audit(NOW, "mallory", "what nobody should see", "{}").await.unwrap();
    assert_eq!(house.directory.findings().await.unwrap(), []);
    execute(&mut db, "DELETE FROM audit WHERE seq = 2").await;
    execute(&mut db, "DELETE FROM audit_head").await;
    execute(&mut db, "INSERT INTO audit_head SELECT * FROM kept").await;
    let found = house.directory.findings().await.unwrap();
    assert_eq!(found.iter().map(|one| one.table.as_str()).collect::<Vec<_>>(), ["ledger"], "{found:?}");
}
