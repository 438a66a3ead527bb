//! Names and keyed hashes: content ids, the `Relais-Id`, hashes of paths, keywords and bodies.

use mail::{Flags, RelaisId};

use super::PathMac;
use crate::{ContentId, MailboxId, RegionStore, mac};

impl RegionStore {
    /// A fresh content id. Ids rise with time, so that their index grows at its end.
    #[must_use]
    pub fn new_content_id(&self) -> ContentId {
        let [_, _, ms @ ..] = self.heard().as_ms().to_be_bytes();
        let mut id: [u8; 16] = rand::random();
        id.iter_mut().zip(ms).for_each(|(byte, time)| *byte = time);
        ContentId(id)
    }

    /// The authenticated mark of a content, for its `Relais-Id` header.
    #[must_use]
    pub fn relais_id(&self, content: ContentId) -> RelaisId {
        let tag = mac::short(&self.inner.keys.hash, "relais-id", &[self.name().as_str().into(), (&content.0).into()]);
        RelaisId { content: content.0, tag }
    }

    /// The content that a mark names, when the mark is ours.
    #[must_use]
    pub fn verify_relais_id(&self, mark: &RelaisId) -> Option<ContentId> {
        let content = ContentId(mark.content);
        mac::same(&mark.tag, &self.relais_id(content).tag).then_some(content)
    }

    /// The hash by which a folder of the primary is known while paths are sealed.
    #[must_use]
    pub fn path_mac(&self, mailbox: MailboxId, path: &str) -> PathMac {
        PathMac(mac::short(&self.inner.keys.hash, "path", &[mailbox.0.into(), path.into()]))
    }

    /// The hash of these flags' keywords as [`super::SourceUid::keywords`] has it.
    #[must_use]
    pub fn keywords_tag(&self, mailbox: MailboxId, flags: &Flags) -> i64 {
        if flags.keywords.is_empty() {
            return 0;
        }
        let mut fields = vec![mailbox.0.into()];
        fields.extend(flags.keywords.iter().map(|keyword| mac::Field::from(keyword.as_str())));
        let [a, b, c, d, e, f, g, h, ..] = mac::short(&self.inner.keys.hash, "keywords", &fields);
        i64::from_be_bytes([a, b, c, d, e, f, g, h]) | 1
    }

    /// By which two copies of one message in one mailbox are known to be the same.
    pub(super) fn evidence(&self, mailbox: MailboxId, raw: &[u8]) -> [u8; 16] {
        mac::short(&self.inner.keys.hash, "evidence", &[mailbox.0.into(), raw.into()])
    }
}
