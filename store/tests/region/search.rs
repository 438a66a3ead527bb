//! Searching: what is written in standby is found once it is unsealed, and by nobody before.

use mail::Timestamp;
use mail::search::{Fields, Form, Query, Term};
use store::region::FlagChange;
use store::{Database, Store, StoreError};

use crate::house::{House, START, folder, message};
use crate::leaks::{contains, kept, unpacked};

fn query(typed: &str) -> Query {
    let midnight = |day: mail::search::Day| {
        Timestamp::parse_rfc3339(&format!("{}-{:02}-{:02}T00:00:00Z", day.year, day.month, day.day)).unwrap()
    };
    Query::parse(typed, midnight)
}

impl House {
    async fn found(&self, typed: &str) -> Vec<String> {
        let hits = self.region().search(self.mailbox, &query(typed), None, 50).await.unwrap();
        let mut bodies = Vec::new();
        for hit in hits {
            bodies.push(self.body(hit.content).await);
        }
        bodies
    }

    async fn index(&self) -> usize {
        self.region().index_mailbox(self.mailbox).await.unwrap()
    }

    pub async fn sql(&self, sql: &'static str) -> i64 {
        if let Database::Postgres { .. } = &self.config.regions[0].database {
            let mut db = crate::faults::postgres(self).await;
            let sql = sqlx::AssertSqlSafe(sql.replace("zeroblob(48)", "decode(repeat('00', 48), 'hex')"));
            return match sql.0.starts_with("SELECT") {
                true => sqlx::query_scalar(sql).fetch_one(&mut db).await.unwrap(),
                false => sqlx::query(sql).execute(&mut db).await.unwrap().rows_affected() as i64,
            };
        }
        let path = self.folder.path().join("region-fr-test.db");
        let db = sqlx::SqlitePool::connect(&format!("sqlite:{}", path.display())).await.unwrap();
        if sql.starts_with("SELECT") {
            sqlx::query_scalar(sql).fetch_one(&db).await.unwrap()
        } else {
            sqlx::query(sql).execute(&db).await.unwrap().rows_affected() as i64
        }
    }

    async fn reopen(&mut self) {
        let elsewhere = tempfile::tempdir().unwrap();
        let other = crate::house::config(elsewhere.path(), &self.unlock);
        // The old store lets its folder go before the new one takes it.
        self.store = Store::open(other).await.unwrap();
        self.store = Store::open(self.config.clone()).await.unwrap();
    }
}

async fn with_history() -> House {
    let house = House::new().await;
    house
        .see(vec![
            folder("INBOX", 0),
            message("INBOX", 1, "Réunion à la Préfecture jeudi", 10),
            message("INBOX", 2, "Le conseil municipal vote le budget", 20),
            message("Archive", 3, "Un conseil de développement", 30),
        ])
        .await;
    house
}

async fn open(house: &House) {
    house.clean_point(100).await;
    house.unseal().await;
}

#[tokio::test]
async fn what_standby_indexed_is_found_after_a_restart_and_an_unsealing() {
    let mut house = with_history().await;
    assert_eq!(house.index().await, 3);
    assert_eq!(house.sql("SELECT count(*) FROM unindexed").await, 0);
    house.reopen().await;
    house.clean_point(100).await;
    let sealed = house.region().search(house.mailbox, &query("conseil"), None, 50).await;
    assert!(matches!(sealed, Err(StoreError::Sealed(_))), "{sealed:?}");
    house.unseal().await;
    assert_eq!(house.found("prefecture").await, ["Réunion à la Préfecture jeudi"]);
    assert_eq!(house.found("conseil").await, ["Un conseil de développement", "Le conseil municipal vote le budget"]);
    assert_eq!(house.found("\"conseil municipal\"").await, ["Le conseil municipal vote le budget"]);
    assert_eq!(house.found("conseil -budget").await, ["Un conseil de développement"]);
    assert_eq!(house.found("de:ami@partner.test objet:budget").await, ["Le conseil municipal vote le budget"]);
    assert_eq!(house.found("développ").await, ["Un conseil de développement"]);
    assert_eq!(house.found("\"développ\"").await, [""; 0]);
    assert_eq!(house.found("has:attachment").await, [""; 0]);
}

