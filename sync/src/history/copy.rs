//! Whole messages onto the film: read on one side, sealed and written on the other.
//!
//! ```text
//!   UIDs, newest first, in sets ──> FETCH ──> batch by octets ──> record  (two at a time, while more is read)
//! ```

use imap::client::{Fetched, Wanted};
use mail::Timestamp;
use store::region::Seen;
use store::{MailboxId, RegionStore};
use tokio::task::JoinSet;

use super::folder::Entered;
use super::ours::ours;
use super::{Session, Visit};
use crate::{Result, SyncError};

/// Messages of one FETCH.
const SET_MESSAGES: usize = 400;
/// Octets and messages of one commit.
const BATCH_BYTES: usize = 2 << 20;
const BATCH_MESSAGES: usize = 200;
/// Commits under way while more is read.
const WRITING_MAX: usize = 3;

/// Messages that were read and are not written yet.
#[derive(Default)]
struct Batch {
    messages: Vec<Fetched>,
    bytes: usize,
}

impl Visit<'_> {
    /// Copies messages, newest first; the highest UID that came.
    pub(super) async fn copy(
        &mut self,
        session: &mut Session,
        entered: &Entered<'_>,
        uids: &[u32],
    ) -> Result<Option<u32>> {
        let mut writing = JoinSet::new();
        let mut highest = None;
        for set in uids.rchunks(SET_MESSAGES) {
            self.go_on()?;
            let wanted = session.client.fetch(&uid_set(set), Wanted::Whole).await;
            wanted.map_err(|error| self.refine(error))?;
            let mut batch = Batch::default();
            while let Some(fetched) = session.client.fetched().await.map_err(|error| self.refine(error))? {
                if set.binary_search(&fetched.uid).is_err() || fetched.body.is_none() {
                    continue;
                }
                highest = highest.max(Some(fetched.uid));
                batch.bytes += fetched.body.as_ref().map_or(0, Vec::len);
                batch.messages.push(fetched);
                if batch.bytes >= BATCH_BYTES || batch.messages.len() >= BATCH_MESSAGES {
                    self.write(&mut writing, entered, std::mem::take(&mut batch)).await?;
                }
            }
            self.write(&mut writing, entered, batch).await?;
        }
        while let Some(written) = writing.join_next().await {
            settled(written)?;
        }
        Ok(highest)
    }

    async fn write(&mut self, writing: &mut JoinSet<Result<()>>, entered: &Entered<'_>, batch: Batch) -> Result<()> {
        if batch.messages.is_empty() {
            return Ok(());
        }
        self.go_on()?;
        while writing.len() >= WRITING_MAX {
            if let Some(written) = writing.join_next().await {
                settled(written)?;
            }
        }
        let bytes = u64::try_from(batch.bytes).unwrap_or(u64::MAX);
        self.looked.messages += u64::try_from(batch.messages.len()).unwrap_or(0);
        self.looked.bytes += bytes;
        let place = Folder {
            region: self.region.clone(),
            mailbox: self.mailbox.id,
            path: entered.path.to_owned(),
            uidvalidity: entered.uidvalidity(),
            at: self.now(),
        };
        writing.spawn(async move { place.record(batch.messages).await });
        let pause = self.pace.took(bytes, self.now());
        // The rate limit of the connector: the primary has other work.
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        Ok(())
    }
}

/// Where messages were seen, and when.
struct Folder {
    region: RegionStore,
    mailbox: MailboxId,
    path: String,
    uidvalidity: u32,
    at: Timestamp,
}

impl Folder {
    async fn record(self, messages: Vec<Fetched>) -> Result<()> {
        let mut seen = Vec::with_capacity(messages.len());
        for fetched in messages {
            seen.push(self.seen(fetched).await?);
        }
        self.region.record(self.mailbox, seen, None).await?;
        Ok(())
    }

    async fn seen(&self, fetched: Fetched) -> Result<Seen> {
        let Self { path, uidvalidity, at, .. } = self;
        let (path, uidvalidity, uid, at) = (path.clone(), *uidvalidity, fetched.uid, *at);
        let (flags, raw) = (fetched.flags.unwrap_or_default(), fetched.body.unwrap_or_default());
        if let Some(content) = ours(&self.region, self.mailbox, &raw).await? {
            return Ok(Seen::Returned { path, uidvalidity, uid, flags, content, at });
        }
        let received_at = fetched.received_at.unwrap_or(at);
        Ok(Seen::Message { path, uidvalidity, uid, flags, received_at, raw, at })
    }
}

fn settled(written: std::result::Result<Result<()>, tokio::task::JoinError>) -> Result<()> {
    written.unwrap_or(Err(SyncError::Store(store::StoreError::Closed)))
}

/// Rising UIDs as a set, runs written as ranges.
pub(crate) fn uid_set(uids: &[u32]) -> String {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for uid in uids {
        match runs.last_mut() {
            Some((_, to)) if to.checked_add(1) == Some(*uid) => *to = *uid,
            _ => runs.push((*uid, *uid)),
        }
    }
    let run = |(from, to): (u32, u32)| if from == to { from.to_string() } else { format!("{from}:{to}") };
    runs.into_iter().map(run).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn runs_are_written_as_ranges() {
        assert_eq!(uid_set(&[1, 2, 3, 7, 9, 10]), "1:3,7,9:10");
        assert_eq!(uid_set(&[u32::MAX]), "4294967295");
    }
}
