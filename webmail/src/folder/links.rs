//! The folder pane.

use std::collections::HashSet;

use mail::FolderRole;
use store::region::Folder;

use crate::guard::Staff;
use crate::{Lang, Trouble};

/// A folder of the pane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderLink {
    /// Its number.
    pub id: i64,
    /// Its name as people know it; without the parents'.
    pub name: String,
    /// What it is for.
    pub role: Option<FolderRole>,
    /// Unread messages in it.
    pub unseen: u64,
    /// "3 unread"
    pub unseen_said: String,
    /// How deep it lies: 0 to 3.
    pub depth: usize,
    /// Whether it is the one that is looked at.
    pub is_open: bool,
}

impl FolderLink {
    /// All folders, in Outlook's order.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn all(staff: &Staff) -> Result<Vec<Self>, Trouble> {
        let mut folders = staff.region.folders(staff.mailbox).await?;
        // IMAP's Drafts are those of mail programs: shown where there are any.
        folders.retain(|folder| folder.role != Some(FolderRole::Drafts) || folder.messages > 0);
        folders.sort_by_cached_key(|folder| (rank(folder), folder.name.to_lowercase()));
        let own: HashSet<&str> =
            folders.iter().filter(|folder| folder.role.is_none()).map(|folder| folder.name.as_str()).collect();
        Ok(folders.iter().map(|folder| Self::of(folder, &own, staff.person.lang)).collect())
    }

    fn of(folder: &Folder, own: &HashSet<&str>, lang: Lang) -> Self {
        let (name, depth) = placed(&folder.name, own);
        Self {
            id: folder.id.0,
            name: lang.folder(folder.role, &name),
            role: folder.role,
            unseen: u64::from(folder.unseen),
            unseen_said: lang.unseen(u64::from(folder.unseen)),
            depth: if folder.role.is_some() { 0 } else { depth.min(3) },
            is_open: false,
        }
    }

    /// Whether it stands before the drafts.
    #[must_use]
    pub fn comes_first(&self) -> bool {
        matches!(self.role, Some(FolderRole::Inbox | FolderRole::Marked))
    }

    /// The drawing beside it.
    #[must_use]
    pub fn icon(&self) -> &'static str {
        match self.role {
            Some(FolderRole::Inbox) => "inbox",
            Some(FolderRole::Drafts) => "draft",
            Some(FolderRole::Sent) => "sent",
            Some(FolderRole::Trash) => "trash",
            Some(FolderRole::Junk) => "junk",
            Some(FolderRole::Archive) => "archive",
            Some(FolderRole::Marked) => "marked",
            None => "folder",
        }
    }
}

/// A folder's name below its nearest parent that is shown, and how many of its parents are.
fn placed(path: &str, shown: &HashSet<&str>) -> (String, usize) {
    let parents = path.match_indices('/').filter_map(|(at, _)| path.get(..at));
    let parents: Vec<&str> = parents.filter(|parent| shown.contains(parent)).collect();
    let below = parents.last().map_or(0, |parent| parent.len() + 1);
    (path.get(below..).unwrap_or(path).replace('/', " / "), parents.len())
}

fn rank(folder: &Folder) -> u8 {
    match folder.role {
        Some(FolderRole::Inbox) => 0,
        Some(FolderRole::Marked) => 1,
        Some(FolderRole::Drafts) => 2,
        Some(FolderRole::Sent) => 3,
        Some(FolderRole::Archive) => 4,
        None => 5,
        Some(FolderRole::Junk) => 6,
        Some(FolderRole::Trash) => 7,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_stands_below_the_parents_that_are_shown() {
        let shown = HashSet::from(["Projets", "Projets/École", "Dossiers/Conseil", "Dossiers/Conseil/2026"]);
        assert_eq!(placed("Projets/École", &shown), ("École".to_owned(), 1));
        assert_eq!(placed("Dossiers/Conseil", &shown), ("Dossiers / Conseil".to_owned(), 0));
        assert_eq!(placed("Dossiers/Conseil/2026", &shown), ("2026".to_owned(), 1));
        assert_eq!(placed("Dossiers/Autre/2025", &shown), ("Dossiers / Autre / 2025".to_owned(), 0));
    }
}
