//! Many messages of one folder: a first copy is nothing else. Each call is a trip to the engine's thread and back, which
//! costs more than writing a row, so that rows of a table go together.

use std::collections::HashSet;

use super::prepare::Prepared;
use super::record::Sources;
use super::source::Source;
use crate::db::{self, Conn, Insert};
use crate::region::content::SealedContent;
use crate::region::event::{Event, Kind};
use crate::{EventId, MailboxId, Result};

/// Rows of one statement: few different numbers, so that the engine knows the statement again.
const ROWS: usize = 40;

impl Prepared {
    /// Whether both are messages that were read from one folder.
    pub(super) fn goes_with(&self, next: &Self) -> bool {
        let is_read = |one: &Self| one.event.kind == Kind::Message && one.content.is_some();
        is_read(self) && is_read(next) && self.folder == next.folder && self.event.uidvalidity == next.event.uidvalidity
    }
}

/// Writes messages of one folder and their events, leaving out those that are known; all are as [`Prepared::goes_with`]
/// wants them.
pub(super) async fn write_messages(
    db: &mut Conn,
    sources: &mut Sources,
    mailbox: MailboxId,
    alike: &[Prepared],
) -> Result<Vec<EventId>> {
    let Some(first) = alike.first() else { return Ok(Vec::new()) };
    let source = Source::of(db, sources, mailbox, first.folder, first.path.as_deref()).await?;
    source.expect(db, first.event.uidvalidity).await?;
    let source = source.id;
    let mut known = known(db, source, alike).await?;
    let new: Vec<&Prepared> = alike.iter().filter(|sighting| known.insert(sighting.event.uid)).collect();
    let mut events = Vec::with_capacity(new.len());
    for some in new.chunks(ROWS) {
        put_sightings(db, source, some).await?;
        let contents: Vec<&SealedContent> = some.iter().filter_map(|one| Some(&one.content.as_ref()?.0)).collect();
        SealedContent::write_many(db, &contents).await?;
        put_keys(db, some).await?;
        let rows: Vec<(&Event, &[u8; 16])> = some.iter().map(|one| (&one.event, &one.code)).collect();
        events.extend(Event::write_many(db, &rows).await?);
    }
    Ok(events)
}

/// The UIDs of these that the folder is known to hold.
async fn known(db: &mut Conn, source: i64, alike: &[Prepared]) -> Result<HashSet<u32>> {
    let uids = crate::region::json(alike.iter().map(|sighting| i64::from(sighting.event.uid)));
    let select = "SELECT uid FROM source_message WHERE source = ?1 AND uid IN (SELECT value FROM json_each(?2))";
    let known: Vec<u32> = db::query_scalar(select).bind(source).bind(uids).fetch_all(db).await?;
    Ok(known.into_iter().collect())
}

async fn put_sightings(db: &mut Conn, source: i64, some: &[&Prepared]) -> Result<()> {
    const HEAD: &str = "INSERT INTO source_message (source, uid, content, flags, keywords)";
    let put = some.iter().fold(Insert::new(HEAD, 5, some.len()), |put, sighting| {
        let event = &sighting.event;
        put.bind(source)
            .bind(i64::from(event.uid))
            .bind(event.content.as_ref().map(|id| &id.0[..]))
            .bind(i64::from(event.flags.bits()))
            .bind(sighting.keywords_tag)
    });
    put.execute(db).await?;
    Ok(())
}

async fn put_keys(db: &mut Conn, some: &[&Prepared]) -> Result<()> {
    const HEAD: &str = "INSERT INTO content_key (content, mailbox, sealed)";
    let keys: Vec<_> = some.iter().filter_map(|one| Some((one.event.mailbox, one.content.as_ref()?))).collect();
    let put = keys.iter().fold(Insert::new(HEAD, 3, keys.len()), |put, (mailbox, (content, wrapped))| {
        put.bind(&content.id.0[..]).bind(mailbox.0).bind(&wrapped[..])
    });
    put.execute(db).await?;
    Ok(())
}
