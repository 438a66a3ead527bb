//! Folders of the view: list, make, rename, delete, subscribe.

use crate::db::{self, Conn};
use mail::FolderRole;

use super::{next_modseq, next_uidvalidity, no_folder};
use crate::region::{Folder, PathMac};
use crate::{FolderId, MailboxId, RegionStore, Result, StoreError};

/// The longest folder path, in bytes.
const PATH_MOST: usize = 1000;
/// The most folders of a mailbox.
const FOLDERS_MOST: i64 = 10_000;

struct Row {
    id: i64,
    name: Vec<u8>,
    name_mac: Vec<u8>,
    role: Option<String>,
    uidvalidity: u32,
    uidnext: u32,
    highest_modseq: i64,
    subscribed: bool,
    messages: u32,
    unseen: u32,
}

crate::db::record!(Row {
    id,
    name,
    name_mac,
    role,
    uidvalidity,
    uidnext,
    highest_modseq,
    subscribed,
    messages,
    unseen
});

/// A new name for a folder.
struct Renamed {
    id: i64,
    name: Vec<u8>,
    name_mac: PathMac,
}

impl RegionStore {
    /// The folders of a mailbox. Laid out first, if that is still to be done.
    ///
    /// # Errors
    /// [`StoreError::Sealed`], as names are; [`StoreError::NoView`] in standby.
    pub async fn folders(&self, mailbox: MailboxId) -> Result<Vec<Folder>> {
        self.open_view(mailbox).await?;
        let select =
            "SELECT id, name, name_mac, role, uidvalidity, uidnext, highest_modseq, subscribed, messages, unseen
                      FROM folder WHERE mailbox = ?1 ORDER BY id";
        let rows: Vec<Row> = db::query_as(select).bind(mailbox.0).fetch_all(&self.inner.engine.readers).await?;
        let mut folders = Vec::with_capacity(rows.len());
        for row in rows {
            let name = self.verified_name(mailbox, &row.name, &row.name_mac).await?;
            folders.push(row.named(name));
        }
        Ok(folders)
    }

    /// A folder's UIDVALIDITY as it is now, at the cost of one row.
    ///
    /// # Errors
    /// [`StoreError::NoSuch`]; [`StoreError::NoView`] in standby.
    pub async fn uidvalidity(&self, mailbox: MailboxId, folder: FolderId) -> Result<u32> {
        self.open_view(mailbox).await?;
        let select = "SELECT uidvalidity FROM folder WHERE id = ?1 AND mailbox = ?2";
        let found = db::query_scalar(select).bind(folder.0).bind(mailbox.0);
        let found = found.fetch_optional(&self.inner.engine.readers).await?;
        found.ok_or_else(|| StoreError::NoSuch("folder".to_owned()))
    }

    /// Opens a folder's name and compares it with its hash.
    pub(crate) async fn verified_name(&self, mailbox: MailboxId, sealed: &[u8], name_mac: &[u8]) -> Result<String> {
        let name = self.open_name(mailbox, sealed).await?;
        if crate::mac::same(name_mac, &self.path_mac(mailbox, &name).0) {
            return Ok(name);
        }
        self.found_tampered(&format!("a folder name of mailbox {mailbox}"));
        Err(StoreError::Tampered("a folder name".to_owned()))
    }

    /// Makes a folder; parents need not exist.
    ///
    /// # Errors
    /// [`StoreError::Exists`], [`StoreError::Refused`] for a name that cannot be one.
    pub async fn create_folder(&self, mailbox: MailboxId, name: &str) -> Result<FolderId> {
        self.open_view(mailbox).await?;
        let sealer = self.sealer(mailbox, self.heard()).await?;
        check_name(name)?;
        let (sealed, name_mac) = (sealer.name(name), self.path_mac(mailbox, name));
        let (epoch, row, now_s) = (sealer.row(), sealer.row(), self.heard().as_unix_s());
        let id = self
            .write(move |db| {
                Box::pin(async move {
                    row.write(db).await?;
                    insert(db, mailbox, &sealed, name_mac, now_s).await
                })
            })
            .await?;
        self.epoch_written(&epoch);
        self.inner.bells.ring(mailbox);
        Ok(id)
    }

    /// Renames a folder and those under it.
    ///
    /// # Errors
    /// [`StoreError::Exists`], [`StoreError::NoSuch`]; [`StoreError::Refused`] for the inbox.
    pub async fn rename_folder(&self, mailbox: MailboxId, folder: FolderId, name: &str) -> Result<()> {
        check_name(name)?;
        let folders = self.folders(mailbox).await?;
        let renamed = folders.iter().find(|known| known.id == folder).ok_or_else(no_folder)?;
        if renamed.role == Some(FolderRole::Inbox) {
            return Err(StoreError::Refused("the inbox keeps its name".to_owned()));
        }
        let sealer = self.sealer(mailbox, self.heard()).await?;
        let under = format!("{}/", renamed.name);
        let new = |known: &Folder| match known.name.strip_prefix(&under) {
            Some(rest) => Some(format!("{name}/{rest}")),
            None => (known.id == folder).then(|| name.to_owned()),
        };
        let change = |known: &Folder| {
            let new = new(known)?;
            Some(Renamed { id: known.id.0, name: sealer.name(&new), name_mac: self.path_mac(mailbox, &new) })
        };
        let changes: Vec<Renamed> = folders.iter().filter_map(change).collect();
        let (epoch, row) = (sealer.row(), sealer.row());
        self.write(move |db| {
            Box::pin(async move {
                row.write(db).await?;
                rename(db, mailbox, changes).await
            })
        })
        .await?;
        self.epoch_written(&epoch);
        self.inner.bells.ring(mailbox);
        Ok(())
    }

