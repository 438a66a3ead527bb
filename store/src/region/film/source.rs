//! Folders at the primary, and what the connector believes lies in them now.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use mail::SystemFlags;
use sqlx::SqliteConnection;

use crate::region::{PathMac, SourceFolder, SourceUid};
use crate::{MailboxId, RegionStore, Result, StoreError};

/// A folder's row, as a job knows it.
pub(super) struct Source {
    pub(super) id: i64,
    uidvalidity: u32,
    gone: bool,
}

impl Source {
    /// The row of a folder, made when it is new.
    pub(super) async fn of<'s>(
        db: &mut SqliteConnection,
        known: &'s mut HashMap<PathMac, Self>,
        mailbox: MailboxId,
        folder: PathMac,
        path: Option<&[u8]>,
    ) -> Result<&'s mut Self> {
        match known.entry(folder) {
            Entry::Occupied(found) => Ok(found.into_mut()),
            Entry::Vacant(free) => Ok(free.insert(Self::find_or_make(db, mailbox, folder, path).await?)),
        }
    }

    async fn find_or_make(
        db: &mut SqliteConnection,
        mailbox: MailboxId,
        folder: PathMac,
        path: Option<&[u8]>,
    ) -> Result<Self> {
        let select = "SELECT id, uidvalidity, gone FROM source WHERE mailbox = ?1 AND path_mac = ?2";
        let row: Option<(i64, u32, bool)> =
            sqlx::query_as(select).bind(mailbox.0).bind(&folder.0[..]).fetch_optional(&mut *db).await?;
        if let Some((id, uidvalidity, gone)) = row {
            return Ok(Self { id, uidvalidity, gone });
        }
        let path = path.ok_or_else(|| StoreError::NoSuch("folder of this hash".to_owned()))?;
        let done = sqlx::query("INSERT INTO source (mailbox, path_mac, path) VALUES (?1, ?2, ?3)")
            .bind(mailbox.0)
            .bind(&folder.0[..])
            .bind(path)
            .execute(db)
            .await?;
        Ok(Self { id: done.last_insert_rowid(), uidvalidity: 0, gone: false })
    }

    /// The folder is listed with this UIDVALIDITY; a changed one makes all that was known of it void.
    pub(super) async fn sight(&mut self, db: &mut SqliteConnection, uidvalidity: u32) -> Result<bool> {
        if self.uidvalidity == uidvalidity && !self.gone {
            return Ok(false);
        }
        if self.uidvalidity != uidvalidity {
            sqlx::query(
                "DELETE FROM source_message WHERE source = ?1;
                 UPDATE source SET uidnext = 0, highest_modseq = 0 WHERE id = ?1",
            )
            .bind(self.id)
            .execute(&mut *db)
            .await?;
        }
        let update = "UPDATE source SET uidvalidity = ?2, gone = 0 WHERE id = ?1";
        sqlx::query(update).bind(self.id).bind(i64::from(uidvalidity)).execute(db).await?;
        (self.uidvalidity, self.gone) = (uidvalidity, false);
        Ok(true)
    }

    /// A message is named by this UIDVALIDITY; the folder must have it.
    pub(super) async fn expect(&mut self, db: &mut SqliteConnection, uidvalidity: u32) -> Result<()> {
        if self.uidvalidity == 0 {
            self.sight(db, uidvalidity).await?;
        }
        if self.uidvalidity == uidvalidity {
            return Ok(());
        }
        let (seen, now) = (self.uidvalidity, uidvalidity);
        Err(StoreError::Refused(format!("the folder was seen with UIDVALIDITY {seen}, the message has {now}")))
    }

    /// The folder is no longer listed.
    pub(super) async fn gone(
        db: &mut SqliteConnection,
        known: &mut HashMap<PathMac, Self>,
        mailbox: MailboxId,
        folder: PathMac,
    ) -> Result<bool> {
        let source = Self::of(db, known, mailbox, folder, None).await?;
        if std::mem::replace(&mut source.gone, true) {
            return Ok(false);
        }
        sqlx::query(
            "DELETE FROM source_message WHERE source = ?1;
             UPDATE source SET gone = 1, uidnext = 0, highest_modseq = 0 WHERE id = ?1",
        )
        .bind(source.id)
        .execute(db)
        .await?;
        Ok(true)
    }
}

type Row = (Vec<u8>, u32, u32, i64, bool);

const COLUMNS: &str = "SELECT path_mac, uidvalidity, uidnext, highest_modseq, gone FROM source WHERE mailbox = ?1";

impl RegionStore {
    /// The folders of a mailbox's primary, gone ones included.
    ///
    /// # Errors
    /// Those of a read.
    pub async fn source_folders(&self, mailbox: MailboxId) -> Result<Vec<SourceFolder>> {
        let rows: Vec<Row> = sqlx::query_as(COLUMNS).bind(mailbox.0).fetch_all(&self.inner.engine.readers).await?;
        rows.into_iter().map(source_folder).collect()
    }

    /// One of them, by path.
    ///
    /// # Errors
    /// Those of a read.
    pub async fn source_folder(&self, mailbox: MailboxId, path: &str) -> Result<Option<SourceFolder>> {
        let folder = self.path_mac(mailbox, path);
        Ok(self.source_folders(mailbox).await?.into_iter().find(|source| source.path_mac == folder))
    }

    /// What the connector believes lies in a folder of the primary now, by UID.
    ///
    /// # Errors
    /// Those of a read.
    pub async fn source_uids(&self, mailbox: MailboxId, path: &str) -> Result<Vec<SourceUid>> {
        let select = "SELECT m.uid, m.flags, m.keywords FROM source_message m JOIN source s ON s.id = m.source
                      WHERE s.mailbox = ?1 AND s.path_mac = ?2 ORDER BY m.uid";
        let rows: Vec<(u32, u8, i64)> = sqlx::query_as(select)
            .bind(mailbox.0)
            .bind(&self.path_mac(mailbox, path).0[..])
            .fetch_all(&self.inner.engine.readers)
            .await?;
        let uid = |(uid, flags, keywords)| SourceUid { uid, system: SystemFlags::from_bits(flags), keywords };
        Ok(rows.into_iter().map(uid).collect())
    }
}

fn source_folder((path_mac, uidvalidity, uidnext, highest_modseq, gone): Row) -> Result<SourceFolder> {
    let path_mac = path_mac.as_slice().try_into().map_err(|_| StoreError::Tampered("a folder's hash".to_owned()))?;
    let highest_modseq = u64::try_from(highest_modseq).unwrap_or_default();
    Ok(SourceFolder { path_mac: PathMac(path_mac), uidvalidity, uidnext, highest_modseq, gone })
}
