//! Trouble has a name: wrong keys, changed rows, full and read-only disks, newer versions, two processes.

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, SqliteConnection};
use store::seal::UnlockKey;
use store::{Database, MailboxId, Store, StoreError};

use crate::house::{House, folder, message};

/// A connection to the region's rows, where they are in PostgreSQL.
pub async fn postgres(house: &House) -> sqlx::PgConnection {
    let Database::Postgres { url, prefix } = &house.config.regions[0].database else { panic!("not in PostgreSQL") };
    let options: PgConnectOptions = url.parse().unwrap();
    options.options([("search_path", format!("{prefix}_region_fr_test"))]).connect().await.unwrap()
}

/// Somebody else's hand in the database.
pub async fn meddle(house: &House, sql: &'static str) {
    let changed = match &house.config.regions[0].database {
        Database::Folder | store::Database::At(_) => {
            let path = house.folder.path().join("region-fr-test.db");
            let mut db = SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
            sqlx::query(sql).execute(&mut db).await.unwrap().rows_affected()
        }
        Database::Postgres { .. } => {
            let mut db = postgres(house).await;
            let sql = sql.replace("x'00'", "'\\x00'::bytea").replace("success, 1", "success, true");
            let sql =
                sql.replace("randomblob(32)", "sha256('somebody else'::bytea)").replace("future', 1", "future', true");
            sqlx::query(AssertSqlSafe(sql)).execute(&mut db).await.unwrap().rows_affected()
        }
    };
    assert!(changed > 0);
}

#[tokio::test]
async fn a_wrong_unlock_key_opens_nothing() {
    let house = House::new().await;
    let wrong = house.region().unseal(&UnlockKey::generate(), None).await;
    assert!(matches!(wrong, Err(StoreError::WrongUnlockKey(_))));
    assert_eq!(house.region().unsealed_count(), 0);
}

#[tokio::test]
async fn the_unlock_key_survives_its_file() {
    let key = UnlockKey::generate();
    let again = UnlockKey::from_base64(&format!("{}\n", *key.to_base64())).unwrap();
    assert_eq!(again.public(), key.public());
    assert!(UnlockKey::from_base64("bm9wZQ==").is_err());
}

#[tokio::test]
async fn a_changed_public_key_is_noticed_and_nothing_is_sealed_to_it() {
    let house = House::new().await;
    meddle(&house, "UPDATE mailbox SET public = randomblob(32)").await;
    let content = house.region().new_content_id();
    let refused = house.region().accept(house.arrival(content, b"x".to_vec(), 1)).await;
    assert!(matches!(refused, Err(StoreError::Tampered(_))));
    assert_eq!(house.region().unseal(&house.unlock, None).await.unwrap(), 0);
    assert_eq!(house.region().findings().len(), 1);
}

#[tokio::test]
async fn a_changed_event_is_left_out_and_named() {
    let house = House::new().await;
    house.see(vec![folder("INBOX", 0), message("INBOX", 1, "un", 1), message("INBOX", 2, "deux", 20)]).await;
    meddle(&house, "UPDATE event SET at = at - 15000 WHERE uid = 2").await;
    house.clean_point(10).await;
    house.unseal().await;
    assert_eq!(house.bodies("INBOX").await, ["un"]);
    assert!(house.region().findings()[0].contains("event"), "{:?}", house.region().findings());
}

#[tokio::test]
async fn a_changed_content_is_not_read() {
    let house = House::new().await;
    let (a, b) = (house.accept("un", 1).await, house.accept("deux", 2).await);
    meddle(&house, "UPDATE content SET raw = (SELECT raw FROM content ORDER BY row DESC LIMIT 1)").await;
    house.unseal().await;
    assert!(matches!(house.region().raw(house.mailbox, a).await, Err(StoreError::Tampered(_))));
    assert_eq!(house.body(b).await, "deux");
}

