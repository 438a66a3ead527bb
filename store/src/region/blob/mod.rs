//! Large sealed bodies: files of the data folder, or objects of a bucket.
//!
//! ```text
//!   write (durable) ──> row that needs it ──> read ... remove         blobs/<region>/<last two digits>/<content id>
//!                          │ crash between: no row                    <prefix>/<last two digits>/<content id>
//!   sweep: listed, older than the grace period, no row ──> removed
//! ```

mod bucket;
mod folder;
mod location;

use std::path::Path;

use mail::{Region, Timestamp};

use self::bucket::Bucket;
use self::folder::Folder;
pub(super) use self::location::location;
use crate::{BlobStore, ContentId, Result};

/// Sealed bodies above this many bytes are blobs.
pub(super) const THRESHOLD: usize = 64 * 1024;
/// Blobs younger than this may be on their way to a row.
pub(super) const GRACE_MS: i64 = 24 * 3_600_000;

/// The blobs of a region.
#[derive(Clone, Debug)]
pub(super) enum Blobs {
    Folder(Folder),
    Bucket(Bucket),
}

/// A blob that was listed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Listed {
    pub(super) content: ContentId,
    pub(super) written_at: Timestamp,
}

impl Blobs {
    pub(super) fn open(place: &BlobStore, data: &Path, region: &Region) -> Result<Self> {
        Ok(match place {
            BlobStore::Folder => Self::Folder(Folder::open(data, region)?),
            BlobStore::At(folder) => Self::Folder(Folder::open(folder, region)?),
            BlobStore::Bucket { url, options } => Self::Bucket(Bucket::open(url, options, region)?),
        })
    }

    /// Writes a body; durable when this resolves.
    pub(super) async fn write(&self, content: ContentId, sealed: Vec<u8>) -> Result<()> {
        match self {
            Self::Folder(folder) => folder.write(content, sealed).await,
            Self::Bucket(bucket) => bucket.write(content, sealed).await,
        }
    }

    /// Reads a body; `None` when there is no such blob.
    pub(super) async fn read(&self, content: ContentId) -> Result<Option<Vec<u8>>> {
        match self {
            Self::Folder(folder) => folder.read(content).await,
            Self::Bucket(bucket) => bucket.read(content).await,
        }
    }

    /// Removes bodies that no row needs any more.
    pub(super) async fn remove(&self, contents: Vec<ContentId>) -> Result<()> {
        match self {
            Self::Folder(folder) => folder.remove(contents).await,
            Self::Bucket(bucket) => bucket.remove(contents).await,
        }
    }

    /// Everything that is there.
    pub(super) async fn list(&self) -> Result<Vec<Listed>> {
        match self {
            Self::Folder(folder) => folder.list().await,
            Self::Bucket(bucket) => bucket.list().await,
        }
    }
}

/// `<last two digits>/<content id>`: spreads names evenly, in folders of bearable size.
fn name(content: ContentId) -> (String, String) {
    let name = content.to_string();
    let shard = name.get(30..).unwrap_or_default().to_owned();
    (shard, name)
}

/// The content of a blob's name; `None` for what is none of ours.
fn content_of(name: &str) -> Option<ContentId> {
    let mut id = [0; 16];
    hex::decode_to_slice(name, &mut id).ok()?;
    Some(ContentId(id))
}
