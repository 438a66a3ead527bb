//! An open mailbox: `imap::Mailbox` on a region's view.

use std::collections::HashMap;
use std::sync::Arc;

use identity::Identity;
use imap::{Appended, Entry, FlagChange, Folder, FolderId, Mailbox, MessageKey, Trouble};
use mail::search::Term;
use mail::{Flags, Summary, Timestamp};
use store::directory::{CredentialId, Directory};
use store::{ContentId, MailboxId, RegionStore, StoreError, region};
use tokio::sync::watch;

use crate::clock;

/// A mailbox that somebody signed in to.
pub struct Open {
    /// Where it lies.
    pub region: RegionStore,
    /// Which one.
    pub mailbox: MailboxId,
    /// What it was opened with.
    pub sign_in: SignIn,
}

/// The app password that somebody came in with.
pub struct SignIn {
    /// How it is checked.
    pub identity: Identity,
    /// Against what.
    pub directory: Directory,
    /// Which one.
    pub credential: CredentialId,
}

impl SignIn {
    /// Trouble shuts nobody out.
    async fn may_stay(&self) -> bool {
        let asked = self.identity.may_stay(&self.directory, self.credential, clock::now()).await;
        asked.unwrap_or_else(|error| {
            tracing::warn!(%error, "it cannot be told whether an app password is still good");
            true
        })
    }
}

/// What the client is told; the log hears the cause where it is nobody's mistake.
fn trouble(error: StoreError) -> Trouble {
    match error {
        StoreError::NoSuch(what) if what.contains("folder") => Trouble::NoSuchFolder,
        StoreError::NoSuch(_) => Trouble::Gone,
        StoreError::Exists(_) => Trouble::Exists,
        StoreError::Refused(_) => Trouble::NotAllowed("This folder stays as it is"),
        StoreError::Sealed(_) | StoreError::NoView(_) => Trouble::Sealed,
        StoreError::Full => Trouble::Full,
        error => {
            tracing::error!(%error, hint = error.hint(), "a mailbox cannot be used");
            Trouble::Internal
        }
    }
}

const fn id(folder: FolderId) -> store::FolderId {
    store::FolderId(folder.0)
}

const fn content(key: MessageKey) -> ContentId {
    ContentId(key.0)
}

fn folder(known: region::Folder) -> Folder {
    Folder {
        id: FolderId(known.id.0),
        name: known.name,
        role: known.role,
        uidvalidity: known.uidvalidity,
        uidnext: known.uidnext,
        messages: known.messages,
        unseen: known.unseen,
        subscribed: known.subscribed,
    }
}

fn entry(placed: region::Placed) -> Entry {
    Entry {
        uid: placed.uid,
        flags: placed.flags,
        received_at: placed.received_at,
        size_bytes: placed.size_bytes,
        key: MessageKey(placed.content.0),
    }
}

impl Mailbox for Open {
    async fn may_stay(&self) -> bool {
        self.sign_in.may_stay().await
    }

    async fn folders(&self) -> Result<Vec<Folder>, Trouble> {
        let folders = self.region.folders(self.mailbox).await.map_err(trouble)?;
        Ok(folders.into_iter().map(folder).collect())
    }

    async fn create(&self, name: &str) -> Result<(), Trouble> {
        self.region.create_folder(self.mailbox, name).await.map(drop).map_err(trouble)
    }

    async fn delete(&self, folder: FolderId) -> Result<(), Trouble> {
        self.region.delete_folder(self.mailbox, id(folder)).await.map_err(trouble)
    }

    async fn rename(&self, folder: FolderId, name: &str) -> Result<(), Trouble> {
        // The store moves what lies below along: by the time the session comes to it, it is there.
        let folders = self.region.folders(self.mailbox).await.map_err(trouble)?;
        if folders.iter().any(|known| known.id == id(folder) && known.name == name) {
            return Ok(());
        }
        self.region.rename_folder(self.mailbox, id(folder), name).await.map_err(trouble)
    }

    async fn subscribe(&self, folder: FolderId, subscribed: bool) -> Result<(), Trouble> {
        self.region.subscribe(self.mailbox, id(folder), subscribed).await.map_err(trouble)
    }

    async fn uidvalidity(&self, folder: FolderId) -> Result<u32, Trouble> {
        self.region.uidvalidity(self.mailbox, id(folder)).await.map_err(trouble)
    }

    async fn messages(&self, folder: FolderId) -> Result<Vec<Entry>, Trouble> {
        let placed = self.region.messages(self.mailbox, id(folder)).await.map_err(trouble)?;
        Ok(placed.into_iter().map(entry).collect())
    }

    async fn summaries(&self, keys: &[MessageKey]) -> Result<Vec<(MessageKey, Arc<Summary>)>, Trouble> {
        let contents: Vec<ContentId> = keys.iter().copied().map(content).collect();
        let summaries = self.region.summaries(self.mailbox, &contents).await.map_err(trouble)?;
        Ok(summaries.into_iter().map(|(id, summary)| (MessageKey(id.0), Arc::new(summary))).collect())
    }

    async fn having(&self, term: &Term) -> Result<Option<HashMap<MessageKey, bool>>, Trouble> {
        let having = self.region.having(self.mailbox, term).await.map_err(trouble)?;
        Ok(Some(having.into_iter().map(|(id, is_certain)| (MessageKey(id.0), is_certain)).collect()))
    }

    async fn raw(&self, key: MessageKey) -> Result<Arc<Vec<u8>>, Trouble> {
        self.region.raw(self.mailbox, content(key)).await.map(Arc::new).map_err(trouble)
    }

    async fn append(
        &self,
        folder: FolderId,
        raw: Vec<u8>,
        flags: Flags,
        received_at: Option<Timestamp>,
    ) -> Result<Appended, Trouble> {
        let now = clock::now();
        let received_at = received_at.unwrap_or(now);
        let appended = self.region.append(self.mailbox, id(folder), raw, flags, received_at, now).await;
        appended.map(|(uidvalidity, uid)| Appended { uidvalidity, uid }).map_err(trouble)
    }

    async fn change_flags(
        &self,
        folder: FolderId,
        uids: &[u32],
        change: FlagChange,
    ) -> Result<Vec<(u32, Flags)>, Trouble> {
        let change = match change {
            FlagChange::Add(flags) => region::FlagChange::Add(flags),
            FlagChange::Remove(flags) => region::FlagChange::Remove(flags),
            FlagChange::Replace(flags) => region::FlagChange::Replace(flags),
        };
        let changed = self.region.set_flags(self.mailbox, id(folder), uids, change, None).await.map_err(trouble)?;
        Ok(changed.into_iter().map(|(uid, flags, _)| (uid, flags)).collect())
    }

    async fn expunge(&self, folder: FolderId, uids: &[u32]) -> Result<(), Trouble> {
        self.region.expunge_marked(self.mailbox, id(folder), uids).await.map(drop).map_err(trouble)
    }

    async fn copy(&self, folder: FolderId, uids: &[u32], to: FolderId) -> Result<Vec<(u32, u32)>, Trouble> {
        self.region.copy(self.mailbox, id(folder), uids, id(to)).await.map_err(trouble)
    }

    async fn move_to(&self, folder: FolderId, uids: &[u32], to: FolderId) -> Result<Vec<(u32, u32)>, Trouble> {
        self.region.move_messages(self.mailbox, id(folder), uids, id(to)).await.map_err(trouble)
    }

    fn changed(&self) -> watch::Receiver<u64> {
        self.region.changed(self.mailbox)
    }
}
