//! What a session stands on: accounts to sign in to, and the mailbox behind one.

use std::collections::HashMap;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use mail::search::Term;
use mail::{Flags, FolderRole, Summary, Timestamp};
use tokio::sync::watch;

/// The number of a folder; it never names another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FolderId(pub i64);

/// What a message is, wherever it lies: copies have the same key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageKey(pub [u8; 16]);

/// A folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    /// Its number.
    pub id: FolderId,
    /// Its path in Unicode, `/` between levels; the inbox is `INBOX`.
    pub name: String,
    /// What it is for.
    pub role: Option<FolderRole>,
    /// UIDVALIDITY (RFC 9051 §2.3.1.1).
    pub uidvalidity: u32,
    /// The UID that the next message gets.
    pub uidnext: u32,
    /// How many messages it has.
    pub messages: u32,
    /// How many of them are without `\Seen`.
    pub unseen: u32,
    /// Whether the client subscribed to it.
    pub subscribed: bool,
}

/// A message in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its UID.
    pub uid: u32,
    /// Its flags.
    pub flags: Flags,
    /// INTERNALDATE.
    pub received_at: Timestamp,
    /// RFC822.SIZE.
    pub size_bytes: u64,
    /// What it is.
    pub key: MessageKey,
}

/// A change of flags (RFC 9051 §6.4.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FlagChange {
    /// `+FLAGS`
    Add(Flags),
    /// `-FLAGS`
    Remove(Flags),
    /// `FLAGS`
    Replace(Flags),
}

/// Where an appended message went: the APPENDUID of RFC 4315 §3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The folder's UIDVALIDITY.
    pub uidvalidity: u32,
    /// The message's UID.
    pub uid: u32,
}

/// Why a mailbox did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// There is no such folder.
    #[error("there is no such folder")]
    NoSuchFolder,
    /// There is one of that name already.
    #[error("there is a folder of that name already")]
    Exists,
    /// There is no such message any more.
    #[error("the message is gone")]
    Gone,
    /// Not with this folder, not by this person.
    #[error("{0}")]
    NotAllowed(&'static str),
    /// The content cannot be read now.
    #[error("the mailbox is sealed")]
    Sealed,
    /// The folder is laid out anew: what the client knows of it is void.
    #[error("the folder has been laid out anew, please select it again")]
    Renewed,
    /// There is no room.
    #[error("there is no room")]
    Full,
    /// Something else; the cause has been logged where it happened.
    #[error("something is wrong here, please try again later")]
    Internal,
}

/// Why somebody may not sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoginError {
    /// Name or password are wrong.
    Wrong,
    /// Not now; the text says why and what to do.
    Unavailable(String),
    /// Too many attempts; come back later.
    TooMany,
}

/// The other end of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Where it calls from.
    pub address: SocketAddr,
    /// The session is under TLS.
    pub secure: bool,
}

/// Who may sign in.
pub trait Accounts: Send + Sync + 'static {
    /// What a signed-in session works on.
    type Mailbox: Mailbox;

    /// Opens the mailbox of `user`, when the password is right.
    fn login(
        &self,
        peer: &Peer,
        user: &str,
        password: &str,
    ) -> impl Future<Output = Result<Self::Mailbox, LoginError>> + Send;
}

/// One mailbox. All changes are durable when they return.
pub trait Mailbox: Send + Sync + 'static {
    /// All folders, INBOX among them.
    fn folders(&self) -> impl Future<Output = Result<Vec<Folder>, Trouble>> + Send;

    /// Makes a folder.
    fn create(&self, name: &str) -> impl Future<Output = Result<(), Trouble>> + Send;

    /// Removes a folder with its messages.
    fn delete(&self, folder: FolderId) -> impl Future<Output = Result<(), Trouble>> + Send;

    /// Gives a folder another name; the session has seen to the folders below it.
    fn rename(&self, folder: FolderId, name: &str) -> impl Future<Output = Result<(), Trouble>> + Send;

    /// Subscribes to a folder, or no longer.
    fn subscribe(&self, folder: FolderId, subscribed: bool) -> impl Future<Output = Result<(), Trouble>> + Send;

    /// The folder's UIDVALIDITY as it is now: laying a mailbox out anew gives it another one.
    fn uidvalidity(&self, folder: FolderId) -> impl Future<Output = Result<u32, Trouble>> + Send {
        async move {
            let folders = self.folders().await?;
            let found = folders.iter().find(|known| known.id == folder);
            found.map(|known| known.uidvalidity).ok_or(Trouble::NoSuchFolder)
        }
    }

    /// The messages of a folder, by rising UID.
    fn messages(&self, folder: FolderId) -> impl Future<Output = Result<Vec<Entry>, Trouble>> + Send;

    /// The summaries of messages; what cannot be read is left out.
    fn summaries(
        &self,
        keys: &[MessageKey],
    ) -> impl Future<Output = Result<Vec<(MessageKey, Arc<Summary>)>, Trouble>> + Send;

    /// Which messages have a term, as far as an index of the whole mailbox knows: `true` for certain, `false` where
    /// only reading them tells; those it does not name have not. `None` where there is no index.
    fn having(&self, term: &Term) -> impl Future<Output = Result<Option<HashMap<MessageKey, bool>>, Trouble>> + Send {
        let _ = term;
        async { Ok(None) }
    }

    /// A message, octet by octet.
    fn raw(&self, key: MessageKey) -> impl Future<Output = Result<Arc<Vec<u8>>, Trouble>> + Send;

    /// Puts a message into a folder; without `received_at`, it was received now.
    fn append(
        &self,
        folder: FolderId,
        raw: Vec<u8>,
        flags: Flags,
        received_at: Option<Timestamp>,
    ) -> impl Future<Output = Result<Appended, Trouble>> + Send;

    /// Changes flags and returns what they are now; messages that are gone are left out.
    fn change_flags(
        &self,
        folder: FolderId,
        uids: &[u32],
        change: FlagChange,
    ) -> impl Future<Output = Result<Vec<(u32, Flags)>, Trouble>> + Send;

    /// Whether whoever signed in may go on: asked now and then.
    fn may_stay(&self) -> impl Future<Output = bool> + Send {
        async { true }
    }

    /// Removes for good those of these messages that are marked deleted now: another session may have taken the mark off.
    fn expunge(&self, folder: FolderId, uids: &[u32]) -> impl Future<Output = Result<(), Trouble>> + Send;

    /// Copies messages and returns old and new UIDs.
    fn copy(
        &self,
        folder: FolderId,
        uids: &[u32],
        to: FolderId,
    ) -> impl Future<Output = Result<Vec<(u32, u32)>, Trouble>> + Send;

    /// Moves messages and returns old and new UIDs.
    fn move_to(
        &self,
        folder: FolderId,
        uids: &[u32],
        to: FolderId,
    ) -> impl Future<Output = Result<Vec<(u32, u32)>, Trouble>> + Send;

    /// A counter that rises with every change of the mailbox.
    fn changed(&self) -> watch::Receiver<u64>;
}
