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
    regions: Vec<Region>,
    directory: bool,
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
        self.look_back().await;
        let mut next = now().plus_ms(FIRST_MS).max(self.due());
        loop {
            let wait = u64::try_from(next.ms_since(now())).unwrap_or(0);
            tokio::select! {
                _ = shutdown.wait_for(|stop| *stop) => return,
                () = tokio::time::sleep(Duration::from_millis(wait)) => {}
            }
            // Somebody may have asked for one meanwhile, or another node made it.
            self.look_back().await;
            if self.due() > now() {
                next = self.due();
                continue;
            }
            next = match self.store.directory().lease("backup").await {
                Ok(Some(_lease)) if self.copy("relais").await.is_ok() => self.due(),
                _ => now().plus_ms(AFTER_TROUBLE_MS),
            };
        }
    }

    fn due(&self) -> Timestamp {
        self.board.last().map_or(Timestamp::default(), |last| last.plus_ms(self.every_ms))
    }

    /// The last one before this start.
    async fn look_back(&self) {
        let mut oldest: Option<Timestamp> = None;
        for place in &self.places {
            match list_backups(&place.part.target).await {
                Ok(names) => {
                    // One from days to come was named by a clock that was ahead.
                    let mut moments = names.iter().rev().filter_map(|name| made_at(name));
                    let Some(at) = moments.find(|at| *at <= now()) else { return };
                    oldest = Some(oldest.map_or(at, |before| before.min(at)));
                }
                Err(error) => return self.board.unseen(error.to_string()),
            }
        }
        if let Some(at) = oldest {
            self.board.seen(at);
        }
    }

    /// Copies everything now.
    ///
    /// # Errors
    /// Says of which place it is; what was copied to the others is there.
    pub async fn copy(&self, by: &str) -> Result<Vec<Copied>> {
        let _turn = self.turn.lock().await;
        // What one node finds in the place, the others must not remove meanwhile.
        if self.store.directory().lease("backup").await?.is_none() {
            bail!("another node makes the backups: `relais backup` there makes one at once");
        }
        let begun = now();
        let (mut copied, mut trouble) = (Vec::new(), None);
        for place in &self.places {
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
        self.board.made(begun);
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
        let BackedUp { name, rows, pieces, written, written_bytes } = made;
        let (regions, directory) = (part.regions.clone(), part.directory);
        Ok(Copied {
            name,
            rows,
            pieces,
            written,
            written_bytes,
            removed_backups: backups,
            removed_pieces: removed,
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
