//! A segment's rows: sealing and writing them, reading and opening them.

use crate::db::{self, Conn};

use crate::mac::{self, Field};
use crate::region::epoch::{EpochRow, Sealer};
use crate::seal::{Epoch, Key, open};
use crate::search::{Block, Built, Outline};
use crate::{ContentId, MailboxId, RegionStore, Result, StoreError};

/// Numbers of blocks in one segment.
const BLOCKS_MAX: i64 = 1 << 16;
/// The number of the outline among the parts of a segment.
const OUTLINE: i64 = -1;

/// A segment on its way into the database.
pub(super) struct SealedSegment {
    epoch_row: EpochRow,
    mailbox: MailboxId,
    name: [u8; 16],
    epoch: [u8; 16],
    contents: Vec<u8>,
    outline: Vec<u8>,
    mac: [u8; 16],
    blocks: Vec<Vec<u8>>,
}

/// id, name, epoch, contents, outline, mac
type Row = (i64, Vec<u8>, Vec<u8>, Vec<u8>, Vec<u8>, Vec<u8>);

/// A segment whose outline is open.
pub(super) struct Header {
    pub(super) id: i64,
    name: [u8; 16],
    key: Key,
    pub(super) contents: Vec<ContentId>,
    pub(super) outline: Outline,
}

impl SealedSegment {
    pub(super) fn new(store: &RegionStore, mailbox: MailboxId, sealer: &Sealer, of: (&[ContentId], &Built)) -> Self {
        let (contents, built) = of;
        let (name, epoch): ([u8; 16], _) = (rand::random(), sealer.epoch_id());
        let contents: Vec<u8> = contents.iter().flat_map(|id| id.0).collect();
        let outline = sealer.index_part(&named(store, mailbox, &name, OUTLINE), &built.outline.encode());
        let blocks = (0..)
            .zip(&built.blocks)
            .map(|(number, block)| sealer.index_part(&named(store, mailbox, &name, number), block));
        let blocks = blocks.collect();
        let mac = code(store, mailbox, (&name, &epoch, &contents, &outline));
        Self { epoch_row: sealer.row(), mailbox, name, epoch, contents, outline, mac, blocks }
    }

    pub(super) fn epoch_row(&self) -> EpochRow {
        self.epoch_row.clone()
    }

    /// Writes it in place of what it has taken in: other segments, and contents that waited.
    pub(super) async fn write(&self, db: &mut Conn, replaced: &[i64]) -> Result<()> {
        self.epoch_row.write(db).await?;
        for id in replaced {
            delete(db, *id).await?;
        }
        let insert =
            "INSERT INTO segment (mailbox, name, epoch, contents, outline, mac) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                      RETURNING id";
        let insert = db::query_scalar(insert).bind(self.mailbox.0).bind(&self.name[..]).bind(&self.epoch[..]);
        let insert = insert.bind(&self.contents).bind(&self.outline).bind(&self.mac[..]);
        let id: i64 = insert.fetch_one(&mut *db).await?;
        for (number, block) in (0..BLOCKS_MAX).zip(&self.blocks) {
            let insert = "INSERT INTO segment_block (id, sealed) VALUES (?1, ?2)";
            db::query(insert).bind(id * BLOCKS_MAX + number).bind(block).execute(&mut *db).await?;
        }
        for content in self.contents.chunks(16) {
            let delete = "DELETE FROM unindexed WHERE mailbox = ?1 AND content = ?2";
            db::query(delete).bind(self.mailbox.0).bind(content).execute(&mut *db).await?;
        }
        Ok(())
    }
}

async fn delete(db: &mut Conn, id: i64) -> Result<()> {
    db::query("DELETE FROM segment WHERE id = ?1; DELETE FROM segment_block WHERE id >= ?2 AND id < ?3")
        .bind(id)
        .bind(id * BLOCKS_MAX)
        .bind((id + 1) * BLOCKS_MAX)
        .execute(db)
        .await?;
    Ok(())
}

/// What a part of a segment is bound to.
fn named(store: &RegionStore, mailbox: MailboxId, name: &[u8; 16], number: i64) -> Vec<u8> {
    mac::encode("index", &[store.name().as_str().into(), mailbox.0.into(), name.into(), number.into()])
}