    /// Deletes a folder with all that is in it.
    ///
    /// # Errors
    /// [`StoreError::NoSuch`]; [`StoreError::Refused`] for one that mail is delivered to.
    pub async fn delete_folder(&self, mailbox: MailboxId, folder: FolderId) -> Result<()> {
        self.open_view(mailbox).await?;
        self.write(move |db| Box::pin(async move { delete(db, mailbox, folder).await })).await?;
        self.inner.bells.ring(mailbox);
        Ok(())
    }

    /// Subscribes to a folder, or no longer.
    ///
    /// # Errors
    /// [`StoreError::NoSuch`].
    pub async fn subscribe(&self, mailbox: MailboxId, folder: FolderId, subscribed: bool) -> Result<()> {
        let update = "UPDATE folder SET subscribed = ?3 WHERE id = ?1 AND mailbox = ?2";
        let found = self
            .write(move |db| {
                Box::pin(async move {
                    let update = db::query(update).bind(folder.0).bind(mailbox.0).bind(subscribed);
                    Ok(update.execute(db).await?.rows_affected())
                })
            })
            .await?;
        if found == 0 { Err(no_folder()) } else { Ok(()) }
    }
}

impl Row {
    fn named(self, name: String) -> Folder {
        Folder {
            id: FolderId(self.id),
            name,
            role: self.role.as_deref().and_then(FolderRole::from_word),
            uidvalidity: self.uidvalidity,
            uidnext: self.uidnext,
            messages: self.messages,
            unseen: self.unseen,
            highest_modseq: u64::try_from(self.highest_modseq).unwrap_or_default(),
            subscribed: self.subscribed,
        }
    }
}

fn check_name(name: &str) -> Result<()> {
    let refused = |why: &str| Err(StoreError::Refused(why.to_owned()));
    if name.is_empty() || name.len() > PATH_MOST || name.chars().any(char::is_control) {
        return refused("a folder name has 1 to 1000 bytes and no control characters");
    }
    if name.split('/').any(str::is_empty) {
        return refused("no level of a folder name is empty");
    }
    // RFC 3501 §5.1: INBOX in any case is the inbox.
    if name.eq_ignore_ascii_case("INBOX") {
        return Err(StoreError::Exists("INBOX".to_owned()));
    }
    Ok(())
}

async fn insert(db: &mut Conn, mailbox: MailboxId, name: &[u8], name_mac: PathMac, now_s: i64) -> Result<FolderId> {
    let select = "SELECT count(*) FROM folder WHERE mailbox = ?1";
    let folders: i64 = db::query_scalar(select).bind(mailbox.0).fetch_one(&mut *db).await?;
    if folders >= FOLDERS_MOST {
        return Err(StoreError::Refused("the mailbox has as many folders as it can have".to_owned()));
    }
    let modseq = next_modseq(db, mailbox).await?;
    let uidvalidity = next_uidvalidity(db, mailbox, now_s).await?;
    let insert = "INSERT INTO folder (mailbox, name, name_mac, uidvalidity, highest_modseq, own)
                  VALUES (?1, ?2, ?3, ?4, ?5, 1) RETURNING id";
    let insert = db::query_scalar(insert).bind(mailbox.0).bind(name).bind(&name_mac.0[..]);
    let id = insert.bind(uidvalidity).bind(modseq).fetch_one(db).await?;
    Ok(FolderId(id))
}

async fn rename(db: &mut Conn, mailbox: MailboxId, changes: Vec<Renamed>) -> Result<()> {
    let modseq = next_modseq(db, mailbox).await?;
    for change in changes {
        db::query(
            "UPDATE folder SET name = ?3, name_mac = ?4, own = 1, highest_modseq = ?5 WHERE id = ?1 AND mailbox = ?2",
        )
        .bind(change.id)
        .bind(mailbox.0)
        .bind(change.name)
        .bind(&change.name_mac.0[..])
        .bind(modseq)
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}

async fn delete(db: &mut Conn, mailbox: MailboxId, folder: FolderId) -> Result<()> {
    let select = "SELECT role FROM folder WHERE id = ?1 AND mailbox = ?2";
    let row: Option<(Option<String>,)> =
        db::query_as(select).bind(folder.0).bind(mailbox.0).fetch_optional(&mut *db).await?;
    let (role,) = row.ok_or_else(no_folder)?;
    if role.is_some_and(|role| role != "archive" && role != "marked") {
        return Err(StoreError::Refused("mail is delivered to this folder".to_owned()));
    }
    next_modseq(db, mailbox).await?;
    db::query(
        "INSERT OR IGNORE INTO expunged (mailbox, source_mac, uidvalidity, uid)
         SELECT ?1, source_mac, source_uidvalidity, source_uid FROM placement
         WHERE folder = ?2 AND source_mac IS NOT NULL;
         DELETE FROM placement WHERE folder = ?2;
         DELETE FROM folder WHERE id = ?2",
    )
    .bind(mailbox.0)
    .bind(folder.0)
    .execute(db)
    .await?;
    Ok(())
}
