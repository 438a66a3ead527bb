//! All folders of a mailbox: which are new, which changed, which are gone.

use std::collections::{HashMap, HashSet};

use imap::client::{Known, Listed, Status};
use mail::FolderRole;
use store::region::{PathMac, Seen, SourceFolder};

use super::folder::Entered;
use super::roles::role_by_name;
use super::{Memory, Session, Visit};
use crate::{Finding, Result};

/// Folders of one mailbox that are read; the rest is a finding.
const FOLDERS_MAX: usize = 2000;
/// Without MODSEQ, flags are compared at every so many looks.
const COMPARE_EVERY: u32 = 10;

impl Visit<'_> {
    pub(super) async fn folders(&mut self, session: &mut Session, memory: &mut Memory) -> Result<()> {
        let mut folders = self.list(session).await?;
        folders.sort_by_key(|folder| (folder.role != Some(FolderRole::Inbox), folder.role != Some(FolderRole::Sent)));
        let sources = self.region.source_folders(self.mailbox.id).await?;
        let known: HashMap<PathMac, &SourceFolder> = sources.iter().map(|source| (source.path_mac, source)).collect();
        let mut renumbered = 0_usize;
        let mut failed = None;
        for folder in &folders {
            self.go_on()?;
            let source = known.get(&self.region.path_mac(self.mailbox.id, &folder.path)).copied();
            match self.one(session, memory, (folder, source)).await {
                Ok(was_renumbered) => renumbered += usize::from(was_renumbered),
                // One folder that is refused does not keep the others from being read.
                Err(error @ crate::SyncError::Refused { .. }) => failed = Some(error),
                Err(error) => return Err(error),
            }
        }
        self.missing(&folders, &sources, renumbered).await?;
        failed.map_or(Ok(()), Err)
    }

    async fn list(&mut self, session: &mut Session) -> Result<Vec<Listed>> {
        let listed = session.client.list().await.map_err(|error| self.refine(error))?;
        let mut folders: Vec<Listed> = listed.into_iter().filter(|folder| folder.selectable).collect();
        if folders.len() > FOLDERS_MAX {
            let what = format!("{} has {} folders; {FOLDERS_MAX} are copied", self.mailbox.address, folders.len());
            self.find("history_too_many_folders", what, "see what makes so many folders in this mailbox");
            folders.truncate(FOLDERS_MAX);
        }
        let mut taken: HashSet<FolderRole> = folders.iter().filter_map(|folder| folder.role).collect();
        for folder in folders.iter_mut().filter(|folder| folder.role.is_none()) {
            folder.role = role_by_name(&folder.path).filter(|role| taken.insert(*role));
        }
        Ok(folders)
    }

    /// Looks at one folder, unless it stands as last time; whether it was renumbered.
    async fn one(
        &mut self,
        session: &mut Session,
        memory: &mut Memory,
        (folder, source): (&Listed, Option<&SourceFolder>),
    ) -> Result<bool> {
        let status = match folder.status {
            Some(status) => status,
            None => session.client.status(folder).await.map_err(|error| self.refine(error))?,
        };
        if memory.folders.get(&folder.path).is_some_and(|before| stands(*before, status, memory.looks)) {
            return Ok(false);
        }
        let live = source.filter(|source| !source.gone);
        let cursor = live.filter(|source| source.uidvalidity == status.uidvalidity && source.uidnext > 0);
        let known = cursor.filter(|source| session.resynchronises && source.highest_modseq > 0);
        let known = known.map(|source| Known { uidvalidity: source.uidvalidity, modseq: source.highest_modseq });
        let selected = session.client.examine(folder, known).await.map_err(|error| self.refine(error))?;
        let renumbered =
            live.is_some_and(|source| source.uidvalidity != 0 && source.uidvalidity != selected.status.uidvalidity);
        if live.is_none_or(|source| source.uidvalidity != selected.status.uidvalidity) {
            let (uidvalidity, at) = (selected.status.uidvalidity, self.now());
            let seen = Seen::Folder { path: folder.path.clone(), role: folder.role, uidvalidity, at };
            self.region.record(self.mailbox.id, vec![seen], None).await?;
        }
        let cursor = cursor.filter(|source| source.uidvalidity == selected.status.uidvalidity);
        let entered = Entered { path: &folder.path, told: known.is_some() && cursor.is_some(), selected };
        let stood = self.folder(session, entered, cursor).await?;
        // What the server said when the folder was entered is what was read; what came since is seen next time.
        memory.folders.insert(folder.path.clone(), stood);
        Ok(renumbered)
    }

    /// Folders that are no longer listed. In a mailbox that looks like another one, absence proves nothing.
    async fn missing(&mut self, folders: &[Listed], sources: &[SourceFolder], renumbered: usize) -> Result<()> {
        let listed: HashSet<PathMac> =
            folders.iter().map(|folder| self.region.path_mac(self.mailbox.id, &folder.path)).collect();
        let live: Vec<&SourceFolder> = sources.iter().filter(|source| !source.gone).collect();
        let missing: Vec<PathMac> =
            live.iter().map(|source| source.path_mac).filter(|folder| !listed.contains(folder)).collect();
        let address = &self.mailbox.address;
        let remedy = "find out whether this mailbox was replaced or restored; nothing was taken for deleted";
        if renumbered > 0 {
            let what = format!("{renumbered} folders of {address} are numbered anew");
            self.find("history_renumbered", what, remedy);
        }
        let no_inbox = !folders.iter().any(|folder| folder.role == Some(FolderRole::Inbox));
        if !missing.is_empty() && (renumbered > 0 || no_inbox || missing.len() * 2 > live.len()) {
            let what = format!("{} of {} folders of {address} are missing", missing.len(), live.len());
            self.find("history_folders_missing", what, remedy);
            return Ok(());
        }
        let at = self.now();
        let gone: Vec<Seen> = missing.into_iter().map(|folder| Seen::FolderGone { folder, at }).collect();
        self.looked.changes += u64::try_from(gone.len()).unwrap_or(0);
        if !gone.is_empty() {
            self.region.record(self.mailbox.id, gone, None).await?;
        }
        Ok(())
    }

    pub(super) fn find(&mut self, name: &str, what: String, remedy: &str) {
        self.looked.findings.push(Finding::new(name, what, remedy));
    }
}

/// Whether a folder stands as before, as far as its figures tell. Without MODSEQ they do not tell of flags.
fn stands(before: Status, now: Status, looks: u32) -> bool {
    before == now && (now.highest_modseq > 0 || !looks.is_multiple_of(COMPARE_EVERY))
}
