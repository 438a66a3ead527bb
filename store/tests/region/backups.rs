//! A store copied while it is in use, damaged, and put back.

use std::path::{Path, PathBuf};

use sqlx::Connection as _;
use store::backup::{BackedUp, Part, PutBack, Target, list_backups, made_at, prune, put_back, verify_backup};
use store::{BlobStore, ContentId, Database, HouseKeys, Store, StoreConfig, StoreError};

use crate::faults::meddle;
use crate::house::{House, START};
use store::BlobStore::Bucket;

/// What is put back here is put back into a folder.
fn is_elsewhere() -> bool {
    ["RELAIS_TEST_POSTGRES", "RELAIS_TEST_BUCKET"].iter().any(|name| std::env::var_os(name).is_some())
}

fn message(number: u32, size: usize) -> Vec<u8> {
    let noise: Vec<u8> = (0..size).map(|_| rand::random_range(b'a'..=b'z')).collect();
    [format!("Subject: lettre-{number}\r\n\r\n").as_bytes(), &noise].concat()
}

async fn receive(house: &House, number: u32, size: usize) -> (ContentId, Vec<u8>) {
    let (content, raw) = (house.region().new_content_id(), message(number, size));
    house.region().accept(house.arrival(content, raw.clone(), 1)).await.unwrap();
    (content, raw)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
    let mut all: Vec<_> = entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect();
    all.sort();
    all
}

async fn copied(house: &House, target: &Target, now: mail::Timestamp) -> BackedUp {
    let regions = vec![house.region().name().clone()];
    let part = Part { target: target.clone(), directory: true, regions };
    house.store.backup(&part, &house.config.keys, "test", now).await.unwrap()
}

async fn restore(
    target: &Target,
    keys: &HouseKeys,
    name: Option<&str>,
    to: &Path,
) -> store::Result<store::backup::Restored> {
    store::backup::restore(target, keys, name, to, |_| BlobStore::Folder).await
}

async fn reopened(house: &House, data: &Path) -> Store {
    Store::open(StoreConfig { data: data.to_owned(), ..house.config.clone() }).await.unwrap()
}

#[tokio::test]
async fn what_was_copied_is_put_back_row_by_row() {
    if is_elsewhere() {
        return;
    }
    let house = House::new().await;
    let letters = [receive(&house, 1, 500).await, receive(&house, 2, 400_000).await];
    let place = tempfile::tempdir().unwrap();
    let target = Target::folder(&place.path().join("copies"));
    let made = copied(&house, &target, START).await;
    assert!(made.rows > 10 && made.written == made.pieces, "{made:?}");
    receive(&house, 3, 500).await;

    let seen = verify_backup(&target, &house.config.keys, None).await.unwrap();
    assert_eq!((seen.name.as_str(), seen.wrong.len(), seen.at), (made.name.as_str(), 0, START));
    let data = place.path().join("data");
    let restored = restore(&target, &house.config.keys, None, &data).await.unwrap();
    assert_eq!((restored.rows, restored.bodies), (made.rows, 1));

    let store = reopened(&house, &data).await;
    let region = store.default_region();
    assert_eq!(region.verify_all_contents().await.unwrap(), 2);
    region.verify().await.unwrap();
    region.look_for_damage().await.unwrap();
    assert!(region.findings().is_empty() && region.damage().is_empty());
    assert!(store.directory().findings().await.unwrap().is_empty());
    region.unseal(&house.unlock, None).await.unwrap();
    for (content, letter) in letters {
        assert_eq!(region.raw(house.mailbox, content).await.unwrap(), letter);
    }
}

#[tokio::test]
async fn a_body_that_was_lost_hinders_no_backup_of_the_rest() {
    if is_elsewhere() {
        return;
    }
    let house = House::new().await;
    let (kept, letter) = receive(&house, 1, 500_000).await;
    let before = files(house.folder.path());
    let (gone, _) = receive(&house, 2, 400_000).await;
    let is_body = |path: &&PathBuf| !before.contains(path) && path.metadata().unwrap().len() > 100_000;
    let bodies: Vec<_> = files(house.folder.path()).into_iter().filter(|path| is_body(&path)).collect();
    assert_eq!(bodies.len(), 1, "{bodies:?}");
    std::fs::remove_file(&bodies[0]).unwrap();
    let place = tempfile::tempdir().unwrap();
    let target = Target::folder(&place.path().join("copies"));
    let made = copied(&house, &target, START).await;
    assert_eq!((made.lost, made.left_out), (vec![gone], vec![]));
    assert!(!house.region().damage().is_empty());
    assert!(verify_backup(&target, &house.config.keys, None).await.unwrap().wrong.is_empty());
    let data = place.path().join("data");
    restore(&target, &house.config.keys, None, &data).await.unwrap();
    let store = reopened(&house, &data).await;
    store.default_region().unseal(&house.unlock, None).await.unwrap();
    assert_eq!(store.default_region().raw(house.mailbox, kept).await.unwrap(), letter);
    assert!(store.default_region().raw(house.mailbox, gone).await.is_err());
}

