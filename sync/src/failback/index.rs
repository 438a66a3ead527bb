//! What a folder of the primary has already: by our mark, and for what the primary had once by Message-ID, received time and size.

use std::collections::HashMap;

use imap::client::Wanted;
use mail::{Flags, RelaisId, Timestamp};
use store::{ContentId, RegionStore};

use crate::Result;
use crate::history::Session;

/// A message there: its UID, and its flags as far as they were said.
type Known = (u32, Option<Flags>);

/// What is known of the folders that were looked into during one push.
#[derive(Default)]
pub(super) struct Indexes {
    folders: HashMap<String, Index>,
    /// Whether all messages are of interest, and not only those that carry a mark.
    pub(super) whole: bool,
}

impl Indexes {
    /// Reads the entered folder, if that was not done before.
    pub(super) async fn read(&mut self, path: &str, session: &mut Session, region: &RegionStore) -> Result<()> {
        if !self.folders.contains_key(path) {
            let index = Index::read(session, region, self.whole).await?;
            self.folders.insert(path.to_owned(), index);
        }
        Ok(())
    }

    /// The folder has this content now.
    pub(super) fn note(&mut self, path: &str, content: ContentId, uid: u32, flags: Flags) {
        if let Some(index) = self.folders.get_mut(path) {
            index.marked.insert(content, (uid, Some(flags)));
        }
    }

    /// Where the folder has this content: by its mark, else by what it is and when it was received.
    pub(super) fn take(&mut self, path: &str, content: ContentId, same: Option<(&[u8], Timestamp)>) -> Option<Known> {
        let index = self.folders.get_mut(path)?;
        let marked = index.marked.get(&content).cloned();
        marked.or_else(|| same.and_then(|(raw, received_at)| index.take_same(raw, received_at)))
    }
}

/// What is known of the messages in one folder.
#[derive(Default)]
struct Index {
    marked: HashMap<ContentId, Known>,
    /// By Message-ID, received second and size; what was taken for one of ours is taken out.
    named: HashMap<(String, i64, u64), Vec<Known>>,
}

impl Index {
    /// Reads the entered folder. Without `all`, only messages that carry a mark.
    async fn read(session: &mut Session, region: &RegionStore, all: bool) -> Result<Self> {
        let uids = if all {
            "1:*".to_owned()
        } else {
            // RFC 9051 §6.4.4: an empty text finds every message that has the field.
            let found =
                session.client.search_field(RelaisId::HEADER, "").await.map_err(|error| session.refine(error))?;
            if found.is_empty() {
                return Ok(Self::default());
            }
            crate::history::uid_set(&found)
        };
        let wanted = Wanted::Field("RELAIS-ID MESSAGE-ID");
        let fetched = session.client.fetch_all(&uids, wanted).await.map_err(|error| session.refine(error))?;
        let mut index = Self::default();
        for message in fetched {
            let header = message.body.unwrap_or_default();
            let marks = crate::history::marks(&header).filter_map(|mark| region.verify_relais_id(&mark));
            index.marked.extend(marks.map(|content| (content, (message.uid, message.flags.clone()))));
            if let (Some(id), Some(at), Some(size)) = (message_id(&header), message.received_at, message.size_bytes) {
                index.named.entry((id, at.as_unix_s(), size)).or_default().push((message.uid, message.flags));
            }
        }
        Ok(index)
    }

    /// Where the folder has a message of this name, moment and size; each of them is one of ours only once. In doubt
    /// there is none, and both are kept.
    fn take_same(&mut self, raw: &[u8], received_at: Timestamp) -> Option<Known> {
        let size = u64::try_from(raw.len()).ok()?;
        self.named.get_mut(&(message_id(raw)?, received_at.as_unix_s(), size))?.pop()
    }
}

/// The Message-ID of a header.
pub(super) fn message_id(raw: &[u8]) -> Option<String> {
    const NAME: &[u8] = b"message-id:";
    let mut lines = raw.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end).take_while(|line| !line.is_empty());
    loop {
        let line = lines.next()?;
        let Some((name, value)) = line.split_at_checked(NAME.len()) else { continue };
        if !name.eq_ignore_ascii_case(NAME) {
            continue;
        }
        // The value may begin on the next line.
        let value = if value.trim_ascii().is_empty() { lines.next()? } else { value };
        return Some(String::from_utf8_lossy(value.trim_ascii()).into_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folded_message_id_is_read() {
        assert_eq!(message_id(b"Subject: x\r\nMessage-Id:\r\n <a@b>\r\n\r\n").as_deref(), Some("<a@b>"));
        assert_eq!(message_id(b"Subject: x\r\n\r\nMessage-ID: <a@b>\r\n"), None);
    }
}
