//! Copies of the store, made now and then and when somebody asks.
//!
//! ```text
//!   due or asked ──> the place is where it is declared? ──> each part is copied ──> the oldest go ──> audit log, board
//! ```

mod board;
mod desk;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use mail::{Region, Timestamp};
use serde::Serialize;
use serde_json::json;
use store::backup::{BackedUp, Pruned, Target, list_backups, made_at, prune};
use store::{HouseKeys, Store};
use tokio::sync::{Mutex, watch};

pub use self::board::Board;
pub use self::desk::Desk;
use crate::clock::now;
use crate::config::{BackupPlace, Config};

/// How soon again after one that failed.
const AFTER_TROUBLE_MS: i64 = 900_000;
/// Not at once: a start has better things to do.
const FIRST_MS: i64 = 60_000;
const HOUR_MS: i64 = 3_600_000;

/// What one copy came to.
#[derive(Clone, Debug, Serialize)]
pub struct Copied {
    name: String,
    rows: u64,
    pieces: u64,
    written: u64,
    written_bytes: u64,
    removed_backups: u64,
    removed_pieces: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    lost: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    left_out: Vec<Region>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    regions: Vec<Region>,
    directory: bool,
}

impl Copied {
    /// What is not in it although it should be.
    fn lacks(&self) -> Option<String> {
        let mut lacks = Vec::new();
        if let Some(first) = self.lost.first() {
            lacks.push(format!("{} bodies that the store has lost, the first is {first}", self.lost.len()));
        }
        lacks.extend(self.left_out.iter().map(|region| format!("region {region}, which is closed")));
        (!lacks.is_empty()).then(|| format!("the backup {} lacks {}", self.name, lacks.join(", and ")))
    }
}

/// Makes copies.
pub struct Keeper {
    store: Store,
    keys: HouseKeys,
    places: Vec<BackupPlace>,
    /// Regions and where they are declared to be.
    declared: Vec<(Region, String)>,
    every_ms: i64,
    keep: usize,
    board: Board,
    /// One at a time.
    turn: Mutex<()>,
}

impl Keeper {
    /// For this house; nothing is copied when no place is named.
    ///
    /// # Errors
    /// When a place makes no sense.
    pub fn new(config: &Config, store: Store, keys: HouseKeys, board: Board) -> Result<Arc<Self>> {
        let declared = config.regions().into_iter().filter_map(|region| Some((region.name, region.place?)));
        Ok(Arc::new(Self {
            store,
            keys,
            places: config.backups()?,
            declared: declared.collect(),
            every_ms: i64::from(config.backup.every_hours) * HOUR_MS,
            keep: usize::try_from(config.backup.keep).unwrap_or(usize::MAX),
            board,
            turn: Mutex::default(),
        }))
    }

    /// Copies whenever it is due, until `shutdown`.
    pub async fn run(self: Arc<Self>, mut shutdown: watch::Receiver<bool>) {
        if self.places.is_empty() {
            return;
        }
        let mut next = now().plus_ms(FIRST_MS).max(self.next(&self.look_back().await));
        loop {
            let wait = u64::try_from(next.ms_since(now())).unwrap_or(0);
            tokio::select! {
                _ = shutdown.wait_for(|stop| *stop) => return,
                () = tokio::time::sleep(Duration::from_millis(wait)) => {}
            }
            // Somebody may have asked for one meanwhile, or another node made it.
            let lasts = self.look_back().await;
            let due = self.due_places(&lasts);
            if due.is_empty() {
                next = self.next(&lasts);
                continue;
            }
            next = match self.store.directory().lease("backup").await {
                Ok(Some(_lease)) if self.copy_to("relais", &due).await.is_ok() => self.next(&self.look_back().await),
                _ => now().plus_ms(AFTER_TROUBLE_MS),
            };
        }
    }

    fn due(&self, last: Option<Timestamp>) -> Timestamp {
        last.map_or(Timestamp::default(), |last| last.plus_ms(self.every_ms))
    }

    fn due_places(&self, lasts: &[Option<Timestamp>]) -> Vec<&BackupPlace> {
        let is_due = |last: Option<Timestamp>| self.due(last) <= now();
        self.places.iter().zip(lasts).filter(|(_, last)| is_due(**last)).map(|(place, _)| place).collect()
    }

    /// When the first place is due.
    fn next(&self, lasts: &[Option<Timestamp>]) -> Timestamp {
        lasts.iter().map(|last| self.due(*last)).min().unwrap_or_default()
    }

    /// The last one of each place; nothing where there is none, or nobody can look.
    async fn look_back(&self) -> Vec<Option<Timestamp>> {
        let (mut lasts, mut unseen) = (Vec::with_capacity(self.places.len()), None);
        for place in &self.places {
            let names = list_backups(&place.part.target).await;
            // One from days to come was named by a clock that was ahead.
            let last =
                |names: &Vec<String>| names.iter().rev().filter_map(|name| made_at(name)).find(|at| *at <= now());
            lasts.push(names.as_ref().ok().and_then(last));
            unseen = unseen.or(names.err());
        }
        match unseen {
            Some(error) => self.board.unseen(error.to_string()),
            None => {
                if let Some(oldest) = lasts.iter().copied().min().flatten() {
                    self.board.seen(oldest);
                }
            }
        }
        lasts
    }

