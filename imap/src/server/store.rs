//! STORE (RFC 9051 §6.4.6).

use imap_codec::imap_types::flag::{Flag, StoreResponse, StoreType};
use imap_codec::imap_types::sequence::SequenceSet;

use super::append::flags_of;
use super::sequence::places;
use super::session::Verdict;
use super::view::{View, write_flags};
use super::wire::Wire;
use crate::{FlagChange, Mailbox};

/// What STORE carries besides its set.
pub(super) struct Storing {
    pub(super) kind: StoreType,
    pub(super) response: StoreResponse,
    pub(super) flags: Vec<Flag<'static>>,
    pub(super) uid: bool,
}

impl View {
    pub(super) async fn store(
        &mut self,
        mailbox: &impl Mailbox,
        set: &SequenceSet,
        storing: Storing,
        wire: &mut Wire,
    ) -> Verdict {
        if self.read_only {
            return Verdict::No("[READ-ONLY] The folder was opened for reading".to_owned());
        }
        let flags = flags_of(&storing.flags);
        let change = match storing.kind {
            StoreType::Replace => FlagChange::Replace(flags),
            StoreType::Add => FlagChange::Add(flags),
            StoreType::Remove => FlagChange::Remove(flags),
        };
        let places = places(set, &self.entries, storing.uid);
        match mailbox.change_flags(self.folder.id, &self.uids(&places), change).await {
            Ok(changed) => self.set_flags(changed),
            Err(trouble) => return trouble.into(),
        }
        if storing.response == StoreResponse::Answer {
            for at in places {
                if let Some(entry) = self.entries.get(at) {
                    write_flags(&mut wire.out, at + 1, entry);
                }
            }
        }
        Verdict::done()
    }
}
