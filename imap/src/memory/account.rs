//! One account: its folders and what lies in them.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mail::{Flags, FolderRole, Timestamp};
use tokio::sync::watch;

use crate::{Appended, Entry, Folder, FolderId, MessageKey, Trouble};

/// The folders of a new account.
const USUAL: [(&str, Option<FolderRole>); 5] = [
    ("INBOX", Some(FolderRole::Inbox)),
    ("Drafts", Some(FolderRole::Drafts)),
    ("Junk", Some(FolderRole::Junk)),
    ("Sent", Some(FolderRole::Sent)),
    ("Trash", Some(FolderRole::Trash)),
];

/// An account.
pub(super) struct Account {
    password: String,
    state: Mutex<State>,
    changed: watch::Sender<u64>,
}

/// What an account holds.
#[derive(Default)]
pub(super) struct State {
    pub(super) shelves: BTreeMap<FolderId, Shelf>,
    contents: HashMap<MessageKey, Arc<Vec<u8>>>,
    /// Folders made so far; also the UIDVALIDITY of the last one, so that none is used twice.
    made: i64,
    written: u64,
}

/// A folder and its messages by rising UID.
pub(super) struct Shelf {
    pub(super) name: String,
    pub(super) subscribed: bool,
    pub(super) entries: Vec<Entry>,
    role: Option<FolderRole>,
    uidvalidity: u32,
    uidnext: u32,
}

impl Account {
    pub(super) fn new(password: &str) -> Self {
        let mut state = State::default();
        for (name, role) in USUAL {
            state.make(name, role);
        }
        Self { password: password.to_owned(), state: Mutex::new(state), changed: watch::Sender::new(0) }
    }

    pub(super) fn opens_with(&self, password: &str) -> bool {
        self.password == password
    }

    pub(super) fn changed(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// Looks, without changing anything.
    pub(super) fn look(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes something, and tells whoever waits.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut State) -> Result<T, Trouble>) -> Result<T, Trouble> {
        let done = change(&mut self.look())?;
        self.changed.send_modify(|count| *count += 1);
        Ok(done)
    }

    pub(super) fn renew(&self, folder: &str) -> bool {
        let renewed = self.change(|state| {
            state.made += 1;
            let uidvalidity = u32::try_from(state.made).unwrap_or(u32::MAX);
            let shelf = state.shelves.values_mut().find(|shelf| shelf.name == folder).ok_or(Trouble::NoSuchFolder)?;
            shelf.uidvalidity = uidvalidity;
            Ok(())
        });
        renewed.is_ok()
    }

    pub(super) fn put(&self, folder: &str, raw: Vec<u8>, flags: Flags, received_at: Timestamp) {
        // The folder is made when it is missing: nothing can be in the way.
        let _ = self.change(|state| {
            let known = state.shelves.iter().find(|(_, shelf)| shelf.name == folder).map(|(id, _)| *id);
            let id = known.unwrap_or_else(|| state.make(folder, None));
            state.append(id, raw, flags, received_at)
        });
    }
}

impl State {
    pub(super) fn make(&mut self, name: &str, role: Option<FolderRole>) -> FolderId {
        self.made += 1;
        let uidvalidity = u32::try_from(self.made).unwrap_or(u32::MAX);
        let shelf =
            Shelf { name: name.to_owned(), subscribed: true, entries: Vec::new(), role, uidvalidity, uidnext: 1 };
        let id = FolderId(self.made);
        self.shelves.insert(id, shelf);
        id
    }

    pub(super) fn is_taken(&self, name: &str) -> bool {
        self.shelves.values().any(|shelf| shelf.name == name)
    }

    pub(super) fn shelf(&mut self, id: FolderId) -> Result<&mut Shelf, Trouble> {
        self.shelves.get_mut(&id).ok_or(Trouble::NoSuchFolder)
    }

    pub(super) fn content(&self, key: MessageKey) -> Option<Arc<Vec<u8>>> {
        self.contents.get(&key).cloned()
    }

    pub(super) fn append(
        &mut self,
        id: FolderId,
        raw: Vec<u8>,
        flags: Flags,
        received_at: Timestamp,
    ) -> Result<Appended, Trouble> {
        self.shelf(id)?;
        self.written += 1;
        let key = MessageKey(u128::from(self.written).to_be_bytes());
        let size_bytes = raw.len() as u64;
        self.contents.insert(key, Arc::new(raw));
        let shelf = self.shelf(id)?;
        let uid = shelf.take_in(Entry { uid: 0, flags, received_at, size_bytes, key });
        Ok(Appended { uidvalidity: shelf.uidvalidity, uid })
    }
}

impl Shelf {
    /// Gives a message the next UID.
    pub(super) fn take_in(&mut self, entry: Entry) -> u32 {
        let uid = self.uidnext;
        self.uidnext += 1;
        self.entries.push(Entry { uid, ..entry });
        uid
    }

    pub(super) fn is_inbox(&self) -> bool {
        self.role == Some(FolderRole::Inbox)
    }

    pub(super) fn shown(&self, id: FolderId) -> Folder {
        let unseen = self.entries.iter().filter(|entry| !entry.flags.is_seen()).count();
        let shown = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Folder {
            id,
            name: self.name.clone(),
            role: self.role,
            uidvalidity: self.uidvalidity,
            uidnext: self.uidnext,
            messages: shown(self.entries.len()),
            unseen: shown(unseen),
            subscribed: self.subscribed,
        }
    }
}
