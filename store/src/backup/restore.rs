//! Looks whether a backup is whole, and puts it back.
//!
//! ```text
//!   backup ──> TO.restoring ── all of it is there ──> TO        a kill on the way leaves nothing called TO
//! ```

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use mail::{Region, Timestamp};

use super::chunk::{Cell, rows_of};
use super::load::postgres::{Filling, name_all};
use super::manifest::{Database, Manifest, Table};
use super::mark::mark;
use super::vault::Vault;
use super::{DIRECTORY, REGION, Target, load};
use crate::engine::Address;
use crate::lock::make_private;
use crate::region::Bodies;
use crate::{BlobStore, ContentId, HouseKeys, RegionConfig, Result, StoreConfig, StoreError};

/// Things that are wrong and named; what comes after them says nothing new.
const NAMED_MAX: usize = 100;

/// What a look at a whole backup came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Its name.
    pub name: String,
    /// When it was begun.
    pub at: Timestamp,
    /// The release that wrote it.
    pub release: String,
    /// Chunks and bodies that were read.
    pub pieces: u64,
    /// What is damaged or missing, by its name in the target.
    pub wrong: Vec<String>,
}

/// What was put back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// The backup's name.
    pub name: String,
    /// When it was begun.
    pub at: Timestamp,
    /// Rows of all databases.
    pub rows: u64,
    /// Bodies beside them.
    pub bodies: u64,
}

/// Reads all of a backup, the newest where none is named, and names what is not as it was written.
///
/// # Errors
/// [`StoreError::NoSuch`], [`StoreError::Tampered`] for a backup that does not open at all, those of the target.
pub async fn verify_backup(from: &Target, keys: &HouseKeys, name: Option<&str>) -> Result<Verified> {
    let vault = Vault::unlisted(from, keys);
    let (name, manifest) = vault.manifest(name).await?;
    let (mut pieces, mut wrong) = (0, Vec::new());
    for database in &manifest.databases {
        let of_bodies = database.bodies.iter();
        for chunk in database.tables().chain(of_bodies).flat_map(|table| &table.chunks) {
            pieces += 1;
            note(vault.chunk(chunk).await.map(drop), &mut wrong)?;
        }
        let (region, bodies) = match bodies_of(&vault, database).await {
            Ok(Some(bodies)) => bodies,
            // Its chunk is named already.
            Ok(None) | Err(StoreError::Tampered(_) | StoreError::Missing(_)) => continue,
            Err(error) => return Err(error),
        };
        for body in bodies {
            pieces += 1;
            note(vault.body(&region, body).await.map(drop), &mut wrong)?;
        }
    }
    let Manifest { at_ms, release, .. } = manifest;
    Ok(Verified { name, at: Timestamp::from_ms(at_ms), release, pieces, wrong })
}

fn note(read: Result<()>, wrong: &mut Vec<String>) -> Result<()> {
    match read {
        Err(error @ (StoreError::Tampered(_) | StoreError::Missing(_))) => {
            if wrong.len() < NAMED_MAX {
                wrong.push(error.to_string());
            }
            Ok(())
        }
        other => other,
    }
}

/// Puts a backup back as the data folder `to`, which must not be there or be empty; bodies go where `blobs` says for their region, which
/// is below `to` but for buckets. What is there then has to be told that it is a copy: [`crate::Store::is_a_copy`].
///
/// # Errors
/// [`StoreError::Refused`], [`StoreError::Tampered`] and [`StoreError::Missing`] name the first piece that is not as it was
/// written; those of the target and of the disk. Nothing is called `to` then.
pub async fn restore(
    from: &Target,
    keys: &HouseKeys,
    name: Option<&str>,
    to: &Path,
    blobs: impl Fn(&Region) -> BlobStore,
) -> Result<Restored> {
    refuse_used(to)?;
    let vault = Vault::unlisted(from, keys);
    let (name, manifest) = vault.manifest(name).await?;
    if let Some(database) = manifest.databases.iter().find(|database| database.makes.is_empty()) {
        return Err(StoreError::Refused(format!("{} is of PostgreSQL, and goes back into PostgreSQL", database.name)));
    }
    let unfinished = beside(to);
    match fs::remove_dir_all(&unfinished) {
        Err(cause) if cause.kind() != ErrorKind::NotFound => return Err(StoreError::file(&unfinished, cause)),
        _ => make_private(&unfinished)?,
    }
    let mut restored = Restored { name, at: Timestamp::from_ms(manifest.at_ms), rows: 0, bodies: 0 };
    for database in &manifest.databases {
        if let Some((region, bodies)) = bodies_of(&vault, database).await? {
            let place = match blobs(&region) {
                bucket @ BlobStore::Bucket { .. } => bucket,
                BlobStore::Folder | BlobStore::At(_) => BlobStore::Folder,
            };
            let beside = Bodies::open(&place, &unfinished, &region)?;
            for body in bodies {
                beside.write(body, vault.body(&region, body).await?).await?;
                restored.bodies += 1;
            }
        }
        // A name of ours is a word, not a way out of the folder.
        let file = Path::new(&database.name).file_name().unwrap_or_default();
        load::sqlite::database(&vault, database, &unfinished.join(file).with_added_extension("db")).await?;
        restored.rows += database.tables().map(|table| table.rows).sum::<u64>();
    }
    mark(&unfinished, &restored.name, &manifest)?;
    // An empty folder gives way.
    fs::rename(&unfinished, to).map_err(|cause| StoreError::file(to, cause))?;
    let parent = to.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(parent).and_then(|folder| folder.sync_all()).map_err(|cause| StoreError::file(parent, cause))?;
    Ok(restored)
}

