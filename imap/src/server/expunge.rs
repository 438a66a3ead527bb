//! EXPUNGE, UID EXPUNGE (RFC 4315 §2.1) and CLOSE (RFC 9051 §6.4.1).

use imap_codec::imap_types::sequence::SequenceSet;
use mail::SystemFlags;

use super::folders::verdict;
use super::sequence::places;
use super::session::Verdict;
use super::view::View;
use crate::Mailbox;

impl View {
    /// Removes what is marked deleted, within `among` when it is given. The refresh tells the client.
    pub(super) async fn expunge(&mut self, mailbox: &impl Mailbox, among: Option<&SequenceSet>) -> Verdict {
        if self.read_only {
            return Verdict::No("[READ-ONLY] The folder was opened for reading".to_owned());
        }
        let places = match among {
            Some(set) => places(set, &self.entries, true),
            None => (0..self.entries.len()).collect(),
        };
        let marked =
            |at: &usize| self.entries.get(*at).is_some_and(|one| one.flags.system.contains(SystemFlags::DELETED));
        let uids = self.uids(&places.into_iter().filter(marked).collect::<Vec<_>>());
        if uids.is_empty() {
            return Verdict::done();
        }
        verdict(mailbox.expunge(self.folder.id, &uids).await)
    }

    /// CLOSE removes them as well and says nothing; after EXAMINE it removes nothing.
    pub(super) async fn expunge_silently(&mut self, mailbox: &impl Mailbox) -> Verdict {
        if self.read_only { Verdict::done() } else { self.expunge(mailbox, None).await }
    }
}
