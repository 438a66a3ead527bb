//! Standby tells nobody anything: no word is found in any file of the data folder, nor in any zstd frame in it.

use std::path::Path;

use mail::Flags;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions};
use store::Database;
use store::region::Seen;

use crate::house::{House, START, folder, raw, relay};

/// Every file of the folder, one after the other.
fn everything(folder: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        all.extend(if path.is_dir() { everything(&path) } else { std::fs::read(&path).unwrap() });
    }
    all
}

/// Every file of the folder, and every value of the database where it is elsewhere.
pub async fn kept(house: &House) -> Vec<u8> {
    let mut all = everything(house.folder.path());
    let Database::Postgres { url, prefix } = &house.config.regions[0].database else { return all };
    let options: PgConnectOptions = url.parse().unwrap();
    let schema = format!("{prefix}_region_fr_test");
    let mut db = options.options([("search_path", schema)]).connect().await.unwrap();
    let tables = "SELECT table_name::text FROM information_schema.tables WHERE table_schema = current_schema()";
    let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&mut db).await.unwrap();
    for table in tables {
        let rows = AssertSqlSafe(format!("SELECT t::text FROM {table} t"));
        for row in sqlx::query_scalar::<_, String>(rows).fetch_all(&mut db).await.unwrap() {
            all.extend(row.split("\\x").flat_map(octets));
            all.extend(row.into_bytes());
        }
    }
    all
}

/// What the hexadecimal digits at the beginning stand for.
fn octets(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().take_while(u8::is_ascii_hexdigit).collect();
    digits.chunks_exact(2).filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
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

    let bytes = kept(&house).await;
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
