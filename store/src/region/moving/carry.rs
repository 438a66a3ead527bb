//! Carrying: each event and each message under the seals of the new region, in the order of the film.

use std::collections::{HashMap, HashSet};

use mail::Flags;

use crate::db::{self, Conn, Insert};
use crate::region::PathMac;
use crate::region::content::SealedContent;
use crate::region::epoch::Sealer;
use crate::region::event::{Event, EventRow};
use crate::{ContentId, MailboxId, RegionStore, Result, StoreError, mac};

/// Events of one transaction.
const EVENTS: i64 = 50;
/// Rows of one statement.
const ROWS: usize = 200;

/// Folder paths at the primary by their hash in the old region.
type Paths = HashMap<PathMac, String>;

/// A row of `source`.
struct SourceRow {
    id: i64,
    path_mac: Vec<u8>,
    path: Vec<u8>,
    uidvalidity: i64,
    uidnext: i64,
    highest_modseq: i64,
    gone: i64,
}

crate::db::record!(SourceRow { id, path_mac, path, uidvalidity, uidnext, highest_modseq, gone });

/// An event as the new region has it, and the message that comes with it.
struct Carried {
    event: Event,
    code: [u8; 16],
    content: Option<(SealedContent, Vec<u8>, Vec<u8>)>,
}

/// From where to where.
struct Way<'a> {
    from: &'a RegionStore,
    to: &'a RegionStore,
    leaving: MailboxId,
    coming: MailboxId,
    paths: Paths,
}

impl RegionStore {
    /// Carries the events behind `after`.
    pub(super) async fn carry_film(
        &self,
        to: &Self,
        leaving: MailboxId,
        coming: MailboxId,
        mut after: i64,
    ) -> Result<()> {
        let way = Way { from: self, to, leaving, coming, paths: self.paths(leaving).await? };
        loop {
            let select = "SELECT * FROM event WHERE mailbox = ?1 AND id > ?2 ORDER BY id LIMIT ?3";
            let rows = db::query_as(select).bind(leaving.0).bind(after).bind(EVENTS);
            let rows: Vec<EventRow> = rows.fetch_all(&self.inner.engine.readers).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = last.id;
            way.carry(rows, after).await?;
        }
    }

    async fn sources(&self, mailbox: MailboxId) -> Result<Vec<SourceRow>> {
        let select =
            "SELECT id, path_mac, path, uidvalidity, uidnext, highest_modseq, gone FROM source WHERE mailbox = ?1";
        db::query_as(select).bind(mailbox.0).fetch_all(&self.inner.engine.readers).await
    }

    async fn paths(&self, mailbox: MailboxId) -> Result<Paths> {
        let mut paths = Paths::new();
        for row in self.sources(mailbox).await? {
            let known = row.path_mac.as_slice().try_into().map(PathMac);
            let known = known.map_err(|_| StoreError::Tampered("the hash of a folder".to_owned()))?;
            paths.insert(known, self.open_name(mailbox, &row.path).await?);
        }
        Ok(paths)
    }

    /// What the connector believes of the primary, so that it goes on in the new region where it stopped.
    pub(super) async fn carry_state(&self, to: &Self, leaving: MailboxId, coming: MailboxId) -> Result<()> {
        let sealer = to.sealer(coming, to.heard()).await?;
        let mut folders = Vec::new();
        for row in self.sources(leaving).await? {
            let path = self.open_name(leaving, &row.path).await?;
            let select = "SELECT uid, content, flags, keywords FROM source_message WHERE source = ?1 ORDER BY uid";
            let messages: Vec<(i64, Vec<u8>, i64, i64)> =
                db::query_as(select).bind(row.id).fetch_all(&self.inner.engine.readers).await?;
            let mut carried = Vec::with_capacity(messages.len());
            for (uid, content, flags, keywords) in messages {
                let content = to.moved_id(coming, super::content_id(&content)?);
                // The hash of keywords is another here; one that fits none is looked at once more and changes nothing else.
                carried.push((uid, content, flags, keywords & 1));
            }
            folders.push(((to.path_mac(coming, &path), sealer.name(&path)), row, carried));
        }
        let epoch = sealer.row();
        to.write(move |db| {
            Box::pin(async move {
                epoch.write(&mut *db).await?;
                forget_state(db, coming).await?;
                for (named, row, messages) in folders {
                    put_folder(db, coming, named, &row, &messages).await?;
                }
                Ok(())
            })
        })
        .await?;
        to.epoch_written(&sealer.row());
        Ok(())
    }

    /// What a content of another region is called here: the same each time it is asked, and nobody else's.
    fn moved_id(&self, mailbox: MailboxId, content: ContentId) -> ContentId {
        let fields = [self.name().as_str().into(), mailbox.0.into(), (&content.0).into()];
        let mut id = mac::short(&self.inner.keys.hash, "moved content", &fields);
        id.iter_mut().zip(content.0).take(6).for_each(|(byte, time)| *byte = time);
        ContentId(id)
    }
}

