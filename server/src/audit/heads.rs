//! How far each region is, told to the directory and to the outside witness, so that a database that is put back whole is missed.
//!
//! ```text
//!   region's tally ── every minute, at the start and the end ──> directory.db      ── every 5 minutes ──> witness file, log
//!   2026-11-22T02:00:00Z film fr 4711 9f86d081884c7d65...        when, region, version, code
//! ```

use std::collections::BTreeMap;
use std::time::Duration;

use mail::Timestamp;
use store::region::FilmHead;
use store::{Store, StoreError};
use tokio::sync::watch;

use crate::clock::now;
use crate::witness::Witness;

/// How often the directory is told.
const EVERY: Duration = Duration::from_secs(60);
/// How often the witness is told at most: its file grows by a line.
const WITNESS_EVERY_MS: i64 = 5 * 60 * 1000;
/// Two nodes that tell the witness at the same moment are no further apart.
const MOMENTS_MS: i64 = 30_000;
/// What follows the moment in a line of ours.
const FILM: &str = "film";

/// Tells how far the regions are until `shutdown`, and once then.
pub async fn run(store: Store, witness: Option<Witness>, mut shutdown: watch::Receiver<bool>) {
    let mut told: BTreeMap<String, (i64, Timestamp)> = BTreeMap::new();
    loop {
        let is_last = *shutdown.borrow_and_update();
        for region in store.regions() {
            match region.tell_head().await {
                Ok(Some(head)) => tell(witness.as_ref(), &mut told, (region.name().as_str(), &head), is_last).await,
                Ok(None) => {}
                Err(error) => tracing::error!(%error, region = %region.name(), "how far the region is cannot be told"),
            }
        }
        if is_last {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            changed = shutdown.changed() => if changed.is_err() { return },
        }
    }
}

/// Tells the log and the witness, unless they know or heard of it a moment ago.
async fn tell(
    witness: Option<&Witness>,
    told: &mut BTreeMap<String, (i64, Timestamp)>,
    (region, head): (&str, &FilmHead),
    is_last: bool,
) {
    let now = now();
    if let Some((version, at)) = told.get(region) {
        let is_fresh = now.as_ms().saturating_sub(at.as_ms()) < WITNESS_EVERY_MS;
        if *version == head.version || (is_fresh && !is_last) {
            return;
        }
    }
    let (version, code) = (head.version, hex::encode(&head.code));
    tracing::info!(region, version, code, "film head");
    told.insert(region.to_owned(), (version, now));
    let Some(witness) = witness else { return };
    let line = format!("{} {FILM} {region} {version} {code}", now.rfc3339());
    if let Err(error) = witness.note(&line).await {
        tracing::error!(%error, file = %witness.file.display(), "the witness cannot be told how far a region is");
    }
}

/// Compares what the witness's file says of regions with how far they are: how many lines agree, or what does not.
///
/// # Errors
/// Those of reading.
pub async fn compare(text: &str, store: &Store) -> Result<Result<usize, String>, StoreError> {
    let mut heads = BTreeMap::new();
    for region in store.regions() {
        if let Some(head) = region.film_head().await? {
            heads.insert(region.name().to_string(), (head.version, hex::encode(head.code)));
        }
    }
    Ok(agrees(text, &heads))
}

/// How far a region was, as the file has it.
struct Line<'t> {
    at: &'t str,
    version: i64,
    code: &'t str,
}

impl Line<'_> {
    fn is_moments_from(&self, other: &Self) -> bool {
        let [one, two] = [self.at, other.at].map(Timestamp::parse_rfc3339);
        one.zip(two).is_some_and(|(one, two)| one.ms_since(two).abs() < MOMENTS_MS)
    }
}

/// A region only goes on: the file's versions rise, and the region is at the highest of them or further. Nodes that write at the same moment
/// may do so in either order.
fn agrees(text: &str, heads: &BTreeMap<String, (i64, String)>) -> Result<usize, String> {
    let (mut seen, mut lines): (BTreeMap<&str, Line<'_>>, usize) = (BTreeMap::new(), 0);
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [at, FILM, region, version, code] = words.as_slice() else { continue };
        let Ok(version) = version.parse::<i64>() else { continue };
        lines += 1;
        let line = Line { at, version, code };
        match seen.get(region) {
            Some(before) if before.version > version && before.is_moments_from(&line) => {}
            Some(before) if before.version > version => {
                return Err(format!("region {region} was at version {}, and at {version} on {at}", before.version));
            }
            _ => {
                seen.insert(region, line);
            }
        }
    }
    for (region, Line { version, code, .. }) in seen {
        let Some((actual, actual_code)) = heads.get(region) else { continue };
        // What a power cut left of a line is no contradiction.
        let is_same = actual_code.starts_with(code);
        if version > *actual || (version == *actual && !is_same) {
            return Err(format!("region {region} was at version {version}, and is at {actual}"));
        }
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "T 1 aa\nT1 film fr 3 aa\nT2 film fr 5 bb\nT2 film de 9 cc\nT3 film fr 8 d";

    fn at(fr: i64, code: &str) -> BTreeMap<String, (i64, String)> {
        BTreeMap::from([("fr".to_owned(), (fr, code.to_owned()))])
    }

    #[test]
    fn a_region_that_went_on_agrees_and_one_that_went_back_does_not() {
        assert_eq!(agrees(TEXT, &at(8, "dd")), Ok(4));
        assert_eq!(agrees(TEXT, &at(9, "ee")), Ok(4));
        assert!(agrees(TEXT, &at(7, "dd")).is_err());
        assert!(agrees(TEXT, &at(8, "xx")).is_err());
        assert!(agrees(&format!("{TEXT}d\nT4 film fr 6 ee\n"), &at(20, "ff")).is_err(), "it went back in between");
        assert_eq!(agrees("", &at(1, "aa")), Ok(0));
        let nodes = "2026-11-23T02:00:00Z film fr 9 ii\n2026-11-23T02:00:01Z film fr 8 hh\n";
        assert_eq!(agrees(nodes, &at(9, "ii")), Ok(2), "two nodes, the slower one later");
        assert!(agrees(nodes, &at(8, "hh")).is_err());
        assert!(agrees(&format!("{nodes}2026-11-23T02:10:00Z film fr 8 hh\n"), &at(20, "ff")).is_err());
    }
}