#[tokio::test]
async fn a_clean_point_set_by_somebody_else_does_not_count() {
    let house = House::new().await;
    house.clean_point(10).await;
    meddle(&house, "INSERT INTO clean_point (mailbox, moment, set_at, mac) VALUES (0, 99999999999999, 0, x'00')").await;
    house.region().lay_out(house.mailbox).await.unwrap();
    assert_eq!(house.region().findings(), ["a clean point"]);
}

#[tokio::test]
async fn a_second_process_is_told_so() {
    let house = House::new().await;
    let second = Store::open(house.config.clone()).await;
    assert!(matches!(second, Err(StoreError::Locked(_))));
}

#[tokio::test]
async fn a_newer_database_is_left_alone() {
    let house = House::new().await;
    meddle(
        &house,
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                    VALUES (9999, 'from the future', 1, x'00', 0)",
    )
    .await;
    let config = house.config.clone();
    let path = house.folder.path().to_owned();
    drop(house.store);
    let moved = tempfile::tempdir().unwrap();
    for name in ["region-fr-test.db", "region-fr-test.db-wal"] {
        let _ = std::fs::copy(path.join(name), moved.path().join(name));
    }
    let config = store::StoreConfig { data: moved.path().to_owned(), ..config };
    let newer = Store::open(config).await.err();
    assert!(matches!(newer, Some(StoreError::NewerVersion { found: 9999, .. })), "{newer:?}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_named_damaged() {
    let house = House::new().await;
    let other = tempfile::tempdir().unwrap();
    std::fs::write(other.path().join("region-fr-test.db"), "no database ".repeat(1000)).unwrap();
    let mut config = store::StoreConfig { data: other.path().to_owned(), ..house.config.clone() };
    config.regions[0].database = Database::Folder;
    let damaged = Store::open(config).await.err();
    assert!(matches!(damaged, Some(StoreError::Corrupt(_))), "{damaged:?}");
}

#[tokio::test]
async fn a_folder_that_may_not_be_written_is_named_so() {
    let house = House::new().await;
    let config = store::StoreConfig { data: "/proc/relais".into(), ..house.config.clone() };
    let refused = Store::open(config).await.err();
    assert!(matches!(refused, Some(StoreError::ReadOnly | StoreError::File { .. })), "{refused:?}");
}

#[tokio::test]
async fn one_bad_message_of_a_batch_fails_alone() {
    let house = House::new().await;
    let region = house.region();
    let twice = region.new_content_id();
    let arrivals = (0..20).map(|n| {
        let content = if n < 2 { twice } else { region.new_content_id() };
        region.accept(house.arrival(content, format!("S: {n}\r\n\r\n{n}").into_bytes(), 1))
    });
    let mut outcomes = Vec::new();
    let tasks: Vec<_> = arrivals.map(Box::pin).collect();
    for outcome in join_all(tasks).await {
        outcomes.push(outcome);
    }
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 19);
    assert_eq!(outcomes.iter().filter(|outcome| matches!(outcome, Err(StoreError::Exists(_)))).count(), 1);
    house.clean_point(5).await;
    assert_eq!(region.lay_out(house.mailbox).await.unwrap().messages, 19);
}

/// Polls all of them until all are done.
async fn join_all<F: Future + Unpin>(mut tasks: Vec<F>) -> Vec<F::Output> {
    let mut done: Vec<Option<F::Output>> = tasks.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (task, done) in tasks.iter_mut().zip(&mut done) {
            if done.is_none()
                && let std::task::Poll::Ready(value) = std::pin::Pin::new(task).poll(context)
            {
                *done = Some(value);
            }
        }
        if done.iter().all(Option::is_some) { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    done.into_iter().flatten().collect()
}

#[tokio::test]
async fn nobody_reads_another_mailbox() {
    let house = House::new().await;
    let content = house.accept("x", 1).await;
    house.unseal().await;
    let other = house.region().raw(MailboxId(house.mailbox.0 + 1), content).await;
    assert!(matches!(other, Err(StoreError::Sealed(_))));
}
