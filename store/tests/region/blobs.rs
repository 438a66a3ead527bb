//! Large bodies: kept apart from the rows, in the data folder or in a bucket, and swept when no row needs them.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use store::BlobStore;

use crate::house::House;

/// A body that does not compress.
fn large(seed: u64) -> String {
    let mut state = seed;
    let mut body = String::new();
    for _ in 0..16_000 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        body.push_str(&format!("{state:016x}\r\n"));
    }
    body
}

fn files(folder: &std::path::Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[tokio::test]
async fn a_large_body_is_kept_apart_and_comes_back_whole() {
    let house = House::new().await;
    house.clean_point(0).await;
    let content = house.accept(&large(1), 1).await;
    house.unseal().await;
    assert_eq!(house.body(content).await, large(1).trim());
    if house.config.regions[0].blobs == BlobStore::Folder {
        assert_eq!(files(&house.folder.path().join("blobs")).len(), 1);
    }
}

#[tokio::test]
async fn only_what_no_row_needs_is_swept_and_only_after_a_day() {
    let house = House::new().await;
    house.clean_point(0).await;
    let content = house.accept(&large(2), 1).await;
    let now = mail::Timestamp::from_system(SystemTime::now());
    assert_eq!(house.region().sweep(now.plus_s(7 * 86_400)).await.unwrap(), 0, "a row needs it");
    if house.config.regions[0].blobs == BlobStore::Folder {
        let shard = house.folder.path().join("blobs/fr-test/ff");
        fs::create_dir_all(&shard).unwrap();
        let orphan = shard.join("00112233445566778899aabbccddeeff");
        fs::write(&orphan, b"left by a crash").unwrap();
        assert_eq!(house.region().sweep(now.plus_s(3600)).await.unwrap(), 0, "a writer may still need it");
        let yesterday = SystemTime::now() - Duration::from_secs(2 * 86_400);
        fs::File::options().write(true).open(&orphan).unwrap().set_modified(yesterday).unwrap();
        assert_eq!(house.region().sweep(now).await.unwrap(), 1);
        assert!(!orphan.exists());
    }
    house.unseal().await;
    assert_eq!(house.body(content).await, large(2).trim());
}
