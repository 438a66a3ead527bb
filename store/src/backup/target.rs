//! Where backups lie: a folder, or a bucket.
//!
//! An object is there whole or not at all, and durable when `put` has answered.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use futures_util::TryStreamExt as _;
use mail::Timestamp;
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt as _};
use url::Url;

use super::Names;
use crate::lock::make_private;
use crate::region::{bucket_client, bucket_location};
use crate::{BlobStore, Result, StoreError};

/// A place for backups. A cheap clone.
#[derive(Clone, Debug)]
pub struct Target(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Folder(PathBuf),
    Bucket { store: Arc<dyn ObjectStore>, prefix: Key },
}

impl Target {
    /// A folder, which is made where it is missing when the first backup is written.
    #[must_use]
    pub fn folder(path: &Path) -> Self {
        Self(Kind::Folder(path.to_owned()))
    }

    /// A bucket by its URL; `options` are the client's, as for blobs.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when URL or options make no sense.
    pub fn bucket(url: &str, options: &[(String, String)]) -> Result<Self> {
        let wrong = |why: String| StoreError::Refused(format!("the backup target {url}: {why}"));
        let parsed = Url::parse(url).map_err(|error| wrong(error.to_string()))?;
        let store = bucket_client(&parsed, options).map_err(|error| wrong(error.to_string()))?;
        Ok(Self(Kind::Bucket { store, prefix: Key::from(parsed.path().trim_matches('/')) }))
    }

    /// Where a bucket says that it is; `None` for a folder, and for buckets that are not asked.
    ///
    /// # Errors
    /// [`StoreError::Blob`] when it does not say.
    pub async fn place(of: &BlobStore) -> Result<Option<String>> {
        match of {
            BlobStore::Bucket { url, options } => bucket_location(url, options).await,
            BlobStore::Folder | BlobStore::At(_) => Ok(None),
        }
    }

    pub(super) async fn put(&self, name: &str, bytes: Vec<u8>) -> Result<()> {
        match &self.0 {
            Kind::Folder(folder) => {
                let path = folder.join(name);
                off_the_runtime(move || put_file(&path, &bytes)).await
            }
            Kind::Bucket { store, prefix } => {
                store.put(&key(prefix, name), bytes.into()).await.map(drop).map_err(trouble)
            }
        }
    }

    /// `None` when there is no such object.
    pub(super) async fn read(&self, name: &str) -> Result<Option<Vec<u8>>> {
        match &self.0 {
            Kind::Folder(folder) => {
                let path = folder.join(name);
                off_the_runtime(move || match fs::read(&path) {
                    Ok(bytes) => Ok(Some(bytes)),
                    Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(None),
                    Err(cause) => Err(StoreError::file(&path, cause)),
                })
                .await
            }
            Kind::Bucket { store, prefix } => match store.get(&key(prefix, name)).await {
                Ok(got) => Ok(Some(got.bytes().await.map_err(trouble)?.into())),
                Err(object_store::Error::NotFound { .. }) => Ok(None),
                Err(error) => Err(trouble(error)),
            },
        }
    }

    /// Removes an object; one that is not there is none.
    pub(super) async fn remove(&self, name: &str) -> Result<()> {
        match &self.0 {
            Kind::Folder(folder) => {
                let path = folder.join(name);
                off_the_runtime(move || match fs::remove_file(&path) {
                    Err(cause) if cause.kind() != ErrorKind::NotFound => Err(StoreError::file(&path, cause)),
                    _ => Ok(()),
                })
                .await
            }
            Kind::Bucket { store, prefix } => match store.delete(&key(prefix, name)).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
                Err(error) => Err(trouble(error)),
            },
        }
    }

    /// Everything below `under`, by its path from there, and when it was written.
    pub(super) async fn list(&self, under: &str) -> Result<Names> {
        match &self.0 {
            Kind::Folder(folder) => {
                let folder = folder.join(under);
                off_the_runtime(move || {
                    let mut names = Names::new();
                    list_files(&folder, "", &mut names)?;
                    Ok(names)
                })
                .await
            }
            Kind::Bucket { store, prefix } => {
                let below = key(prefix, under);
                let objects: Vec<_> = store.list(Some(&below)).try_collect().await.map_err(trouble)?;
                let start = below.as_ref().len() + 1;
                let name = |object: &object_store::ObjectMeta| object.location.as_ref().get(start..).map(str::to_owned);
                let written_at =
                    |object: &object_store::ObjectMeta| Timestamp::from_ms(object.last_modified.timestamp_millis());
                Ok(objects.iter().filter_map(|object| Some((name(object)?, written_at(object)))).collect())
            }
        }
    }
}

fn key(prefix: &Key, name: &str) -> Key {
    name.split('/').fold(prefix.clone(), |key, part| key.join(part))
}

fn put_file(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().unwrap_or(path);
    let missing: Vec<&Path> = folder.ancestors().take_while(|one| !one.exists()).collect();
    make_private(folder)?;
    // A folder is as durable as its name in the one above it.
    missing.into_iter().filter_map(Path::parent).try_for_each(sync_folder)?;
    let unfinished = path.with_extension("unfinished");
    let at = |cause| StoreError::file(&unfinished, cause);
    let mut file = File::options().create(true).truncate(true).write(true).open(&unfinished).map_err(at)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(at)?;
    fs::rename(&unfinished, path).map_err(at)?;
    sync_folder(folder)
}

fn sync_folder(folder: &Path) -> Result<()> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    File::open(folder).and_then(|open| open.sync_all()).map_err(|cause| StoreError::file(folder, cause))
}

/// Files that were not finished have a name that nobody asks for.
fn list_files(folder: &Path, below: &str, names: &mut Names) -> Result<()> {
    let at = |cause| StoreError::file(folder, cause);
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(()),
        Err(cause) => return Err(at(cause)),
    };
    for entry in entries {
        let entry = entry.map_err(at)?;
        let about = entry.metadata().map_err(at)?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        if about.is_dir() {
            list_files(&entry.path(), &format!("{below}{name}/"), names)?;
        } else {
            let written_at = about.modified().map_err(at)?.duration_since(UNIX_EPOCH).unwrap_or_default();
            let written_at = i64::try_from(written_at.as_millis()).unwrap_or(i64::MAX);
            names.insert(format!("{below}{name}"), Timestamp::from_ms(written_at));
        }
    }
    Ok(())
}

fn trouble(error: object_store::Error) -> StoreError {
    StoreError::Blob(error.to_string())
}

async fn off_the_runtime<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|_| StoreError::Closed)?
}
