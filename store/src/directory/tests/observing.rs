//! Seeing people come, change and go.

use super::*;

#[tokio::test]
async fn what_is_seen_is_counted_as_added_changed_removed_or_unchanged() {
    let house = House::new().await;
    let first = house.observe(vec![person("anne", &[]), person("bob", &[])], NOW).await;
    assert_eq!(first, Observed { added: 2, ..Observed::default() });
    let again = vec![person("anne", &[]), person("bob", &["bobby@corp.test"]), Sighting::Gone(id("carl"))];
    let second = house.observe(again, NOW.plus_s(1)).await;
    assert_eq!(second, Observed { changed: 1, unchanged: 2, ..Observed::default() });
    let third = house.observe(vec![Sighting::Gone(id("bob"))], NOW.plus_s(2)).await;
    assert_eq!(third, Observed { removed: 1, ..Observed::default() });
    assert_eq!(house.directory.entries(AsOf::Now).await.unwrap().len(), 1);
    assert_eq!(house.directory.counts().await.unwrap(), Counts { people: 1, ..Counts::default() });
    assert_eq!(house.directory.findings().await.unwrap(), []);
}

#[tokio::test]
async fn the_directory_is_asked_as_of_any_moment() {
    let house = House::new().await;
    house.observe(vec![person("anne", &["accueil@corp.test"]), person("bob", &[])], NOW).await;
    let seized = NOW.plus_s(100);
    house.observe(vec![person("anne", &[]), person("bob", &["accueil@corp.test"])], seized).await;
    house.observe(vec![Sighting::Gone(id("anne"))], NOW.plus_s(200)).await;

    assert_eq!(house.resolve("Accueil@corp.test", AsOf::Now).await, mailbox("bob"));
    assert_eq!(house.resolve("accueil@corp.test", AsOf::Before(seized)).await, mailbox("anne"));
    assert_eq!(house.resolve("anne@corp.test", AsOf::Before(NOW.plus_s(200))).await, mailbox("anne"));
    assert_eq!(house.resolve("anne@corp.test", AsOf::Now).await, Resolved::Unknown);
    assert_eq!(house.resolve("anne@corp.test", AsOf::Before(NOW)).await, Resolved::Unknown);
    assert_eq!(house.directory.entries(AsOf::Before(seized)).await.unwrap().len(), 2);
    let then = house.directory.entry(&id("anne"), AsOf::Before(seized)).await.unwrap().unwrap();
    assert!(then.holds(&address("accueil@corp.test")));
}

#[tokio::test]
async fn what_an_admin_enters_here_counts_whatever_the_clean_point() {
    let house = House::new().await;
    house.observe(vec![person("anne", &[])], NOW).await;
    let later = NOW.plus_s(100);
    let ours = vec![person("anne", &["new@corp.test"]), person("temp", &[])];
    house.directory.observe(OWN_SOURCE, ours, None, later).await.unwrap();
    let trusted = AsOf::Before(NOW.plus_s(50));
    assert_eq!(house.resolve("temp@corp.test", trusted).await, mailbox("temp"));
    assert_eq!(house.resolve("new@corp.test", trusted).await, mailbox("anne"));
    assert_eq!(house.resolve("anne@corp.test", trusted).await, mailbox("anne"));
}

#[tokio::test]
async fn a_source_cannot_remove_what_another_one_shows() {
    let house = House::new().await;
    house.observe(vec![person("anne", &[])], NOW).await;
    let gone = vec![Sighting::Gone(id("anne"))];
    let observed = house.directory.observe("csv", gone, None, NOW.plus_s(1)).await.unwrap();
    assert_eq!(observed, Observed { unchanged: 1, ..Observed::default() });
    assert_eq!(house.resolve("anne@corp.test", AsOf::Now).await, mailbox("anne"));
}

#[tokio::test]
async fn a_source_goes_on_where_it_stood() {
    let house = House::new().await;
    assert_eq!(house.directory.cursor(LDAP).await.unwrap(), None);
    house.observe(vec![person("anne", &[])], NOW).await;
    let house = house.reopened().await;
    assert_eq!(house.directory.cursor(LDAP).await.unwrap(), Some(b"cookie".to_vec()));
    assert_eq!(house.directory.last_seen(LDAP).await.unwrap(), Some(NOW));
    assert_eq!(house.directory.last_seen("csv").await.unwrap(), None);
}

#[tokio::test]
async fn a_clock_that_goes_back_makes_no_version_that_ends_before_it_began() {
    let house = House::new().await;
    house.observe(vec![person("anne", &[])], NOW).await;
    house.observe(vec![person("anne", &["a@corp.test"])], NOW.plus_s(-500)).await;
    assert_eq!(house.resolve("a@corp.test", AsOf::Now).await, mailbox("anne"));
    assert_eq!(house.directory.findings().await.unwrap(), []);
}

#[tokio::test]
async fn more_than_one_transaction_of_people_is_taken_in_and_then_costs_nothing() {
    let house = House::new().await;
    let all = || (0..25_000).map(|n| person(&format!("p{n}"), &[])).collect::<Vec<_>>();
    assert_eq!(house.observe(all(), NOW).await.added, 25_000);
    assert_eq!(house.observe(all(), NOW.plus_s(1)).await.unchanged, 25_000);
    assert_eq!(house.resolve("p24999@corp.test", AsOf::Now).await, mailbox("p24999"));
}
