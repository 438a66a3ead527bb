//! Seals and codes of sightings, made before the writer is bothered.

use mail::{Flags, Timestamp};

use crate::region::content::SealedContent;
use crate::region::epoch::Sealer;
use crate::region::event::{Event, Kind};
use crate::region::{Cursor, PathMac, Seen};
use crate::{MailboxId, RegionStore, Result};

/// A sighting that is ready to be written.
pub(super) struct Prepared {
    pub(super) folder: PathMac,
    /// Sealed; `None` when only the hash is known.
    pub(super) path: Option<Vec<u8>>,
    pub(super) event: Event,
    pub(super) code: [u8; 16],
    pub(super) keywords_tag: i64,
    pub(super) content: Option<Wrapped>,
}

/// A content, and its key wrapped for the mailbox.
type Wrapped = (SealedContent, Vec<u8>);

/// A cursor that is ready to be written.
pub(super) struct PreparedCursor {
    pub(super) folder: PathMac,
    pub(super) path: Vec<u8>,
    pub(super) cursor: Cursor,
}

/// A message's place at the primary by hash: folder, UIDVALIDITY, UID.
pub(crate) type Spot = (PathMac, u32, u32);

impl RegionStore {
    pub(super) async fn prepare(&self, mailbox: MailboxId, sealer: &Sealer, seen: Seen) -> Result<Prepared> {
        match seen {
            Seen::Folder { path, role, uidvalidity, at } => {
                let event = Event { uidvalidity, role, ..Event::new(mailbox, Kind::Folder, at) };
                Ok(self.prepared(sealer, &path, event))
            }
            Seen::FolderGone { folder, at } => {
                let event = Event { path_mac: Some(folder), ..Event::new(mailbox, Kind::FolderGone, at) };
                let code = event.code(&self.inner.keys, self.name().as_str());
                Ok(Prepared { folder, path: None, event, code, keywords_tag: 0, content: None })
            }
            Seen::Message { path, uidvalidity, uid, flags, received_at, raw, at } => {
                let event = Event { uidvalidity, uid, received_at, ..Event::new(mailbox, Kind::Message, at) };
                let (content, event) = self.sealed_message(sealer, event, raw).await?;
                Ok(Prepared { content: Some(content), ..self.prepared_flags(sealer, &path, event, &flags) })
            }
            Seen::Returned { path, uidvalidity, uid, flags, content, at } => {
                let (size, received_at) = self.returned_facts(mailbox, content, at).await?;
                let content = Some(content);
                let event = Event::new(mailbox, Kind::Returned, at);
                let event = Event { uidvalidity, uid, content, size, received_at, ..event };
                Ok(self.prepared_flags(sealer, &path, event, &flags))
            }
            Seen::Flags { path, uidvalidity, uid, flags, at } => {
                let event = Event { uidvalidity, uid, ..Event::new(mailbox, Kind::Flags, at) };
                Ok(self.prepared_flags(sealer, &path, event, &flags))
            }
            Seen::Gone { path, uidvalidity, uid, at } => {
                let event = Event { uidvalidity, uid, ..Event::new(mailbox, Kind::Gone, at) };
                Ok(self.prepared(sealer, &path, event))
            }
        }
    }

    /// The message's content with its key, and its event knowing both.
    async fn sealed_message(&self, sealer: &Sealer, event: Event, raw: Vec<u8>) -> Result<(Wrapped, Event)> {
        let evidence = Some(self.evidence(event.mailbox, &raw));
        let content = self.seal_content(self.new_content_id(), raw, event.at).await?;
        let wrapped = sealer.content_key(content.id, &content.key);
        let event = Event { content: Some(content.id), evidence, size: content.size, ..event };
        Ok(((content, wrapped), event))
    }

    fn prepared_flags(&self, sealer: &Sealer, path: &str, event: Event, flags: &Flags) -> Prepared {
        let keywords_tag = self.keywords_tag(event.mailbox, flags);
        let event = Event { flags: flags.system, keywords: sealer.keywords(flags), ..event };
        Prepared { keywords_tag, ..self.prepared(sealer, path, event) }
    }

    fn prepared(&self, sealer: &Sealer, path: &str, event: Event) -> Prepared {
        let folder = self.path_mac(event.mailbox, path);
        let event = Event { path_mac: Some(folder), ..event };
        let code = event.code(&self.inner.keys, self.name().as_str());
        Prepared { folder, path: Some(sealer.name(path)), event, code, keywords_tag: 0, content: None }
    }

    /// A message that is no longer at a place of which only the hash is known.
    pub(super) fn prepare_gone(&self, mailbox: MailboxId, (folder, uidvalidity, uid): Spot, at: Timestamp) -> Prepared {
        let event = Event { path_mac: Some(folder), uidvalidity, uid, ..Event::new(mailbox, Kind::Gone, at) };
        let code = event.code(&self.inner.keys, self.name().as_str());
        Prepared { folder, path: None, event, code, keywords_tag: 0, content: None }
    }

    pub(super) fn prepare_cursor(&self, mailbox: MailboxId, sealer: &Sealer, cursor: Cursor) -> PreparedCursor {
        let (folder, path) = (self.path_mac(mailbox, &cursor.path), sealer.name(&cursor.path));
        PreparedCursor { folder, path, cursor }
    }
}