#[tokio::test]
async fn what_was_never_indexed_is_found_all_the_same() {
    let mut house = with_history().await;
    house.reopen().await;
    assert_eq!(house.index().await, 0, "the key is gone with the process");
    open(&house).await;
    assert_eq!(house.found("prefecture").await, ["Réunion à la Préfecture jeudi"]);
    house.accept("Arrivé pendant la recherche", 200).await;
    assert_eq!(house.found("recherche").await, ["Arrivé pendant la recherche"]);
    assert_eq!(house.index().await, 4);
    assert_eq!(house.found("recherche").await, ["Arrivé pendant la recherche"]);
    assert_eq!(house.sql("SELECT count(*) FROM unindexed").await, 0);
}

#[tokio::test]
async fn an_index_tells_nobody_a_word() {
    let house = House::new().await;
    let words: String = (0..3000).map(|number| format!("secretdefense{number} ")).collect();
    house.see(vec![folder("INBOX", 0), message("INBOX", 1, &words, 10)]).await;
    assert_eq!(house.index().await, 1);
    assert!(house.sql("SELECT count(*) FROM segment_block").await > 0);
    let bytes = kept(&house).await;
    assert!(contains(&bytes, "accueil@corp.test"), "the search works");
    for word in ["secretdefense", "defense1", "partner"] {
        assert!(!contains(&bytes, word) && !contains(&unpacked(&bytes), word), "{word}");
    }
}

#[tokio::test]
async fn small_segments_become_one() {
    let house = House::new().await;
    house.see(vec![folder("INBOX", 0)]).await;
    for number in 0..20_u32 {
        let body = format!("commun particulier{number}");
        house.see(vec![message("INBOX", number + 1, &body, i64::from(number))]).await;
        assert_eq!(house.index().await, 1);
    }
    let segments = house.sql("SELECT count(*) FROM segment").await;
    assert!(segments < 8, "{segments} segments");
    open(&house).await;
    assert_eq!(house.found("commun").await.len(), 20);
    for number in 0..20 {
        assert_eq!(house.found(&format!("\"particulier{number}\"")).await, [format!("commun particulier{number}")]);
    }
}

#[tokio::test]
async fn a_day_that_is_over_is_indexed_under_its_own_key() {
    let house = with_history().await;
    let day = 86_400;
    house.see(vec![message("INBOX", 9, "le lendemain", day)]).await;
    assert_eq!(house.region().index_waiting().await.unwrap(), 3);
    assert_eq!(house.sql("SELECT count(*) FROM unindexed").await, 1);
    house.clean_point(2 * day).await;
    house.unseal().await;
    assert_eq!(house.found("prefecture").await.len(), 1);
    assert_eq!(house.found("lendemain").await.len(), 1);
}

#[tokio::test]
async fn what_moves_and_goes_is_found_where_it_is() {
    let house = with_history().await;
    house.index().await;
    open(&house).await;
    assert_eq!(house.found("conseil").await.len(), 2);
    let (inbox, archive) = (house.named("INBOX").await.id, house.named("Archive").await.id);
    let hits = house.region().search(house.mailbox, &query("budget"), Some(inbox), 50).await.unwrap();
    let uid = hits[0].uid;
    house.region().set_flags(house.mailbox, inbox, &[uid], FlagChange::Add(mail::Flags::none()), None).await.unwrap();
    house.region().move_messages(house.mailbox, inbox, &[uid], archive).await.unwrap();
    assert!(house.region().search(house.mailbox, &query("budget"), Some(inbox), 50).await.unwrap().is_empty());
    let hits = house.region().search(house.mailbox, &query("budget"), None, 50).await.unwrap();
    assert_eq!((hits.len(), hits[0].folder), (1, archive));
    house.region().expunge(house.mailbox, archive, &[hits[0].uid]).await.unwrap();
    assert_eq!(house.found("budget").await, [""; 0]);
    assert_eq!(house.found("conseil").await, ["Un conseil de développement"]);
}