#[tokio::test]
async fn a_region_that_is_closed_hinders_no_backup_of_the_rest() {
    if is_elsewhere() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let unlock = store::seal::UnlockKey::generate();
    let mut config = crate::house::config(folder.path(), &unlock);
    let mut region = config.regions[0].clone();
    region.name = mail::Region::parse("de-closed").unwrap();
    // Its disk is not mounted.
    region.database = Database::At("/dev/null/elsewhere".into());
    config.regions.push(region);
    let house = House::of(config, folder, unlock).await;
    let closed = house.config.regions[1].name.clone();
    let place = tempfile::tempdir().unwrap();
    let target = Target::folder(&place.path().join("copies"));
    let part = |regions| Part { target: target.clone(), directory: false, regions };
    let both = part(vec![house.region().name().clone(), closed.clone()]);
    let made = house.store.backup(&both, &house.config.keys, "test", START).await.unwrap();
    assert_eq!((made.lost, made.left_out), (vec![], vec![closed.clone()]));
    let alone = house.store.backup(&part(vec![closed]), &house.config.keys, "test", START).await;
    assert!(matches!(alone, Err(StoreError::RegionClosed { .. })), "{alone:?}");
}

#[tokio::test]
async fn a_copy_of_bodies_in_a_bucket_lies_in_a_bucket() {
    let Bucket { url, options } = crate::house::blobs() else { return };
    let folder = tempfile::tempdir().unwrap();
    let unlock = store::seal::UnlockKey::generate();
    let mut config = crate::house::config(folder.path(), &unlock);
    config.regions[0].database = Database::Folder;
    config.regions[0].blobs = Bucket { url: format!("{url}/mail"), options: options.clone() };
    let house = House::of(config.clone(), folder, unlock).await;
    let (content, letter) = receive(&house, 1, 400_000).await;
    let target = Target::bucket(&format!("{url}/copies"), &options).unwrap();
    let first = copied(&house, &target, START).await;
    let second = copied(&house, &target, START.plus_s(1)).await;
    assert!(first.written == first.pieces && second.written < first.written, "{first:?} {second:?}");
    assert!(verify_backup(&target, &config.keys, None).await.unwrap().wrong.is_empty());
    // The bucket of the bodies is lost, too.
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    let elsewhere = Bucket { url: format!("{url}/anew"), options };
    store::backup::restore(&target, &config.keys, None, &data, |_| elsewhere.clone()).await.unwrap();
    let mut anew = StoreConfig { data, ..config };
    anew.regions[0].blobs = elsewhere;
    let store = Store::open(anew).await.unwrap();
    store.default_region().unseal(&house.unlock, None).await.unwrap();
    assert_eq!(store.default_region().raw(house.mailbox, content).await.unwrap(), letter);
    let today = mail::Timestamp::from_ms(i64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap());
    let pruned = prune(&target, &house.config.keys, 1, today.plus_s(2 * 86_400)).await.unwrap();
    assert_eq!(pruned.backups, 1);
    assert_eq!(list_backups(&target).await.unwrap(), [second.name]);
}

#[tokio::test]
async fn what_is_there_is_not_copied_again() {
    if is_elsewhere() {
        return;
    }
    let house = House::new().await;
    for number in 0..40 {
        receive(&house, number, 40_000).await;
    }
    receive(&house, 99, 400_000).await;
    let place = tempfile::tempdir().unwrap();
    let target = Target::folder(place.path());
    let first = copied(&house, &target, START).await;
    receive(&house, 100, 500).await;
    let second = copied(&house, &target, START.plus_ms(1000)).await;
    assert!(second.written_bytes * 3 < first.written_bytes, "{first:?} {second:?}");
    for name in [&first.name, &second.name] {
        let seen = verify_backup(&target, &house.config.keys, Some(name)).await.unwrap();
        assert!(seen.wrong.is_empty(), "{seen:?}");
    }
    let newest = verify_backup(&target, &house.config.keys, None).await.unwrap();
    assert_eq!(newest.name, second.name);
}