    /// Copies everything now.
    ///
    /// # Errors
    /// Says of which place it is; what was copied to the others is there.
    pub async fn copy(&self, by: &str) -> Result<Vec<Copied>> {
        self.copy_to(by, &self.places.iter().collect::<Vec<_>>()).await
    }

    /// Only where it is due: each copy takes the place of the oldest.
    async fn copy_to(&self, by: &str, places: &[&BackupPlace]) -> Result<Vec<Copied>> {
        let _turn = self.turn.lock().await;
        // What one node finds in the place, the others must not remove meanwhile.
        if self.store.directory().lease("backup").await?.is_none() {
            bail!("another node makes the backups: `relais backup` there makes one at once");
        }
        let begun = now();
        let (mut copied, mut trouble) = (Vec::new(), None);
        for place in places {
            match self.copy_part(place).await {
                Ok(one) => copied.push(one),
                Err(error) => trouble = Some(error),
            }
        }
        if let Some(error) = trouble {
            tracing::error!(error = format!("{error:#}"), "a backup was not made");
            self.board.failed(begun, format!("{error:#}"));
            return Err(error);
        }
        self.store.directory().audit(now(), by, "backup.made", &json!({ "made": copied }).to_string()).await?;
        let partial: Vec<String> = copied.iter().filter_map(Copied::lacks).collect();
        self.board.made(begun, (!partial.is_empty()).then(|| partial.join("; ")));
        Ok(copied)
    }

    async fn copy_part(&self, place: &BackupPlace) -> Result<Copied> {
        let part = &place.part;
        self.is_where_it_should_be(place).await?;
        let named = || match part.directory {
            true => "the directory and what lies with it".to_owned(),
            false => format!("region {}", part.regions.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")),
        };
        let made = self.store.backup(part, &self.keys, env!("CARGO_PKG_VERSION"), now()).await.with_context(named)?;
        let pruned = prune(&part.target, &self.keys, self.keep, now()).await;
        let Pruned { backups, pieces: removed } = pruned.with_context(|| format!("{}: old backups", named()))?;
        let BackedUp { name, rows, pieces, written, written_bytes, lost, left_out } = made;
        let (regions, directory) = (part.regions.clone(), part.directory);
        Ok(Copied {
            name,
            rows,
            pieces,
            written,
            written_bytes,
            removed_backups: backups,
            removed_pieces: removed,
            lost: lost.iter().map(ToString::to_string).collect(),
            left_out,
            regions,
            directory,
        })
    }

    /// A copy stays where its region stays.
    async fn is_where_it_should_be(&self, place: &BackupPlace) -> Result<()> {
        let declared = self.declared.iter().filter(|(region, _)| place.part.regions.contains(region));
        for (region, declared) in declared {
            match Target::place(&place.bucket).await? {
                Some(found) if found != *declared => {
                    bail!("region {region} is declared in {declared}, and the bucket of its backups is in {found}")
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The names of all backups by place, the oldest first.
    async fn list(&self) -> Result<Vec<(&BackupPlace, Vec<String>)>> {
        let mut all = Vec::new();
        for place in &self.places {
            all.push((place, list_backups(&place.part.target).await?));
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use store::backup::Part;
    use store::{BlobStore, Database, RegionConfig, StoreConfig};

    use super::*;

    async fn keeper(folder: &std::path::Path, places: Vec<BackupPlace>) -> Keeper {
        let keys = HouseKeys::generate();
        let region = RegionConfig {
            name: Region::parse("fr").unwrap(),
            country: "FR".to_owned(),
            place: None,
            unlock_public: store::seal::UnlockKey::generate().public(),
            database: Database::default(),
            blobs: BlobStore::default(),
        };
        let (data, node) = (folder.join("data"), "one".to_owned());
        let config =
            StoreConfig { data, node, database: Database::default(), regions: vec![region], keys: keys.clone() };
        let store = Store::open(config).await.unwrap();
        let (declared, board, turn) = (Vec::new(), Board::default(), Mutex::default());
        Keeper { store, keys, places, declared, every_ms: HOUR_MS, keep: 1, board, turn }
    }

    fn to(path: &std::path::Path, directory: bool) -> BackupPlace {
        let regions = if directory { vec![] } else { vec![Region::parse("fr").unwrap()] };
        BackupPlace { part: Part { target: Target::folder(path), directory, regions }, bucket: BlobStore::Folder }
    }

    #[tokio::test]
    async fn a_place_that_fails_takes_no_old_backup_from_the_others() {
        let folder = tempfile::tempdir().unwrap();
        // Where the second place should be is a file.
        std::fs::write(folder.path().join("two"), "x").unwrap();
        let (one, two) = (folder.path().join("one"), folder.path().join("two").join("below"));
        let keeper = keeper(folder.path(), vec![to(&one, true), to(&two, false)]).await;
        assert_eq!(keeper.due_places(&keeper.look_back().await).len(), 2);
        assert!(keeper.copy("dsi").await.is_err());
        assert!(keeper.board.trouble().is_some());
        let lasts = keeper.look_back().await;
        assert!(lasts[0].is_some() && lasts[1].is_none(), "{lasts:?}");
        let due = keeper.due_places(&lasts);
        assert!(due.len() == 1 && !due[0].part.directory, "what is there would be copied over and over");
        assert!(keeper.copy_to("relais", &due).await.is_err());
        assert_eq!(keeper.look_back().await, lasts);
    }
}
