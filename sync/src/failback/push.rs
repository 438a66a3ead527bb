//! Pushing one mailbox.

use imap::client::Listed;
use mail::{Flags, FolderRole};
use store::region::{Change, MailboxRow, Place, Seen};
use store::{ContentId, RegionStore};

use super::index::{Indexes, message_id};
use super::missing::{Lacking, Missing};
use super::target::Targets;
use crate::history::{Clock, History, Session};
use crate::{Result, SyncError};

/// What a push did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pushed {
    /// Messages that the primary did not have.
    pub appended: u64,
    /// Messages that it turned out to have.
    pub found: u64,
    /// Messages in another folder now.
    pub moved: u64,
    /// Messages whose flags changed.
    pub flagged: u64,
    /// Messages that are deleted now.
    pub deleted: u64,
    /// What could not be done, and why.
    pub refused: Vec<String>,
}

impl Pushed {
    /// Whether the primary was left as it was.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.appended + self.found + self.moved + self.flagged + self.deleted == 0 && self.refused.is_empty()
    }

    /// Both together.
    pub fn add(&mut self, other: Self) {
        self.appended += other.appended;
        self.found += other.found;
        self.moved += other.moved;
        self.flagged += other.flagged;
        self.deleted += other.deleted;
        self.refused.extend(other.refused);
    }
}

/// What is needed at every step.
pub(super) struct Pushing<'a> {
    pub(super) region: &'a RegionStore,
    pub(super) mailbox: &'a MailboxRow,
    pub(super) session: Session,
    pub(super) targets: Targets,
    pub(super) indexes: Indexes,
    /// The folder that is entered, and its UIDVALIDITY.
    entered: Option<(String, u32)>,
    clock: Clock,
    pub(super) pushed: Pushed,
}

/// Brings one mailbox of the primary to what ours is. `full` pushes everything to a primary that is new or wiped; then
/// nothing is moved or deleted there.
///
/// # Errors
/// Those of the primary and of the store. What was done is remembered; running it again goes on.
pub async fn push(history: &History, region: &RegionStore, mailbox: &MailboxRow, full: bool) -> Result<Pushed> {
    let changes = region.changes(mailbox.id, full).await?;
    if changes.is_empty() {
        return Ok(Pushed::default());
    }
    let mut session = history.sign_in(&mailbox.address).await?;
    let targets = Targets::read(&mut session).await?;
    let clock = history.clock();
    let (indexes, pushed) = (Indexes::default(), Pushed::default());
    let mut pushing = Pushing { region, mailbox, session, targets, indexes, entered: None, clock, pushed };
    let done = pushing.all(changes, full).await;
    pushing.session.close().await;
    done.map(|()| pushing.pushed)
}