#[tokio::test]
async fn a_flipped_byte_is_named_and_nothing_is_put_back() {
    if is_elsewhere() {
        return;
    }
    let house = House::new().await;
    receive(&house, 1, 400_000).await;
    let place = tempfile::tempdir().unwrap();
    let copies = place.path().join("copies");
    let target = Target::folder(&copies);
    copied(&house, &target, START).await;
    for piece in files(&copies).iter().filter(|piece| !piece.starts_with(copies.join("backups"))) {
        let whole = std::fs::read(piece).unwrap();
        let mut hit = whole.clone();
        hit[whole.len() / 2] ^= 1;
        let name = piece.file_name().unwrap().to_str().unwrap();
        for damaged in [Some(hit), None] {
            match damaged {
                Some(hit) => std::fs::write(piece, hit).unwrap(),
                None => std::fs::remove_file(piece).unwrap(),
            }
            let seen = verify_backup(&target, &house.config.keys, None).await.unwrap();
            assert!(seen.wrong.iter().any(|what| what.contains(name)), "{name}: {seen:?}");
            let data = place.path().join("data");
            let refused = restore(&target, &house.config.keys, None, &data).await.unwrap_err();
            assert!(refused.to_string().contains(name), "{refused}");
            assert!(!data.exists());
        }
        std::fs::write(piece, whole).unwrap();
    }
    assert!(verify_backup(&target, &house.config.keys, None).await.unwrap().wrong.is_empty());
}

#[tokio::test]
async fn a_folder_in_use_other_keys_and_another_engine_are_refused() {
    if is_elsewhere() {
        return;
    }
    let house = House::new().await;
    let place = tempfile::tempdir().unwrap();
    let target = Target::folder(&place.path().join("copies"));
    let none = verify_backup(&target, &house.config.keys, None).await.unwrap_err();
    assert!(matches!(none, StoreError::NoSuch(_)), "{none}");
    copied(&house, &target, START).await;
    let used = restore(&target, &house.config.keys, None, house.folder.path()).await.unwrap_err();
    assert!(used.to_string().contains("not empty"), "{used}");
    let others = store::HouseKeys::generate();
    let locked = verify_backup(&target, &others, None).await.unwrap_err();
    assert!(matches!(locked, StoreError::Tampered(_)), "{locked}");
    assert!(matches!(house.config.database, Database::Folder));
    let files = store::backup::restore_into(&target, None, &house.config).await.unwrap_err();
    assert!(files.to_string().contains("kept in a file"), "{files}");
    assert_eq!(put_back(house.folder.path()).unwrap(), [], "a store in use would be told that it is a copy");
}

#[tokio::test]
async fn numbers_that_were_given_are_not_given_again() {
    if is_elsewhere() {
        return;
    }
    let house = House::new().await;
    for s in 1..4 {
        house.clean_point(s).await;
    }
    meddle(&house, "DELETE FROM clean_point WHERE id > 1").await;
    let place = tempfile::tempdir().unwrap();
    let target = Target::folder(&place.path().join("copies"));
    copied(&house, &target, START).await;
    let data = place.path().join("data");
    restore(&target, &house.config.keys, None, &data).await.unwrap();
    let path = data.join("region-fr-test.db");
    let mut db = sqlx::SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
    let given = "SELECT seq FROM sqlite_sequence WHERE name = 'clean_point'";
    let given: Vec<i64> = sqlx::query_scalar(given).fetch_all(&mut db).await.unwrap();
    assert_eq!(given, [3]);
}

