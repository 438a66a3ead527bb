//! One region: the film of its mailboxes, their view, its queue, and the seals on all of it.
//!
//! ```text
//!  connector ─ record ─> film ─┐                       ┌─ folders, messages, flags <─> imap, webmail
//!                              ├─ lay_out ─> placement ┤
//!  reception ─ accept ─> film ─┘   (clean point)       └─ changes ─> failback
//!                  └───> outgoing ─ due, settle ─> the world
//! ```

mod arrival;
mod draft;
mod mailbox;
mod placed;
mod seen;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use mail::{Flags, Region, RelaisId};
use tokio::sync::watch;

pub use arrival::{Arrival, Deliver, Due, Outcome, Queued, RelayTo};
pub use mailbox::{MailboxRow, NewMailbox};
pub use placed::{Change, CleanPoint, FlagChange, Folder, LaidOut, Place, Placed};
pub use seen::{Cursor, PathMac, Seen, SourceFolder, SourceUid};

use crate::engine::Engine;
use crate::lock::FolderLock;
use crate::{ContentId, MailboxId, RegionConfig, Result, StoreConfig};

/// The store of one region. A cheap clone.
#[derive(Clone)]
pub struct RegionStore {
    inner: Arc<Inner>,
}

struct Inner {
    name: Region,
}
impl RegionStore {
    pub(crate) async fn open(config: &StoreConfig, region: &RegionConfig, lock: Arc<FolderLock>) -> Result<Self> {
        let _ = (config, lock);
        Ok(Self { inner: Arc::new(Inner { name: region.name.clone() }) })
    }

    /// The region's name.
    #[must_use]
    pub fn name(&self) -> &Region {
        &self.inner.name
    }

    /// The hash by which a folder of the primary is known while paths are sealed.
    #[must_use]
    pub fn path_mac(&self, mailbox: MailboxId, path: &str) -> PathMac {
        let _ = (mailbox, path);
        PathMac([0; 16])
    }

    /// The hash of these flags' keywords as [`SourceUid::keywords`] has it.
    #[must_use]
    pub fn keywords_tag(&self, mailbox: MailboxId, flags: &Flags) -> i64 {
        let _ = (mailbox, flags);
        0
    }

    /// The authenticated mark of a content.
    #[must_use]
    pub fn relais_id(&self, content: ContentId) -> RelaisId {
        RelaisId { content: content.0, tag: [0; 16] }
    }

    /// The content that a mark names, when the mark is ours.
    #[must_use]
    pub fn verify_relais_id(&self, mark: &RelaisId) -> Option<ContentId> {
        Some(ContentId(mark.content))
    }

    /// A fresh content id.
    #[must_use]
    pub fn new_content_id(&self) -> ContentId {
        ContentId(rand::random())
    }

    /// Whether the mailbox's content can be read now.
    #[must_use]
    pub fn is_unsealed(&self, mailbox: MailboxId) -> bool {
        let _ = mailbox;
        false
    }

    /// How many mailboxes can be read now.
    #[must_use]
    pub fn unsealed_count(&self) -> usize {
        0
    }

    /// Forgets every private key: nothing can be read any more.
    pub fn reseal(&self) {}

    /// A counter that rises with every change of the mailbox's view.
    #[must_use]
    pub fn changed(&self, mailbox: MailboxId) -> watch::Receiver<u64> {
        let _ = mailbox;
        watch::channel(0).1
    }
}
