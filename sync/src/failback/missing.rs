//! What the primary lacks, folder by folder.
//!
//! ```text
//!   messages of one folder ──> found in it: only its flags are set
//!                          ──> found where the primary had it before (a folder that was numbered anew): moved from there
//!                          ──> nowhere: appended, with its mark, received time and flags
//! ```

use std::collections::BTreeMap;

use imap::client::Listed;
use mail::{Flags, FolderRole, Timestamp};
use store::ContentId;
use store::region::Place;

use super::push::Pushing;
use crate::history::mark;
use crate::{Result, SyncError};

/// A message that the primary is not known to have.
pub(super) struct Missing {
    pub(super) content: ContentId,
    pub(super) flags: Flags,
    pub(super) received_at: Timestamp,
    /// The folder in which the primary had it once.
    pub(super) was_in: Option<String>,
}

/// By path and use of the folder they belong in.
pub(super) type Lacking = BTreeMap<(String, Option<FolderRole>), Vec<Missing>>;

impl Pushing<'_> {
    /// Brings messages into the folder they belong in, each once.
    pub(super) async fn bring(&mut self, path: &str, role: Option<FolderRole>, messages: Vec<Missing>) -> Result<()> {
        let to = self.targets.make(&mut self.session, path, role).await?;
        let mut elsewhere: BTreeMap<String, Vec<Missing>> = BTreeMap::new();
        let mut lacking = Vec::new();
        for message in self.find(&to, &to, messages).await? {
            match message.was_in.as_ref().filter(|was_in| **was_in != to.path) {
                Some(was_in) => elsewhere.entry(was_in.clone()).or_default().push(message),
                None => lacking.push(message),
            }
        }
        for (was_in, messages) in elsewhere {
            match self.targets.find(&was_in, None).cloned() {
                Some(from) => lacking.extend(self.find(&from, &to, messages).await?),
                None => lacking.extend(messages),
            }
        }
        let uidvalidity = self.enter(&to).await?;
        for message in lacking {
            self.append(&to, uidvalidity, message).await?;
        }
        Ok(())
    }

    /// Looks for messages in one folder, and moves those that are there to where they belong; answers the others.
    async fn find(&mut self, folder: &Listed, to: &Listed, messages: Vec<Missing>) -> Result<Vec<Missing>> {
        self.enter(folder).await?;
        self.indexes.read(&folder.path, &mut self.session, self.region).await?;
        let mut others = Vec::new();
        for message in messages {
            let raw = match message.was_in {
                Some(_) => Some(self.region.raw(self.mailbox.id, message.content).await?),
                None => None,
            };
            let same = raw.as_deref().map(|raw| (raw, message.received_at));
            let Some((uid, flags)) = self.indexes.take(&folder.path, message.content, same) else {
                others.push(message);
                continue;
            };
            let there = Place { path: folder.path.clone(), uidvalidity: self.enter(folder).await?, uid };
            let differ = flags.as_ref() != Some(&message.flags);
            match self.settle(there, differ, to, message).await {
                Err(SyncError::Refused { cause, .. }) => self.pushed.refused.push(cause),
                other => other?,
            }
        }
        Ok(others)
    }

    /// Gives a message that was found in the entered folder our flags, and moves it if it belongs elsewhere.
    async fn settle(&mut self, there: Place, differ: bool, to: &Listed, message: Missing) -> Result<()> {
        let Missing { content, flags, .. } = message;
        if differ {
            self.set_flags(there.uid, &flags).await?;
        }
        let place = if there.path == to.path {
            self.pushed.found += 1;
            Some(there)
        } else {
            let moved = self.move_to(there.uid, content, to).await?;
            moved.map(|(uidvalidity, uid)| Place { path: to.path.clone(), uidvalidity, uid })
        };
        match place {
            Some(place) => self.remember(content, place, flags).await,
            None => Ok(()),
        }
    }

    async fn append(&mut self, folder: &Listed, uidvalidity: u32, message: Missing) -> Result<()> {
        let Missing { content, flags, received_at, .. } = message;
        let raw = self.region.raw(self.mailbox.id, content).await?;
        let marked = mark(self.region, content, raw);
        let appended = match self.session.client.append(folder, &marked, &flags, received_at).await {
            Ok(appended) => appended,
            Err(error @ imap::Error::No { .. }) => {
                let what = format!("a message of {} octets in {:?}: {error}", marked.len(), folder.path);
                self.pushed.refused.push(what);
                return Ok(());
            }
            Err(error) => return Err(self.session.refine(error)),
        };
        let place = match appended {
            Some(place) => Some((place.uidvalidity, place.uid)),
            None => self.look_for(folder, content).await?.map(|uid| (uidvalidity, uid)),
        };
        self.pushed.appended += 1;
        if let Some((uidvalidity, uid)) = place {
            self.indexes.note(&folder.path, content, uid, flags.clone());
            self.remember(content, Place { path: folder.path.clone(), uidvalidity, uid }, flags).await?;
        }
        Ok(())
    }

    /// A server without UIDPLUS does not say where a message went.
    async fn look_for(&mut self, folder: &Listed, content: ContentId) -> Result<Option<u32>> {
        self.enter(folder).await?;
        let id = self.region.relais_id(content).to_string();
        let found = self.session.client.search_field(mail::RelaisId::HEADER, &id).await;
        Ok(found.map_err(|error| self.session.refine(error))?.last().copied())
    }
}