#[tokio::test]
async fn a_folder_says_all_that_was_put_back() {
    if is_elsewhere() {
        return;
    }
    let house = House::new().await;
    let place = tempfile::tempdir().unwrap();
    let target = Target::folder(&place.path().join("copies"));
    let made = copied(&house, &target, START).await;
    let data = place.path().join("data");
    restore(&target, &house.config.keys, None, &data).await.unwrap();
    let (backup, regions) = (made.name, vec![house.region().name().clone()]);
    assert_eq!(put_back(&data).unwrap(), [PutBack { backup, directory: true, regions }]);
    store::backup::told(&data, &[]).unwrap();
    assert_eq!(put_back(&data).unwrap(), []);
    // What is there and cannot be read is not passed over.
    std::fs::create_dir(data.join("restored")).unwrap();
    assert!(put_back(&data).is_err());
}

#[tokio::test]
async fn neither_words_nor_names_are_in_a_backup() {
    if is_elsewhere() {
        return;
    }
    let house = House::new().await;
    house.accept("convocation du conseil municipal", 1).await;
    let place = tempfile::tempdir().unwrap();
    copied(&house, &Target::folder(place.path()), START).await;
    for file in files(place.path()) {
        let bytes = std::fs::read(&file).unwrap();
        for word in ["convocation", "municipal", "accueil", "corp.test", "CREATE TABLE"] {
            assert!(!bytes.windows(word.len()).any(|window| window == word.as_bytes()), "{word} in {}", file.display());
        }
    }
}

#[tokio::test]
async fn the_oldest_go_and_what_only_they_needed() {
    if is_elsewhere() {
        return;
    }
    let house = House::new().await;
    let (content, _) = receive(&house, 1, 400_000).await;
    house.see(vec![crate::house::folder("INBOX", 0), crate::house::message("INBOX", 1, "vieux", 1)]).await;
    let place = tempfile::tempdir().unwrap();
    let target = Target::folder(place.path());
    let moments: Vec<_> = (0..3).map(|day| START.plus_s(day * 86_400)).collect();
    let mut names = Vec::new();
    for (moment, number) in moments.iter().zip(10..) {
        names.push(copied(&house, &target, *moment).await.name);
        receive(&house, number, 3_000).await;
        house.region().shred(house.mailbox, *moment).await.unwrap();
    }
    assert_eq!(list_backups(&target).await.unwrap(), names);
    assert_eq!(names.iter().map(|name| made_at(name).unwrap()).collect::<Vec<_>>(), moments);
    let before = files(place.path());
    let keys = &house.config.keys;
    // The pieces were written now, whatever the test's own clock says.
    let today = mail::Timestamp::from_ms(i64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap());
    // The last was named by a clock that was ahead: it stays, and in nobody's stead.
    assert_eq!(prune(&target, keys, 1, moments[1]).await.unwrap().backups, 1);
    assert_eq!(list_backups(&target).await.unwrap(), names[1..]);
    let young = prune(&target, keys, 2, today).await.unwrap();
    assert_eq!((young.backups, young.pieces), (0, 0), "a piece of a running backup went");
    let pruned = prune(&target, keys, 2, today.plus_s(2 * 86_400)).await.unwrap();
    assert!(pruned.backups == 0 && pruned.pieces > 0, "{pruned:?}");
    assert!(files(place.path()).len() < before.len());
    let body = content.to_string();
    assert!(!files(place.path()).iter().any(|file| file.ends_with(&body)), "the body that nobody needs is still there");
    assert_eq!(list_backups(&target).await.unwrap(), names[1..]);
    for name in &names[1..] {
        assert!(verify_backup(&target, keys, Some(name)).await.unwrap().wrong.is_empty());
    }
    assert!(matches!(verify_backup(&target, keys, Some(&names[0])).await, Err(StoreError::NoSuch(_))));
}

#[tokio::test]
async fn a_copy_sends_nothing_and_is_no_folder_that_anybody_knows() {
    if is_elsewhere() {
        return;
    }
    let house = House::new().await;
    let mut arrival = house.arrival(house.region().new_content_id(), message(1, 500), 1);
    arrival.relay = vec![crate::house::relay("ami@partner.test")];
    house.region().accept(arrival).await.unwrap();
    house.clean_point(2).await;
    house.unseal().await;
    let known = house.named("INBOX").await.uidvalidity;
    let place = tempfile::tempdir().unwrap();
    let target = Target::folder(&place.path().join("copies"));
    copied(&house, &target, START.plus_s(3)).await;
    let data = place.path().join("data");
    restore(&target, &house.config.keys, None, &data).await.unwrap();
    assert_eq!(put_back(&data).unwrap().len(), 1);

    let store = reopened(&house, &data).await;
    let region = store.default_region();
    let later = START.plus_s(86_400);
    assert_eq!(region.due(later, None, 10).await.unwrap().due.len(), 1, "before it is told");
    store.is_a_copy(true, &[region.name().clone()], later).await.unwrap();
    assert!(region.due(later, None, 10).await.unwrap().due.is_empty(), "it would be sent a second time");
    let waiting = region.queue_list().await.unwrap();
    assert!(waiting.len() == 1 && waiting[0].held);
    region.unseal(&house.unlock, None).await.unwrap();
    let folders = region.folders(house.mailbox).await.unwrap();
    let inbox = folders.iter().find(|folder| folder.name == "INBOX").unwrap();
    assert!(inbox.uidvalidity > known && inbox.messages == 1, "{inbox:?}");
}