#[tokio::test]
async fn sealing_closes_the_index_and_expiry_takes_it_away() {
    let house = with_history().await;
    house.index().await;
    open(&house).await;
    assert_eq!(house.found("conseil").await.len(), 2);
    house.region().reseal();
    assert!(matches!(
        house.region().search(house.mailbox, &query("conseil"), None, 9).await,
        Err(StoreError::Sealed(_))
    ));
    house.region().end_activity(START.plus_s(200)).await.unwrap();
    assert_eq!(house.region().expire(START.plus_s(1000), START.plus_s(90 * 86_400)).await.unwrap().events, 3);
    assert_eq!(house.sql("SELECT count(*) FROM segment").await, 0);
    assert_eq!(house.sql("SELECT count(*) FROM segment_block").await, 0);
    assert_eq!(house.sql("SELECT count(*) FROM unindexed").await, 0);
}

#[tokio::test]
async fn new_keys_after_failback_open_the_index_too() {
    let house = with_history().await;
    house.index().await;
    open(&house).await;
    house.region().end_activity(START.plus_s(200)).await.unwrap();
    house.clean_point(300).await;
    house.unseal().await;
    assert_eq!(house.found("prefecture").await.len(), 1);
}

#[tokio::test]
async fn a_forged_segment_is_a_finding_and_the_rest_is_found() {
    let house = with_history().await;
    house.index().await;
    house.see(vec![message("INBOX", 9, "intact et trouvé", 50)]).await;
    house.index().await;
    assert_eq!(house.sql("UPDATE segment SET contents = zeroblob(48) WHERE id = 1").await, 1);
    open(&house).await;
    assert_eq!(house.found("intact").await, ["intact et trouvé"]);
    let _ = house.found("conseil").await;
    assert!(house.region().findings().iter().any(|finding| format!("{finding:?}").contains("segment")));
}

#[tokio::test]
async fn hostile_mail_is_indexed_within_bounds() {
    let house = House::new().await;
    let long_text = "phrase ordinaire qui revient sans cesse ".repeat(500_000) + "finoubliee";
    let long_word = "x".repeat(5_000_000) + " apres";
    let many: String = (0..1_000_000).map(|number| format!("m{number:x} ")).collect::<String>() + "dernier";
    let seen = [long_text.as_str(), &long_word, &many].into_iter().enumerate();
    let mut all = vec![folder("INBOX", 0)];
    all.extend(seen.map(|(number, body)| message("INBOX", number as u32 + 1, body, 10)));
    house.see(all).await;
    assert_eq!(house.index().await, 3);
    assert!(house.sql("SELECT sum(length(sealed)) FROM segment_block").await < 1_000_000);
    open(&house).await;
    // What the index left out is found by reading.
    let hits = house.region().search(house.mailbox, &query("dernier"), None, 9).await.unwrap();
    assert_eq!(hits.len(), 1);
}

#[tokio::test]
async fn imap_is_told_who_has_a_piece_of_text() {
    let house = with_history().await;
    house.index().await;
    open(&house).await;
    let having = |text: &str, fields| {
        let term = Term::new(text, fields, Form::Within).unwrap();
        let region = house.region().clone();
        async move { region.having(house.mailbox, &term).await.unwrap() }
    };
    assert_eq!(having("fectu", Fields::ALL).await.into_values().collect::<Vec<_>>(), [true]);
    assert_eq!(having("seil muni", Fields::BODY).await.into_values().collect::<Vec<_>>(), [false]);
    assert_eq!(having("artner", Fields::FROM).await.len(), 3);
    assert_eq!(having("artner", Fields::BODY).await.len(), 0);
    assert_eq!(having("", Fields::BODY).await.len(), 3);
}
