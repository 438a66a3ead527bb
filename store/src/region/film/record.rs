//! Writing sightings down: events, the connector's state and its cursor, in one transaction.

use std::collections::HashMap;

use crate::db::{self, Conn};
use mail::Timestamp;

use super::many::write_messages;
use super::prepare::{Prepared, PreparedCursor, Spot};
use super::source::Source;
use crate::region::epoch::Sealer;
use crate::region::event::{Event, Kind};
use crate::region::{Cursor, PathMac, Seen};
use crate::{ContentId, EventId, MailboxId, RegionStore, Result, StoreError};

/// The folders that a job has touched.
pub(super) type Sources = HashMap<PathMac, Source>;

impl RegionStore {
    /// Records what a connector saw in one mailbox, together with how far it has read. Sightings that
    /// change nothing leave no event, so that telling them again is harmless.
    ///
    /// # Errors
    /// Those of a write; nothing is kept then. [`StoreError::Refused`] when a message belongs to another
    /// UIDVALIDITY than the folder was last seen with; [`StoreError::NoSuch`] when a returned content is
    /// not this mailbox's (see [`Self::holds`]).
    pub async fn record(&self, mailbox: MailboxId, seen: Vec<Seen>, cursor: Option<Cursor>) -> Result<Vec<EventId>> {
        let now = seen.iter().map(moment).max().unwrap_or_else(|| self.heard());
        let sealer = self.sealer(mailbox, now).await?;
        let mut prepared = Vec::with_capacity(seen.len());
        for sighting in seen {
            prepared.push(self.prepare(mailbox, &sealer, sighting).await?);
        }
        let cursor = cursor.map(|cursor| self.prepare_cursor(mailbox, &sealer, cursor));
        self.record_prepared(mailbox, &sealer, prepared, cursor).await
    }

    async fn record_prepared(
        &self,
        mailbox: MailboxId,
        sealer: &Sealer,
        prepared: Vec<Prepared>,
        cursor: Option<PreparedCursor>,
    ) -> Result<Vec<EventId>> {
        let (epoch, row) = (sealer.row(), sealer.row());
        let messages = prepared.iter().filter(|sighting| sighting.content.is_some()).count();
        let events = self
            .write(move |db| {
                Box::pin(async move {
                    row.write(db).await?;
                    write_all(db, mailbox, prepared, cursor).await
                })
            })
            .await?;
        self.epoch_written(&epoch);
        if messages > 0 {
            self.inner.searches.came(mailbox, messages);
        }
        Ok(events)
    }

    /// Records that a content is at a place of the primary now, and at others no longer.
    pub(crate) async fn record_move(&self, mailbox: MailboxId, to: [Seen; 2], from: Vec<Spot>) -> Result<()> {
        let at = to.iter().map(moment).max().unwrap_or_default();
        let sealer = self.sealer(mailbox, at).await?;
        let mut prepared = Vec::with_capacity(to.len() + from.len());
        for sighting in to {
            prepared.push(self.prepare(mailbox, &sealer, sighting).await?);
        }
        prepared.extend(from.into_iter().map(|spot| self.prepare_gone(mailbox, spot, at)));
        self.record_prepared(mailbox, &sealer, prepared, None).await.map(|_| ())
    }

    /// Whether the mailbox holds this content, so that it may be named as returned.
    ///
    /// # Errors
    /// Those of a read.
    pub async fn holds(&self, mailbox: MailboxId, content: ContentId) -> Result<bool> {
        let found: Option<i64> = db::query_scalar("SELECT 1 FROM content_key WHERE content = ?1 AND mailbox = ?2")
            .bind(&content.0[..])
            .bind(mailbox.0)
            .fetch_optional(&self.inner.engine.readers)
            .await?;
        Ok(found.is_some())
    }

    /// Size and received time of a content that the mailbox holds.
    pub(super) async fn returned_facts(
        &self,
        mailbox: MailboxId,
        content: ContentId,
        at: Timestamp,
    ) -> Result<(i64, Timestamp)> {
        let select = "SELECT c.size, coalesce((SELECT p.received_at FROM placement p JOIN folder f ON f.id = p.folder
                                               WHERE p.content = ?1 AND f.mailbox = ?2 LIMIT 1), c.created_at)
                      FROM content c JOIN content_key k ON k.content = c.id AND k.mailbox = ?2 WHERE c.id = ?1";
        let row: Option<(i64, i64)> = db::query_as(select)
            .bind(&content.0[..])
            .bind(mailbox.0)
            .fetch_optional(&self.inner.engine.readers)
            .await?;
        let (size, received_at) = row.ok_or_else(|| StoreError::NoSuch(format!("content {content}")))?;
        Ok((size, Timestamp::from_ms(received_at).min(at)))
    }
}

fn moment(seen: &Seen) -> Timestamp {
    match seen {
        Seen::Folder { at, .. }
        | Seen::FolderGone { at, .. }
        | Seen::Message { at, .. }
        | Seen::Returned { at, .. }
        | Seen::Flags { at, .. }
        | Seen::Gone { at, .. } => *at,
    }
}

