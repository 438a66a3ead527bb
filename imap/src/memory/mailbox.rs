//! A signed-in session's view of an account.

use std::sync::Arc;
use std::time::SystemTime;

use mail::{Flags, Summary, SystemFlags, Timestamp};
use tokio::sync::watch;

use super::account::{Account, State};
use crate::{Appended, Entry, FlagChange, Folder, FolderId, Mailbox, MessageKey, Trouble};

/// An open mailbox of a [`super::Reference`].
pub struct Held(pub(super) Arc<Account>);

/// The entries of a folder that `uids` name, in order.
fn chosen(state: &mut State, folder: FolderId, uids: &[u32]) -> Result<Vec<Entry>, Trouble> {
    let entries = &state.shelf(folder)?.entries;
    Ok(entries.iter().filter(|entry| uids.contains(&entry.uid)).cloned().collect())
}

fn placed(state: &mut State, entries: Vec<Entry>, to: FolderId) -> Result<Vec<(u32, u32)>, Trouble> {
    let shelf = state.shelf(to)?;
    Ok(entries.into_iter().map(|entry| (entry.uid, shelf.take_in(entry))).collect())
}

impl Mailbox for Held {
    async fn folders(&self) -> Result<Vec<Folder>, Trouble> {
        Ok(self.0.look().shelves.iter().map(|(id, shelf)| shelf.shown(*id)).collect())
    }

    async fn create(&self, name: &str) -> Result<(), Trouble> {
        self.0.change(|state| {
            if state.is_taken(name) {
                return Err(Trouble::Exists);
            }
            state.make(name, None);
            Ok(())
        })
    }

    async fn delete(&self, folder: FolderId) -> Result<(), Trouble> {
        self.0.change(|state| {
            if state.shelf(folder)?.is_inbox() {
                return Err(Trouble::NotAllowed("the inbox stays"));
            }
            state.shelves.remove(&folder);
            Ok(())
        })
    }

    async fn rename(&self, folder: FolderId, name: &str) -> Result<(), Trouble> {
        self.0.change(|state| {
            if state.is_taken(name) {
                return Err(Trouble::Exists);
            }
            name.clone_into(&mut state.shelf(folder)?.name);
            Ok(())
        })
    }

    async fn subscribe(&self, folder: FolderId, subscribed: bool) -> Result<(), Trouble> {
        self.0.change(|state| {
            state.shelf(folder)?.subscribed = subscribed;
            Ok(())
        })
    }

    async fn messages(&self, folder: FolderId) -> Result<Vec<Entry>, Trouble> {
        Ok(self.0.look().shelf(folder)?.entries.clone())
    }

    async fn summaries(&self, keys: &[MessageKey]) -> Result<Vec<(MessageKey, Arc<Summary>)>, Trouble> {
        let contents: Vec<_> = {
            let state = self.0.look();
            keys.iter().filter_map(|key| state.content(*key).map(|raw| (*key, raw))).collect()
        };
        Ok(contents.into_iter().map(|(key, raw)| (key, Arc::new(Summary::of(&raw)))).collect())
    }

    async fn raw(&self, key: MessageKey) -> Result<Arc<Vec<u8>>, Trouble> {
        self.0.look().content(key).ok_or(Trouble::Gone)
    }

    async fn append(
        &self,
        folder: FolderId,
        raw: Vec<u8>,
        flags: Flags,
        received_at: Option<Timestamp>,
    ) -> Result<Appended, Trouble> {
        let received_at = received_at.unwrap_or_else(now);
        self.0.change(|state| state.append(folder, raw, flags, received_at))
    }

    async fn change_flags(
        &self,
        folder: FolderId,
        uids: &[u32],
        change: FlagChange,
    ) -> Result<Vec<(u32, Flags)>, Trouble> {
        self.0.change(|state| {
            let entries = state.shelf(folder)?.entries.iter_mut().filter(|entry| uids.contains(&entry.uid));
            Ok(entries
                .map(|entry| {
                    let before = std::mem::take(&mut entry.flags);
                    entry.flags = match &change {
                        FlagChange::Add(flags) => before.with(flags),
                        FlagChange::Remove(flags) => before.without(flags),
                        FlagChange::Replace(flags) => flags.clone(),
                    };
                    (entry.uid, entry.flags.clone())
                })
                .collect())
        })
    }

    async fn expunge(&self, folder: FolderId, uids: &[u32]) -> Result<(), Trouble> {
        self.0.change(|state| {
            let goes = |entry: &Entry| uids.contains(&entry.uid) && entry.flags.system.contains(SystemFlags::DELETED);
            state.shelf(folder)?.entries.retain(|entry| !goes(entry));
            Ok(())
        })
    }

    async fn copy(&self, folder: FolderId, uids: &[u32], to: FolderId) -> Result<Vec<(u32, u32)>, Trouble> {
        self.0.change(|state| {
            let entries = chosen(state, folder, uids)?;
            placed(state, entries, to)
        })
    }

    async fn move_to(&self, folder: FolderId, uids: &[u32], to: FolderId) -> Result<Vec<(u32, u32)>, Trouble> {
        self.0.change(|state| {
            let entries = chosen(state, folder, uids)?;
            let moved = placed(state, entries, to)?;
            state.shelf(folder)?.entries.retain(|entry| !moved.iter().any(|(from, _)| *from == entry.uid));
            Ok(moved)
        })
    }

    fn changed(&self) -> watch::Receiver<u64> {
        self.0.changed()
    }
}

#[expect(clippy::disallowed_methods, reason = "what is appended without a date was received now")]
fn now() -> Timestamp {
    Timestamp::from_system(SystemTime::now())
}
