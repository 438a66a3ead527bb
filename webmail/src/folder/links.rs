//! The folder pane.

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
        Ok(folders.iter().map(|folder| Self::of(folder, staff.person.lang)).collect())
    }

    fn of(folder: &Folder, lang: Lang) -> Self {
        let own_name = folder.name.rsplit('/').next().unwrap_or(&folder.name);
        Self {
            id: folder.id.0,
            name: lang.folder(folder.role, own_name),
            role: folder.role,
            unseen: u64::from(folder.unseen),
            unseen_said: lang.unseen(u64::from(folder.unseen)),
            depth: if folder.role.is_some() { 0 } else { folder.name.matches('/').count().min(3) },
            is_open: false,
        }
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

fn rank(folder: &Folder) -> u8 {
    match folder.role {
        Some(FolderRole::Inbox) => 0,
        Some(FolderRole::Marked) => 1,
        Some(FolderRole::Sent) => 2,
        Some(FolderRole::Drafts) => 3,
        Some(FolderRole::Archive) => 4,
        None => 5,
        Some(FolderRole::Junk) => 6,
        Some(FolderRole::Trash) => 7,
    }
}