async fn write_all(
    db: &mut Conn,
    mailbox: MailboxId,
    prepared: Vec<Prepared>,
    cursor: Option<PreparedCursor>,
) -> Result<Vec<EventId>> {
    let mut sources = Sources::new();
    let mut events = Vec::with_capacity(prepared.len());
    for alike in prepared.chunk_by(Prepared::goes_with) {
        match alike {
            [sighting] if write_state(db, &mut sources, mailbox, sighting).await? => {
                events.push(sighting.event.write(db, &sighting.code).await?);
            }
            [_] => {}
            many => events.extend(write_messages(db, &mut sources, mailbox, many).await?),
        }
    }
    if let Some(PreparedCursor { folder, path, cursor }) = cursor {
        let source = Source::of(db, &mut sources, mailbox, folder, Some(&path)).await?;
        db::query("UPDATE source SET uidnext = ?2, highest_modseq = ?3 WHERE id = ?1")
            .bind(source.id)
            .bind(i64::from(cursor.uidnext))
            .bind(i64::try_from(cursor.highest_modseq).unwrap_or(i64::MAX))
            .execute(db)
            .await?;
    }
    Ok(events)
}

/// Brings what is at the primary now up to date; `false` when nothing changed.
async fn write_state(db: &mut Conn, sources: &mut Sources, mailbox: MailboxId, sighting: &Prepared) -> Result<bool> {
    let event = &sighting.event;
    if event.kind == Kind::FolderGone {
        return Source::gone(db, sources, mailbox, sighting.folder).await;
    }
    let source = Source::of(db, sources, mailbox, sighting.folder, sighting.path.as_deref()).await?;
    if event.kind == Kind::Folder {
        return source.sight(db, event.uidvalidity).await;
    }
    source.expect(db, event.uidvalidity).await?;
    let source = source.id;
    match event.kind {
        Kind::Message | Kind::Returned => write_message(db, source, sighting).await,
        Kind::Flags => write_flags(db, source, sighting).await,
        _ => write_gone(db, source, event).await,
    }
}

async fn write_message(db: &mut Conn, source: i64, sighting: &Prepared) -> Result<bool> {
    let event = &sighting.event;
    let Some(id) = event.content else { return Ok(false) };
    let new = db::query(
        "INSERT INTO source_message (source, uid, content, flags, keywords) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT DO NOTHING",
    )
    .bind(source)
    .bind(i64::from(event.uid))
    .bind(&id.0[..])
    .bind(i64::from(event.flags.bits()))
    .bind(sighting.keywords_tag)
    .execute(&mut *db)
    .await?
    .rows_affected();
    if new == 0 {
        return Ok(false);
    }
    match &sighting.content {
        Some((content, wrapped)) => {
            content.write(db).await?;
            let insert = "INSERT INTO content_key (content, mailbox, sealed) VALUES (?1, ?2, ?3)";
            db::query(insert).bind(&id.0[..]).bind(event.mailbox.0).bind(wrapped).execute(db).await?;
        }
        None => tie_placement(db, event).await?,
    }
    Ok(true)
}

/// The view's copy of a returned message learns where the primary has it: the one in the folder of that
/// name, else any that has no place there yet.
async fn tie_placement(db: &mut Conn, event: &Event) -> Result<()> {
    db::query(
        "UPDATE placement SET source_mac = ?3, source_uidvalidity = ?4, source_uid = ?5
         WHERE (folder, uid) = (SELECT p.folder, p.uid FROM placement p JOIN folder f ON f.id = p.folder
                                WHERE p.content = ?2 AND p.source_mac IS NULL AND f.mailbox = ?1
                                ORDER BY f.name_mac = ?3 DESC LIMIT 1)",
    )
    .bind(event.mailbox.0)
    .bind(event.content.as_ref().map(|id| &id.0[..]))
    .bind(event.path_mac.as_ref().map(|mac| &mac.0[..]))
    .bind(i64::from(event.uidvalidity))
    .bind(i64::from(event.uid))
    .execute(db)
    .await?;
    Ok(())
}

async fn write_flags(db: &mut Conn, source: i64, sighting: &Prepared) -> Result<bool> {
    let changed = db::query(
        "UPDATE source_message SET flags = ?3, keywords = ?4
         WHERE source = ?1 AND uid = ?2 AND (flags <> ?3 OR keywords <> ?4)",
    )
    .bind(source)
    .bind(i64::from(sighting.event.uid))
    .bind(i64::from(sighting.event.flags.bits()))
    .bind(sighting.keywords_tag)
    .execute(db)
    .await?;
    Ok(changed.rows_affected() > 0)
}

async fn write_gone(db: &mut Conn, source: i64, event: &Event) -> Result<bool> {
    let gone = db::query("DELETE FROM source_message WHERE source = ?1 AND uid = ?2")
        .bind(source)
        .bind(i64::from(event.uid))
        .execute(db)
        .await?;
    Ok(gone.rows_affected() > 0)
}