/// Puts a backup, of whichever engine, into the PostgreSQL that a configuration names; its schemas must not be there. Bodies go where
/// it says for their region.
///
/// # Errors
/// [`StoreError::Refused`] for a schema that is there, a backup of another version, and what the configuration keeps in files; those of
/// [`restore`], and of the database. Bodies may be there then, schemas are not; what was refused wrote nothing.
pub async fn restore_into(from: &Target, name: Option<&str>, config: &StoreConfig) -> Result<Restored> {
    let vault = Vault::unlisted(from, &config.keys);
    let (name, manifest) = vault.manifest(name).await?;
    let mut fillings = Vec::with_capacity(manifest.databases.len());
    for database in &manifest.databases {
        let filling = filling(config, database)?;
        filling.check(&vault).await?;
        fillings.push(filling);
    }
    make_private(&config.data)?;
    // Not before all of this can be: a store in use that is told that it is a copy stops sending.
    mark(&config.data, &name, &manifest)?;
    let mut restored = Restored { name, at: Timestamp::from_ms(manifest.at_ms), rows: 0, bodies: 0 };
    for filling in &fillings {
        if let Some((region, bodies)) = bodies_of(&vault, filling.database).await? {
            let known = region_of(config, filling.database)?;
            let beside = Bodies::open(&known.blobs, &config.data, &region)?;
            for body in bodies {
                beside.write(body, vault.body(&region, body).await?).await?;
                restored.bodies += 1;
            }
        }
        filling.fill(&vault).await?;
        restored.rows += filling.database.tables().map(|table| table.rows).sum::<u64>();
    }
    name_all(&fillings).await?;
    Ok(restored)
}

/// Where a database goes.
fn filling<'a>(config: &StoreConfig, database: &'a Database) -> Result<Filling<'a>> {
    let (keeper, migrations) = match database.name.as_str() {
        DIRECTORY => (&config.database, &crate::directory::POSTGRES),
        _ => (&region_of(config, database)?.database, &crate::region::POSTGRES),
    };
    let Address::Schema { url, schema } = keeper.address(&config.data, &database.name) else {
        let why = format!("{} is kept in a file, and goes back into a folder", database.name);
        return Err(StoreError::Refused(why));
    };
    Ok(Filling { database, url, schema, migrations })
}

fn region_of<'c>(config: &'c StoreConfig, database: &Database) -> Result<&'c RegionConfig> {
    let name = database.name.strip_prefix(REGION);
    let known = config.regions.iter().find(|known| Some(known.name.as_str()) == name);
    known.ok_or_else(|| StoreError::Refused(format!("the configuration knows nothing of {}", database.name)))
}

fn refuse_used(to: &Path) -> Result<()> {
    match fs::read_dir(to) {
        Ok(mut entries) => entries.next().map_or(Ok(()), |_| {
            let why = format!("the folder {} is not empty, and nothing is ever overwritten", to.display());
            Err(StoreError::Refused(why))
        }),
        Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(()),
        Err(cause) => Err(StoreError::file(to, cause)),
    }
}

fn beside(to: &Path) -> PathBuf {
    let mut name = to.file_name().unwrap_or_default().to_owned();
    name.push(".restoring");
    to.with_file_name(name)
}

pub(super) async fn bodies_of(vault: &Vault, database: &Database) -> Result<Option<(Region, Vec<ContentId>)>> {
    let (Some(Table { chunks, .. }), Some(region)) = (&database.bodies, database.name.strip_prefix(REGION)) else {
        return Ok(None);
    };
    let wrong = || StoreError::Corrupt(format!("the bodies of {}", database.name));
    let region = Region::parse(region).map_err(|_| wrong())?;
    let mut bodies = Vec::new();
    for chunk in chunks {
        for row in rows_of(&vault.chunk(chunk).await?)? {
            let [Cell::Blob(id)] = row.as_slice() else { return Err(wrong()) };
            bodies.push(ContentId(id.as_slice().try_into().map_err(|_| wrong())?));
        }
    }
    Ok(Some((region, bodies)))
}