fn code(store: &RegionStore, mailbox: MailboxId, of: (&[u8; 16], &[u8; 16], &[u8], &[u8])) -> [u8; 16] {
    let (name, epoch, contents, outline) = of;
    let fields: [Field<'_>; 6] =
        [store.name().as_str().into(), mailbox.0.into(), name.into(), epoch.into(), contents.into(), outline.into()];
    mac::short(&store.inner.keys.integrity, "segment", &fields)
}

impl RegionStore {
    /// The segments of a mailbox, in order.
    pub(super) async fn segment_ids(&self, mailbox: MailboxId) -> Result<Vec<i64>> {
        let select = "SELECT id FROM segment WHERE mailbox = ?1 ORDER BY id";
        db::query_scalar(select).bind(mailbox.0).fetch_all(&self.inner.engine.readers).await
    }

    /// Opens a segment's outline; nothing for one that is gone, or was tampered with.
    pub(super) async fn segment(&self, mailbox: MailboxId, id: i64, ended: Option<&Epoch>) -> Result<Option<Header>> {
        let select = "SELECT id, name, epoch, contents, outline, mac FROM segment WHERE id = ?1 AND mailbox = ?2";
        let row = db::query_as(select).bind(id).bind(mailbox.0);
        let row: Option<Row> = row.fetch_optional(&self.inner.engine.readers).await?;
        let Some((id, name, epoch, contents, outline, stored)) = row else { return Ok(None) };
        let (Ok(name), Ok(epoch)) = (<[u8; 16]>::try_from(name), <[u8; 16]>::try_from(epoch)) else {
            return Ok(self.forged(id));
        };
        if !mac::same(&stored, &code(self, mailbox, (&name, &epoch, &contents, &outline))) {
            return Ok(self.forged(id));
        }
        let key = match self.written_or_opened(mailbox, &epoch, ended).await {
            Ok(key) => key,
            Err(StoreError::Tampered(_)) => return Ok(None),
            Err(other) => return Err(other),
        };
        let opened = open(&key, &named(self, mailbox, &name, OUTLINE), &outline);
        let outline = opened.and_then(|bytes| Outline::parse(&bytes));
        let contents: Vec<ContentId> =
            contents.chunks_exact(16).filter_map(|id| id.try_into().ok().map(ContentId)).collect();
        let outline = outline.filter(|outline| outline.flags.len() == contents.len());
        Ok(outline.map(|outline| Header { id, name, key, contents, outline }).or_else(|| self.forged(id)))
    }

    /// The sealed blocks of some numbers, those that are there.
    pub(super) async fn sealed_blocks(&self, wanted: &[(i64, usize)]) -> Result<Vec<(i64, Vec<u8>)>> {
        let number = |(id, number): &(i64, usize)| Some(id * BLOCKS_MAX + i64::try_from(*number).ok()?);
        let ids = crate::region::json(wanted.iter().filter_map(number));
        let select = "SELECT id, sealed FROM segment_block WHERE id IN (SELECT value FROM json_each(?1))";
        db::query_as(select).bind(ids).fetch_all(&self.inner.engine.readers).await
    }

    /// Opens a block of a segment.
    pub(super) fn open_block(
        &self,
        mailbox: MailboxId,
        header: &Header,
        number: usize,
        sealed: &[u8],
    ) -> Option<Block> {
        let number = i64::try_from(number).ok()?;
        let opened = open(&header.key, &named(self, mailbox, &header.name, number), sealed);
        opened.and_then(|bytes| Block::parse(&bytes)).or_else(|| self.forged(header.id))
    }

    fn forged<T>(&self, id: i64) -> Option<T> {
        self.found_tampered(&format!("segment {id} of the index"));
        None
    }
}

/// Which block of which segment a row is.
pub(super) fn place_of(row: i64) -> (i64, usize) {
    (row / BLOCKS_MAX, usize::try_from(row % BLOCKS_MAX).unwrap_or_default())
}

/// Drops segments of which the mailbox holds no message any more.
pub(in crate::region) async fn sweep(db: &mut Conn, mailbox: MailboxId) -> Result<()> {
    let select = "SELECT id, contents FROM segment WHERE mailbox = ?1";
    let rows: Vec<(i64, Vec<u8>)> = db::query_as(select).bind(mailbox.0).fetch_all(&mut *db).await?;
    for (id, contents) in rows {
        let mut is_needed = false;
        // The newest stay longest: the first look mostly settles it.
        for content in contents.chunks_exact(16).rev() {
            let select = "SELECT 1 FROM content_key WHERE content = ?1 AND mailbox = ?2";
            let held: Option<i64> =
                db::query_scalar(select).bind(content).bind(mailbox.0).fetch_optional(&mut *db).await?;
            is_needed = held.is_some();
            if is_needed {
                break;
            }
        }
        if !is_needed {
            delete(db, id).await?;
        }
    }
    Ok(())
}
