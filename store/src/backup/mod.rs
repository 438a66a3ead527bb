//! Copies of the store in another place: made while it is in use, and put back as a whole.
//!
//! ```text
//!   regions ──┐ one reading of each database   rows in order ──> chunks ──> chunks/XX/NAME      kept once, however often
//!   directory ┘ (bodies are not removed)       bodies they name ─────────> bodies/REGION/XX/ID   they are met
//!                                                            last of all > backups/WHEN-TAG      names all of it
//!
//!   prune: the oldest names go, then the pieces that no name needs, a day after they were written
//! ```
//!
//! What is content is sealed already; everything is sealed once more under a key derived from the house keys, and chunks
//! have keyed names, so that the place learns sizes and moments. The house keys are in no backup: without them it opens
//! for nobody, and the unlock key is needed for neither. What is there already is not written again; a backup that was
//! interrupted left chunks without a name for them, which the next one uses.

mod chunk;
mod dump;
mod load;
mod manifest;
mod mark;
mod prune;
mod restore;
mod target;
mod vault;

use std::collections::BTreeMap;

use mail::{Region, Timestamp};

use self::manifest::{Database, Manifest};
pub use self::mark::{PutBack, put_back, told};
pub use self::prune::{Pruned, prune};
pub use self::restore::{Restored, Verified, restore, restore_into, verify_backup};
pub use self::target::Target;
use self::vault::Vault;
use crate::db::{self, Conn, Reading};
use crate::directory::SessionsOf;
use crate::{ContentId, HouseKeys, Result, Store, StoreError};

/// What is copied to one place together: what lies in one data folder.
#[derive(Clone, Debug)]
pub struct Part {
    /// Where to.
    pub target: Target,
    /// Whether the directory is in it.
    pub directory: bool,
    /// The regions in it.
    pub regions: Vec<Region>,
}

/// What a backup came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BackedUp {
    /// Its name: `restore` takes it.
    pub name: String,
    /// Rows of all databases.
    pub rows: u64,
    /// Chunks of rows and bodies that it names.
    pub pieces: u64,
    /// Those that were not there already.
    pub written: u64,
    /// Their bytes.
    pub written_bytes: u64,
    /// Bodies that are not in it, as the store has lost them.
    pub lost: Vec<ContentId>,
    /// Regions that are not in it, as they cannot be used now.
    pub left_out: Vec<Region>,
}

/// The directory's database.
const DIRECTORY: &str = "directory";
/// What the names of regions' databases begin with.
const REGION: &str = "region-";
/// Where the names are.
const NAMES: &str = "backups";

impl Store {
    /// Copies a part of the store while it is in use. What was answered before this was called is in it. What cannot be had, a body
    /// that was lost or a region that is closed, does not hinder the rest.
    ///
    /// # Errors
    /// [`StoreError::RegionClosed`] when nothing else is in the part; those of reading, and those of the target.
    pub async fn backup(&self, part: &Part, keys: &HouseKeys, release: &str, now: Timestamp) -> Result<BackedUp> {
        let (mut regions, mut left_out) = (Vec::with_capacity(part.regions.len()), Vec::new());
        for name in &part.regions {
            match self.region(name) {
                Ok(region) => regions.push(region),
                Err(StoreError::RegionClosed { .. }) if part.directory || part.regions.len() > 1 => {
                    left_out.push(name.clone())
                }
                Err(error) => return Err(error),
            }
        }
        // Before any row is read: a body that a row names now is there until the end.
        let _held: Vec<_> = regions.iter().map(|region| region.hold_bodies()).collect();
        // In this order, as a kill between two commits would leave them.
        let mut readings = Vec::with_capacity(regions.len());
        for region in &regions {
            readings.push(snapshot(region.reading().await?).await?);
        }
        let of_directory = if part.directory { Some(snapshot(self.directory().reading().await?).await?) } else { None };
        let vault = Vault::open(&part.target, keys).await?;
        let mut databases = Vec::with_capacity(regions.len() + 1);
        if let Some(mut reading) = of_directory {
            databases.push(dump::database(&mut reading, &vault, DIRECTORY, None).await?);
        }
        let mut lost = Vec::new();
        for (region, mut reading) in regions.into_iter().zip(readings) {
            let bodies = region.dump_bodies(&mut reading, &vault, &mut lost).await?;
            let name = format!("{REGION}{}", region.name());
            databases.push(dump::database(&mut reading, &vault, &name, Some(bodies)).await?);
        }
        let rows = databases.iter().flat_map(Database::tables).map(|table| table.rows).sum();
        let manifest = Manifest { at_ms: now.as_ms(), release: release.to_owned(), databases };
        let name = vault.conclude(&manifest, now).await?;
        Ok(BackedUp { name, rows, lost, left_out, ..vault.figures() })
    }

    /// Tells what was put back that it is a copy from before, which others have gone on from: nothing waiting is sent, no session
    /// is good, and mail programs take folders for new ones. Running it again changes nothing that matters.
    ///
    /// # Errors
    /// [`StoreError::RegionClosed`], [`StoreError::NoSuch`], those of a write.
    pub async fn is_a_copy(&self, directory: bool, regions: &[Region], now: Timestamp) -> Result<()> {
        if directory {
            self.directory().end_sessions(SessionsOf::Everyone, now).await?;
            for region in self.regions() {
                region.believe_heads().await?;
            }
        }
        for name in regions {
            self.region(name)?.is_a_copy(now).await?;
        }
        Ok(())
    }
}

/// The names of the backups in a place, the oldest first. Nothing is opened for it.
///
/// # Errors
/// Those of the target.
pub async fn list_backups(target: &Target) -> Result<Vec<String>> {
    let names = target.list(NAMES).await?.into_keys();
    Ok(names.filter(|name| made_at(name).is_some()).collect())
}

/// When a backup of this name was begun; `None` for what is no backup's name.
#[must_use]
pub fn made_at(name: &str) -> Option<Timestamp> {
    // 2026-11-23T161500.250Z-0a1b2c3d
    let (moment, tag) = name.rsplit_once('-')?;
    // Whoever writes to the place chooses names, and they are printed.
    if tag.len() != 8 || !tag.bytes().all(|octet| octet.is_ascii_hexdigit()) {
        return None;
    }
    let (day, time) = moment.strip_suffix('Z')?.split_once('T')?;
    let (hour, minute, rest) = (time.get(..2)?, time.get(2..4)?, time.get(4..)?);
    Timestamp::parse_rfc3339(&format!("{day}T{hour}:{minute}:{rest}Z"))
}

/// Begins to read: from here on nothing moves.
async fn snapshot(mut reading: Reading) -> Result<Reading> {
    if let Conn::PostgresRead(db) = &mut *reading {
        // It waits while bodies are copied.
        sqlx::query("SET LOCAL idle_in_transaction_session_timeout = 0").execute(&mut **db).await?;
    }
    db::query_scalar::<i64>("SELECT count(*) FROM _sqlx_migrations").fetch_one(&mut *reading).await?;
    Ok(reading)
}

/// The path of a backup's name.
fn named(name: &str) -> String {
    format!("{NAMES}/{name}")
}

/// Names under a folder of the target, and when they were written.
type Names = BTreeMap<String, Timestamp>;