/// The URL of a server, for a store that is there as a whole.
fn at_postgres() -> Option<Database> {
    matches!(crate::house::database(), Database::Postgres { .. }).then(crate::house::database)
}

async fn whole(store: &Store) {
    let region = store.default_region();
    region.verify().await.unwrap();
    region.look_for_damage().await.unwrap();
    assert_eq!((region.findings(), region.damage()), Default::default());
    assert_eq!(store.directory().findings().await.unwrap(), []);
}

/// Copies a store of `before` and puts it into PostgreSQL.
async fn moved_to_postgres(before: Database) {
    let Some(after) = at_postgres() else { return };
    let folder = tempfile::tempdir().unwrap();
    let unlock = store::seal::UnlockKey::generate();
    let mut config = crate::house::config(folder.path(), &unlock);
    config.database = before.clone();
    config.regions[0].database = before;
    let house = House::of(config.clone(), folder, unlock).await;
    let letters = [receive(&house, 1, 500).await, receive(&house, 2, 400_000).await];
    let mut waiting = house.arrival(house.region().new_content_id(), message(3, 500), 1);
    waiting.relay = vec![crate::house::relay("ami@partner.test")];
    house.region().accept(waiting).await.unwrap();
    house.store.directory().audit(START, "dsi", "before", "{}").await.unwrap();
    let place = tempfile::tempdir().unwrap();
    let target = Target::folder(&place.path().join("copies"));
    let made = copied(&house, &target, START).await;
    assert!(verify_backup(&target, &config.keys, None).await.unwrap().wrong.is_empty());

    let mut anew = StoreConfig { data: place.path().join("data"), database: after.clone(), ..config };
    anew.regions[0].database = after;
    anew.regions[0].blobs = crate::house::blobs();
    let restored = store::backup::restore_into(&target, None, &anew).await.unwrap();
    assert_eq!((restored.rows, restored.bodies), (made.rows, 1));
    let again = store::backup::restore_into(&target, None, &anew).await.unwrap_err();
    assert!(again.to_string().contains("there already"), "{again}");
    assert_eq!(put_back(&anew.data).unwrap().len(), 1, "what was refused is told nothing");

    let store = Store::open(anew.clone()).await.unwrap();
    whole(&store).await;
    let region = store.default_region();
    store.is_a_copy(true, &[region.name().clone()], START.plus_s(10)).await.unwrap();
    assert!(region.queue_list().await.unwrap()[0].held);
    region.unseal(&house.unlock, None).await.unwrap();
    for (content, letter) in letters {
        assert_eq!(region.raw(house.mailbox, content).await.unwrap(), letter);
    }
    // Numbers go on where they were: nothing is given a second time.
    let more = House { store, config: anew, ..house };
    let (content, letter) = receive(&more, 4, 600).await;
    more.clean_point(20).await;
    assert_eq!(more.region().raw(more.mailbox, content).await.unwrap(), letter);
    assert_eq!(more.messages("INBOX").await.len(), 4);
    more.store.directory().audit(START.plus_s(11), "dsi", "after", "{}").await.unwrap();
    assert!(matches!(more.store.directory().audit_verify().await.unwrap(), store::directory::Chain::Whole { .. }));
    whole(&more.store).await;
}

#[tokio::test]
async fn what_grew_on_one_machine_goes_on_in_postgresql() {
    moved_to_postgres(Database::Folder).await;
}

#[tokio::test]
async fn postgresql_is_copied_and_put_back() {
    if let Some(before) = at_postgres() {
        moved_to_postgres(before).await;
    }
}
