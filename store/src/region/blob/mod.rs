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
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mail::{Region, Timestamp};

use self::bucket::Bucket;
pub(crate) use self::bucket::client;
use self::folder::Folder;
pub(crate) use self::location::location;
use super::held::HeldBodies;
use crate::{BlobStore, ContentId, Result};

/// Sealed bodies above this many bytes are blobs.
pub(super) const THRESHOLD: usize = 64 * 1024;
/// Blobs younger than this may be on their way to a row.
pub(super) const GRACE_MS: i64 = 24 * 3_600_000;

/// The blobs of a region.
#[derive(Clone, Debug)]
pub(super) struct Blobs {
    place: Place,
    /// How many want nothing to be removed now.
    held: Arc<AtomicUsize>,
}

#[derive(Clone, Debug)]
enum Place {
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
        let place = match place {
            BlobStore::Folder => Place::Folder(Folder::open(data, region)?),
            BlobStore::At(folder) => Place::Folder(Folder::open(folder, region)?),
            BlobStore::Bucket { url, options } => Place::Bucket(Bucket::open(url, options, region)?),
        };
        Ok(Self { place, held: Arc::default() })
    }

    /// Nothing is removed as long as the answer lives.
    pub(super) fn hold(&self) -> HeldBodies {
        HeldBodies::of(&self.held)
    }

    /// Whether nothing is removed now.
    pub(super) fn is_held(&self) -> bool {
        self.held.load(Ordering::SeqCst) > 0
    }

    /// Writes a body; durable when this resolves.
    pub(super) async fn write(&self, content: ContentId, sealed: Vec<u8>) -> Result<()> {
        match &self.place {
            Place::Folder(folder) => folder.write(content, sealed).await,
            Place::Bucket(bucket) => bucket.write(content, sealed).await,
        }
    }

    /// Reads a body; `None` when there is no such blob.
    pub(super) async fn read(&self, content: ContentId) -> Result<Option<Vec<u8>>> {
        match &self.place {
            Place::Folder(folder) => folder.read(content).await,
            Place::Bucket(bucket) => bucket.read(content).await,
        }
    }

    /// Removes bodies that no row needs any more. While they are held they stay, for the sweep to take.
    pub(super) async fn remove(&self, contents: Vec<ContentId>) -> Result<()> {
        if self.is_held() {
            return Ok(());
        }
        match &self.place {
            Place::Folder(folder) => folder.remove(contents).await,
            Place::Bucket(bucket) => bucket.remove(contents).await,
        }
    }

    /// Everything that is there.
    pub(super) async fn list(&self) -> Result<Vec<Listed>> {
        match &self.place {
            Place::Folder(folder) => folder.list().await,
            Place::Bucket(bucket) => bucket.list().await,
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