impl Way<'_> {
    async fn carry(&self, rows: Vec<EventRow>, after: i64) -> Result<()> {
        let sealer = self.to.sealer(self.coming, self.to.heard()).await?;
        let (mut carried, mut together) = (Vec::with_capacity(rows.len()), HashSet::new());
        for row in rows {
            let id = row.id;
            let event = row.verified(&self.from.inner.keys, self.from.name().as_str());
            let event = event.ok_or_else(|| StoreError::Tampered(format!("event {id} of the film")))?;
            carried.push(self.one(&sealer, event, &mut together).await?);
        }
        let mut open = Vec::new();
        for one in &carried {
            if let Some((content, _, raw)) = &one.content {
                open.push((content.id, content.key.clone(), raw.clone()));
            }
        }
        let (epoch, coming) = (sealer.row(), self.coming);
        let written = self.to.write(move |db| {
            Box::pin(async move {
                epoch.write(&mut *db).await?;
                put(db, coming, &carried, after).await
            })
        });
        written.await?;
        self.to.epoch_written(&sealer.row());
        for (id, key, raw) in open {
            if self.to.open_raw(id, key).await? != raw {
                return Err(StoreError::Tampered(format!("content {id}, just written")));
            }
        }
        Ok(())
    }

    async fn one(&self, sealer: &Sealer, event: Event, together: &mut HashSet<ContentId>) -> Result<Carried> {
        let Self { from, to, leaving, coming, paths } = self;
        let path_mac = match event.path_mac {
            Some(known) => {
                let path = paths.get(&known).ok_or_else(|| StoreError::NoSuch("folder of this hash".to_owned()))?;
                Some(to.path_mac(*coming, path))
            }
            None => None,
        };
        let keywords = match &event.keywords {
            Some(sealed) => {
                let words = from.open_keywords(*leaving, sealed).await?;
                sealer.keywords(&Flags { system: event.flags, keywords: words.into_iter().collect() })
            }
            None => None,
        };
        let (mut content, mut evidence, mut id) = (None, None, None);
        if let Some(old) = event.content {
            let new = to.moved_id(*coming, old);
            id = Some(new);
            let is_first = together.insert(new) && !to.holds(*coming, new).await?;
            if is_first || event.evidence.is_some() {
                let raw = from.raw(*leaving, old).await?;
                evidence = event.evidence.map(|_| to.evidence(*coming, &raw));
                if is_first {
                    let sealed = to.seal_content(new, raw.clone(), event.at).await?;
                    let wrapped = sealer.content_key(new, &sealed.key);
                    content = Some((sealed, wrapped, raw));
                }
            }
        }
        let event = Event { mailbox: *coming, path_mac, keywords, content: id, evidence, ..event };
        let code = event.code(&to.inner.keys, to.name().as_str());
        Ok(Carried { event, code, content })
    }
}

async fn put(db: &mut Conn, mailbox: MailboxId, carried: &[Carried], after: i64) -> Result<()> {
    for one in carried {
        if let Some((content, wrapped, _)) = &one.content {
            content.write(&mut *db).await?;
            let insert = "INSERT INTO content_key (content, mailbox, sealed) VALUES (?1, ?2, ?3)";
            let insert = db::query(insert).bind(&content.id.0[..]).bind(mailbox.0).bind(wrapped);
            insert.execute(&mut *db).await?;
        }
        one.event.write(&mut *db, &one.code).await?;
    }
    let reached = "UPDATE moving SET copied = ?2 WHERE mailbox = ?1 AND leaving = 0";
    db::query(reached).bind(mailbox.0).bind(after).execute(db).await?;
    Ok(())
}

/// What the connector believes, forgotten.
pub(super) async fn forget_state(db: &mut Conn, mailbox: MailboxId) -> Result<()> {
    for forget in [
        "DELETE FROM source_message WHERE source IN (SELECT id FROM source WHERE mailbox = ?1)",
        "DELETE FROM source WHERE mailbox = ?1",
    ] {
        db::query(forget).bind(mailbox.0).execute(&mut *db).await?;
    }
    Ok(())
}

async fn put_folder(
    db: &mut Conn,
    mailbox: MailboxId,
    (known, path): (PathMac, Vec<u8>),
    row: &SourceRow,
    messages: &[(i64, ContentId, i64, i64)],
) -> Result<()> {
    const HEAD: &str = "INSERT INTO source_message (source, uid, content, flags, keywords)";
    let insert = "INSERT INTO source (mailbox, path_mac, path, uidvalidity, uidnext, highest_modseq, gone)
                  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) RETURNING id";
    let insert = db::query_scalar(insert).bind(mailbox.0).bind(known.0.to_vec()).bind(path).bind(row.uidvalidity);
    let id: i64 = insert.bind(row.uidnext).bind(row.highest_modseq).bind(row.gone).fetch_one(&mut *db).await?;
    for some in messages.chunks(ROWS) {
        let put = some.iter().fold(Insert::new(HEAD, 5, some.len()), |put, (uid, content, flags, keywords)| {
            put.bind(id).bind(*uid).bind(content.0.to_vec()).bind(*flags).bind(*keywords)
        });
        put.execute(&mut *db).await?;
    }
    Ok(())
}
