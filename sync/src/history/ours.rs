//! Our own messages, known again by their authenticated mark.

use std::io::Write as _;

use mail::RelaisId;
use store::{ContentId, MailboxId, RegionStore};

use crate::Result;

/// Octets of a header that are looked through.
const HEADER_MAX: usize = 256 * 1024;

/// The content that a message is a copy of, when its mark is ours and the mailbox holds that content.
///
/// # Errors
/// Those of reading the store.
pub async fn ours(region: &RegionStore, mailbox: MailboxId, raw: &[u8]) -> Result<Option<ContentId>> {
    for mark in marks(raw) {
        if let Some(content) = region.verify_relais_id(&mark)
            && region.holds(mailbox, content).await?
        {
            return Ok(Some(content));
        }
    }
    Ok(None)
}

/// The message with its mark, which goes on top unless it is there already.
#[must_use]
pub fn mark(region: &RegionStore, content: ContentId, raw: Vec<u8>) -> Vec<u8> {
    let id = region.relais_id(content);
    if marks(&raw).any(|known| known == id) {
        return raw;
    }
    let mut marked = Vec::with_capacity(raw.len() + 96);
    let _infallible = write!(marked, "{}: {id}\r\n", RelaisId::HEADER);
    marked.extend_from_slice(&raw);
    marked
}

/// The marks in the header of a message.
pub(crate) fn marks(raw: &[u8]) -> impl Iterator<Item = RelaisId> + '_ {
    let header = raw.get(..raw.len().min(HEADER_MAX)).unwrap_or_default();
    let lines = header.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    lines.take_while(|line| !line.is_empty()).filter_map(|line| {
        let (name, value) = line.split_at_checked(RelaisId::HEADER.len())?;
        let value = name.eq_ignore_ascii_case(RelaisId::HEADER.as_bytes()).then_some(value)?.strip_prefix(b":")?;
        RelaisId::parse(std::str::from_utf8(value).ok()?)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn marks_are_found_in_the_header_only() {
        let id = RelaisId { content: [7; 16], tag: [9; 16] };
        let raw = format!("Subject: x\r\nrelais-id: {id}\r\n\r\nRelais-Id: {id}\r\n");
        assert_eq!(marks(raw.as_bytes()).collect::<Vec<_>>(), [id]);
        assert_eq!(marks(format!("Subject: x\n\nRelais-Id: {id}\n").as_bytes()).count(), 0);
        assert_eq!(marks(b"\xff\xfe").count(), 0);
    }
}
