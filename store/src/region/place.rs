//! Whether a region's folder is the one it was: a note beside the database says whose it is and where.
//!
//! ```text
//!   <folder>/region-NAME.place    name and declared place, written when the region is first opened
//!     missing, and mailboxes are pinned here ──> the disk is not there: nothing is made in its stead
//!     another name or place ────────────────────> WrongPlace
//! ```

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::blob::location;
use crate::engine::Address;
use crate::lock::{FolderLock, make_private};
use crate::{BlobStore, Database, Directory, RegionConfig, Result, StoreConfig, StoreError};

/// A note is longer than this in no case.
const NOTE_MAX_BYTES: u64 = 1024;

/// Checks the region's own folders and takes their locks; without any there is nothing but the house's.
pub(super) async fn enter(
    region: &RegionConfig,
    directory: &Directory,
    house: &Arc<FolderLock>,
) -> Result<Vec<Arc<FolderLock>>> {
    let mut locks = vec![Arc::clone(house)];
    let mut folders: Vec<&PathBuf> = Vec::new();
    if let Database::At(folder) = &region.database {
        folders.push(folder);
    }
    if let BlobStore::At(folder) = &region.blobs {
        folders.push(folder);
    }
    folders.dedup();
    if folders.is_empty() {
        return Ok(locks);
    }
    let is_used = directory.pins().await?.contains_key(region.name.as_str());
    for folder in folders {
        if !is_used {
            make_private(folder)?;
        }
        check(region, folder, is_used)?;
        locks.push(Arc::new(FolderLock::take(folder)?));
    }
    Ok(locks)
}

fn check(region: &RegionConfig, folder: &Path, is_used: bool) -> Result<()> {
    let note = folder.join(format!("region-{}.place", region.name));
    let ours = format!("{}\n{}\n", region.name, region.place.as_deref().unwrap_or_default());
    match read(&note) {
        Ok(text) if text == ours => Ok(()),
        Ok(text) => Err(StoreError::WrongPlace {
            region: region.name.to_string(),
            declared: region.place.clone().unwrap_or_else(|| "no place".to_owned()),
            found: format!("{} says {:?}", note.display(), text.lines().nth(1).unwrap_or_default()),
        }),
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound && is_used => Err(StoreError::Missing(format!(
            "the data of region {} in {}: mailboxes are pinned to it, and the folder is not theirs (is its disk mounted?); it",
            region.name,
            folder.display()
        ))),
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => write(&note, &ours),
        Err(cause) => Err(StoreError::file(&note, cause)),
    }
}

fn read(note: &Path) -> std::io::Result<String> {
    use std::io::Read as _;
    let mut text = String::new();
    std::fs::File::open(note)?.take(NOTE_MAX_BYTES).read_to_string(&mut text)?;
    Ok(text)
}

fn write(note: &Path, text: &str) -> Result<()> {
    use std::io::Write as _;
    let written = std::fs::File::create(note).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.map_err(|cause| StoreError::file(note, cause))
}

/// Where a region is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Whereabouts {
    /// As configured.
    pub declared: Option<String>,
    /// What the bucket said of itself at the start, where it was asked.
    pub found: Option<String>,
    /// Why it could not be told.
    pub doubt: Option<String>,
    /// The database: its file, or its hosts and schema.
    pub database: String,
    /// The blobs: their folder, or their bucket.
    pub blobs: String,
}

/// Compares the declared place with what the bucket says of itself. A bucket that does not answer leaves a doubt.
///
/// # Errors
/// [`StoreError::WrongPlace`].
pub(super) async fn look(config: &StoreConfig, region: &RegionConfig) -> Result<Whereabouts> {
    let mut seen = Whereabouts {
        declared: region.place.clone(),
        database: of_database(config, region),
        blobs: of_blobs(config, region),
        ..Whereabouts::default()
    };
    let (Some(declared), BlobStore::Bucket { url, options }) = (&region.place, &region.blobs) else { return Ok(seen) };
    match location(url, options).await {
        Ok(Some(found)) if found != *declared => {
            return Err(StoreError::WrongPlace {
                region: region.name.to_string(),
                declared: declared.clone(),
                found: format!("the bucket {url} says that it is in {found}"),
            });
        }
        Ok(found) => seen.found = found,
        Err(error) => seen.doubt = Some(format!("the bucket {url} could not be asked where it is: {error}")),
    }
    Ok(seen)
}

fn of_database(config: &StoreConfig, region: &RegionConfig) -> String {
    match region.database.address(&config.data, &format!("region-{}", region.name)) {
        Address::File(path) => path.display().to_string(),
        Address::Schema { url, schema } => {
            let hosts = url.split_once("://").map_or("", |(_, rest)| rest);
            let hosts = hosts.split('?').next().unwrap_or_default();
            format!("postgres://{} schema {schema}", hosts.rsplit('@').next().unwrap_or_default())
        }
    }
}

fn of_blobs(config: &StoreConfig, region: &RegionConfig) -> String {
    let folder = |data: &Path| data.join("blobs").join(region.name.as_str()).display().to_string();
    match &region.blobs {
        BlobStore::Folder => folder(&config.data),
        BlobStore::At(data) => folder(data),
        BlobStore::Bucket { url, .. } => url.clone(),
    }
}
