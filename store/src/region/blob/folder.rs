//! Blobs as files: `blobs/<region>/<last two hex digits>/<content id>`.
//!
//! File and folder are on disk before the row that needs them.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use mail::{Region, Timestamp};

use super::{Listed, content_of, name};
use crate::lock::make_private;
use crate::{ContentId, Result, StoreError};

/// The blob folder of a region.
#[derive(Clone, Debug)]
pub(in crate::region) struct Folder {
    path: PathBuf,
    /// Held by whoever looks for a shard: one that is there is on disk.
    shards: Arc<Mutex<()>>,
}

impl Folder {
    pub(in crate::region) fn open(data: &Path, region: &Region) -> Result<Self> {
        let path = data.join("blobs").join(region.as_str());
        make_private(&path)?;
        // Whoever was killed may have made folders and not synced them.
        path.ancestors().take(3).try_for_each(sync_folder)?;
        Ok(Self { path, shards: Arc::default() })
    }

    /// Writes a body and waits until it is on disk.
    pub(in crate::region) async fn write(&self, content: ContentId, sealed: Vec<u8>) -> Result<()> {
        let (path, shards) = (self.path(content), Arc::clone(&self.shards));
        off_the_runtime(move || {
            make_shard(path.parent().unwrap_or(&path), &shards)?;
            write_durably(&path, &sealed)
        })
        .await
    }

    /// Reads a body; `None` when there is no such file.
    pub(in crate::region) async fn read(&self, content: ContentId) -> Result<Option<Vec<u8>>> {
        let path = self.path(content);
        off_the_runtime(move || match fs::read(&path) {
            Ok(sealed) => Ok(Some(sealed)),
            Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(None),
            Err(cause) => Err(StoreError::file(&path, cause)),
        })
        .await
    }

    /// Removes bodies that no row needs any more.
    pub(in crate::region) async fn remove(&self, contents: Vec<ContentId>) -> Result<()> {
        let paths: Vec<_> = contents.into_iter().map(|content| self.path(content)).collect();
        off_the_runtime(move || {
            for path in paths {
                match fs::remove_file(&path) {
                    Err(cause) if cause.kind() != ErrorKind::NotFound => return Err(StoreError::file(&path, cause)),
                    _ => {}
                }
            }
            Ok(())
        })
        .await
    }

    /// Every file of ours.
    pub(in crate::region) async fn list(&self) -> Result<Vec<Listed>> {
        let folder = self.path.clone();
        off_the_runtime(move || {
            let mut all = Vec::new();
            for shard in entries(&folder)? {
                for file in entries(&shard)? {
                    all.extend(listed(&file));
                }
            }
            Ok(all)
        })
        .await
    }

    fn path(&self, content: ContentId) -> PathBuf {
        let (shard, name) = name(content);
        self.path.join(shard).join(name)
    }
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let at = |cause| StoreError::file(folder, cause);
    let entries = fs::read_dir(folder).map_err(at)?;
    entries.map(|entry| entry.map(|entry| entry.path()).map_err(at)).collect()
}

// A file that went away meanwhile needs no sweeping.
fn listed(file: &Path) -> Option<Listed> {
    let content = content_of(file.file_name()?.to_str()?)?;
    let written_at = Timestamp::from_system(file.metadata().ok()?.modified().ok()?);
    Some(Listed { content, written_at })
}

fn write_durably(path: &Path, sealed: &[u8]) -> Result<()> {
    let at = |cause| StoreError::file(path, cause);
    let mut file = File::options().create(true).truncate(true).write(true).open(path).map_err(at)?;
    let written = file.write_all(sealed).and_then(|()| file.sync_all());
    if written.is_err() {
        // Half a body helps nobody, least of all on a full disk.
        let _ = fs::remove_file(path);
    }
    written.map_err(at)?;
    sync_folder(path.parent().unwrap_or(path))
}

fn make_shard(shard: &Path, shards: &Mutex<()>) -> Result<()> {
    let _making = shards.lock().unwrap_or_else(PoisonError::into_inner);
    if shard.is_dir() {
        return Ok(());
    }
    make_private(shard)?;
    let synced = sync_folder(shard.parent().unwrap_or(shard));
    if synced.is_err() {
        // Else the next one would take it for one that is on disk.
        let _ = fs::remove_dir(shard);
    }
    synced
}

fn sync_folder(folder: &Path) -> Result<()> {
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(|cause| StoreError::file(folder, cause))
}

async fn off_the_runtime<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|_| StoreError::Closed)?
}