impl Pushing<'_> {
    async fn all(&mut self, changes: Vec<Change>, full: bool) -> Result<()> {
        let (mut missing, mut others) = (Lacking::new(), Vec::new());
        for change in changes {
            match change {
                Change::Append { content, path, role, flags, received_at, was_in } => {
                    let was_in = if full { Some(path.clone()) } else { was_in };
                    let one = Missing { content, flags, received_at, was_in };
                    missing.entry((path, role)).or_default().push(one);
                }
                other => others.push(other),
            }
        }
        self.indexes.whole = missing.values().flatten().any(|message| message.was_in.is_some());
        for ((path, role), messages) in missing {
            match self.bring(&path, role, messages).await {
                Err(SyncError::Refused { cause, .. }) => self.pushed.refused.push(format!("{path:?}: {cause}")),
                other => other?,
            }
        }
        for change in others {
            match self.change(change).await {
                Err(SyncError::Refused { cause, .. }) => self.pushed.refused.push(cause),
                other => other?,
            }
        }
        Ok(())
    }

    async fn change(&mut self, change: Change) -> Result<()> {
        match change {
            Change::Append { .. } => Ok(()),
            Change::Flags { at, flags } => self.flag(at, flags).await,
            Change::Delete { at } => self.delete(at).await,
            Change::Move { content, from, to, role, flags } => self.shift((content, flags), from, &to, role).await,
        }
    }

    async fn flag(&mut self, at: Place, flags: Flags) -> Result<()> {
        if !self.enter_same(&at).await? {
            return Ok(());
        }
        self.set_flags(at.uid, &flags).await?;
        self.pushed.flagged += 1;
        let Place { path, uidvalidity, uid } = at;
        self.record(Seen::Flags { path, uidvalidity, uid, flags, at: (self.clock)() }).await
    }

    async fn delete(&mut self, at: Place) -> Result<()> {
        if !self.enter_same(&at).await? {
            return Ok(());
        }
        let removed = self.session.client.remove(at.uid).await;
        removed.map_err(|error| self.session.refine(error))?;
        self.pushed.deleted += 1;
        let Place { path, uidvalidity, uid } = at;
        self.record(Seen::Gone { path, uidvalidity, uid, at: (self.clock)() }).await
    }

    async fn shift(
        &mut self,
        (content, flags): (ContentId, Flags),
        from: Place,
        to: &str,
        role: Option<FolderRole>,
    ) -> Result<()> {
        let folder = self.targets.make(&mut self.session, to, role).await?;
        if folder.path == from.path || !self.enter_same(&from).await? {
            // Under another name it lies where it belongs.
            return Ok(());
        }
        self.set_flags(from.uid, &flags).await?;
        match self.move_to(from.uid, content, &folder).await? {
            Some((uidvalidity, uid)) => {
                let place = Place { path: folder.path, uidvalidity, uid };
                self.remember(content, place, flags).await
            }
            None => {
                let Place { path, uidvalidity, uid } = from;
                self.record(Seen::Gone { path, uidvalidity, uid, at: (self.clock)() }).await
            }
        }
    }

    /// Moves a message of the entered folder; where it lies then, if that can be known.
    pub(super) async fn move_to(&mut self, uid: u32, content: ContentId, to: &Listed) -> Result<Option<(u32, u32)>> {
        // Not every server says where a message went: what was there before cannot be it.
        let before = self.session.client.status(to).await.map_err(|error| self.session.refine(error))?;
        let moved = self.session.client.move_to(uid, to).await;
        let moved = moved.map_err(|error| self.session.refine(error))?;
        self.pushed.moved += 1;
        match moved {
            Some(place) => Ok(Some((place.uidvalidity, place.uid))),
            None => self.look_for_moved(to, content, before.uidnext).await,
        }
    }

    /// Where a message went that a server without COPYUID moved: the newest of its name that came since.
    async fn look_for_moved(&mut self, folder: &Listed, content: ContentId, since: u32) -> Result<Option<(u32, u32)>> {
        let raw = self.region.raw(self.mailbox.id, content).await?;
        let Some(id) = message_id(&raw) else { return Ok(None) };
        let uidvalidity = self.enter(folder).await?;
        let found = self.session.client.search_field("Message-ID", &id).await;
        let found = found.map_err(|error| self.session.refine(error))?;
        Ok(found.into_iter().filter(|uid| *uid >= since).max().map(|uid| (uidvalidity, uid)))
    }

    pub(super) async fn set_flags(&mut self, uid: u32, flags: &Flags) -> Result<()> {
        let set = self.session.client.set_flags(&uid.to_string(), flags).await;
        set.map_err(|error| self.session.refine(error))
    }

    /// Enters a folder, unless it is entered; its UIDVALIDITY.
    pub(super) async fn enter(&mut self, folder: &Listed) -> Result<u32> {
        if let Some((path, uidvalidity)) = &self.entered
            && *path == folder.path
        {
            return Ok(*uidvalidity);
        }
        self.entered = None;
        let selected = self.session.client.select(folder).await.map_err(|error| self.session.refine(error))?;
        self.entered = Some((folder.path.clone(), selected.status.uidvalidity));
        Ok(selected.status.uidvalidity)
    }

    /// Enters the folder of a place, if it is still the folder that was seen: in another one, its UIDs name others' mail.
    async fn enter_same(&mut self, place: &Place) -> Result<bool> {
        let Some(folder) = self.targets.find(&place.path, None).cloned() else { return Ok(false) };
        let same = self.enter(&folder).await? == place.uidvalidity;
        if !same {
            self.pushed
                .refused
                .push(format!("{:?} is another folder than before: nothing was changed in it", place.path));
        }
        Ok(same)
    }

    pub(super) async fn remember(&mut self, content: ContentId, place: Place, flags: Flags) -> Result<()> {
        Ok(self.region.record_returned(self.mailbox.id, content, place, flags, (self.clock)()).await?)
    }

    async fn record(&mut self, seen: Seen) -> Result<()> {
        self.region.record(self.mailbox.id, vec![seen], None).await?;
        Ok(())
    }
}
