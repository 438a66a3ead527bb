//! Standby tells nobody anything: no word is found in any file of the data folder, nor in any zstd frame in it.

use std::path::Path;

use mail::Flags;
use store::region::Seen;

use crate::house::{House, START, folder, raw, relay};

/// Every file of the folder, one after the other.
pub fn everything(folder: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        all.extend(if path.is_dir() { everything(&path) } else { std::fs::read(&path).unwrap() });
    }
    all
}

pub fn contains(haystack: &[u8], needle: &str) -> bool {
    haystack.windows(needle.len()).any(|window| window.eq_ignore_ascii_case(needle.as_bytes()))
}

/// What every zstd frame in these bytes unpacks to.
pub fn unpacked(bytes: &[u8]) -> Vec<u8> {
    let starts = bytes.windows(4).enumerate().filter(|(_, magic)| **magic == [0x28, 0xb5, 0x2f, 0xfd]);
    starts.filter_map(|(at, _)| zstd::bulk::decompress(&bytes[at..], 1 << 20).ok()).flatten().collect()
}

#[tokio::test]
async fn no_word_is_found_in_the_data_folder() {
    let house = House::new().await;
    let long = "motduweekend secretdefense ".repeat(500);
    let letter = Seen::Message {
        path: "Dossierconfidentiel".into(),
        uidvalidity: 7,
        uid: 1,
        flags: Flags::from_names(["Etiquetteprivee"]),
        received_at: START,
        raw: raw(&long),
        at: START,
    };
    house.see(vec![folder("Dossierconfidentiel", 0), letter]).await;
    house.accept("arriveejuridique", 1).await;
    let mut arrival = house.arrival(house.region().new_content_id(), raw("departfiscal"), 1);
    arrival.deliver.clear();
    arrival.relay = vec![relay("destinatairecache@partner.test")];
    house.region().accept(arrival).await.unwrap();
    house.clean_point(5).await;
    house.region().lay_out(house.mailbox).await.unwrap();

    let bytes = everything(house.folder.path());
    let frames = unpacked(&bytes);
    assert!(contains(&bytes, "accueil@corp.test"), "the search works");
    let words = [
        "motduweekend",
        "secretdefense",
        "Sujet",
        "Dossierconfidentiel",
        "Etiquetteprivee",
        "arriveejuridique",
        "departfiscal",
        "destinatairecache",
        "ami@partner",
    ];
    for word in words {
        assert!(!contains(&bytes, word), "{word} is in the data folder");
        assert!(!contains(&frames, word), "{word} is in a zstd frame");
    }
    house.unseal().await;
    assert_eq!(house.bodies("Dossierconfidentiel").await, [long.trim()]);
}
