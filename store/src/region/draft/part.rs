//! What hangs on a draft: each sealed under a key of its own, beside the text that is saved all the time.

use crate::db::{self, Conn};
use mail::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize as _, Zeroizing};

use super::{DraftPart, no_draft};
use crate::mac::{self, same};
use crate::region::epoch::EpochRow;
use crate::region::{blob, content_id};
use crate::seal::{Key, fresh_key, open, seal};
use crate::{ContentId, DraftId, MailboxId, RegionStore, Result, StoreError};

/// The form of a head: its first octet.
const FORM: u8 = 1;
/// The most that hangs on one draft.
const PARTS_MAX: i64 = 200;
/// The longest file name, in characters.
const NAME_CHARS: usize = 200;

/// What is sealed beside the octets.
#[derive(Serialize, Deserialize)]
struct Head {
    name: String,
    media_type: String,
    key: [u8; 32],
}

struct Row {
    id: Vec<u8>,
    place: i64,
    size: i64,
    head: Vec<u8>,
    mac: Vec<u8>,
}

crate::db::record!(Row { id, place, size, head, mac });

/// A part whose seals are made.
struct Prepared {
    epoch: EpochRow,
    draft: DraftId,
    id: ContentId,
    size: i64,
    head: Vec<u8>,
    body: Option<Vec<u8>>,
}

impl RegionStore {
    /// Hangs octets on a draft: on disk when this returns. `most_bytes` is for all that hangs on it.
    ///
    /// # Errors
    /// [`StoreError::NoSuch`] for a draft that is not being written; [`StoreError::Refused`] for more than fits; those of
    /// a write.
    #[expect(clippy::too_many_arguments, reason = "whose, which, what, how much and when")]
    pub async fn attach(
        &self,
        mailbox: MailboxId,
        draft: DraftId,
        (name, media_type): (&str, &str),
        bytes: Vec<u8>,
        most_bytes: u64,
        now: Timestamp,
    ) -> Result<DraftPart> {
        let id = self.new_content_id();
        let sealer = self.sealer(mailbox, now).await?;
        let (key, size) = (fresh_key(), bytes.len());
        let name: String = name.chars().take(NAME_CHARS).collect();
        let mut head = Head { name: name.clone(), media_type: media_type.to_owned(), key: *key };
        let coded = postcard::to_extend(&head, vec![FORM]).map(Zeroizing::new);
        head.key.zeroize();
        let coded = coded.map_err(|error| StoreError::Refused(format!("a file's name cannot be stored: {error}")))?;
        let head = sealer.of_mailbox("draft head", (&id.0).into(), &coded);
        let body = self.seal_part(id, key, bytes).await?;
        let size_stored = i64::try_from(size).unwrap_or(i64::MAX);
        let mut prepared = Prepared { epoch: sealer.row(), draft, id, size: size_stored, head, body: Some(body) };
        let large = prepared.body.take_if(|body| body.len() > blob::THRESHOLD);
        let is_blob = large.is_some();
        if let Some(large) = large {
            self.write_body(id, large).await?;
        }
        let store = self.clone();
        let done =
            self.write(move |db| Box::pin(async move { prepared.write(db, &store, (mailbox, most_bytes)).await }));
        if let Err(error) = done.await {
            if is_blob {
                self.remove_bodies(vec![id]).await;
            }
            return Err(error);
        }
        self.epoch_written(&sealer.row());
        Ok(DraftPart { id, name, media_type: media_type.to_owned(), size_bytes: size as u64 })
    }

    async fn seal_part(&self, id: ContentId, key: Key, bytes: Vec<u8>) -> Result<Vec<u8>> {
        let named = self.part_named(id);
        // Some hundred milliseconds for the largest.
        let work = move || seal(&key, &named, &bytes);
        tokio::task::spawn_blocking(work).await.map_err(|_| StoreError::Closed)
    }

    fn part_named(&self, id: ContentId) -> Vec<u8> {
        mac::encode("draft part", &[self.name().as_str().into(), (&id.0).into()])
    }

    fn part_code(&self, draft: DraftId, row: (&[u8], i64, i64, &[u8])) -> [u8; 16] {
        let (id, place, size, head) = row;
        let fields = [self.name().as_str().into(), id.into(), draft.0.into(), place.into(), size.into(), head.into()];
        mac::short(&self.inner.keys.integrity, "draft part", &fields)
    }

    /// What hangs on a draft, in the order it was hung there.
    ///
    /// # Errors
    /// [`StoreError::Sealed`], [`StoreError::Tampered`]; those of a read.
    pub async fn draft_parts(&self, mailbox: MailboxId, draft: DraftId) -> Result<Vec<DraftPart>> {
        let rows = self.part_rows(mailbox, draft).await?;
        let mut parts = Vec::with_capacity(rows.len());
        for row in rows {
            let (part, _) = self.opened_part(mailbox, draft, &row).await?;
            parts.push(part);
        }
        Ok(parts)
    }

    /// The octets of one part.
    ///
    /// # Errors
    /// [`StoreError::NoSuch`], [`StoreError::Sealed`], [`StoreError::Tampered`]; those of a read.
    pub async fn draft_part(&self, mailbox: MailboxId, draft: DraftId, id: ContentId) -> Result<(DraftPart, Vec<u8>)> {
        let rows = self.part_rows(mailbox, draft).await?;
        let row = rows.iter().find(|row| row.id == id.0).ok_or_else(no_part)?;
        let (part, key) = self.opened_part(mailbox, draft, row).await?;
        let select = "SELECT body FROM draft_part WHERE id = ?1";
        let body: Option<Vec<u8>> =
            db::query_scalar(select).bind(&id.0[..]).fetch_one(&self.inner.engine.readers).await?;
        let body = match body {
            Some(body) => Some(body),
            None => self.inner.blobs.read(id).await?,
        };
        let named = self.part_named(id);
        let work = move || body.and_then(|body| open(&key, &named, &body));
        let bytes = tokio::task::spawn_blocking(work).await.map_err(|_| StoreError::Closed)?;
        Ok((part, bytes.ok_or_else(|| self.tampered_draft(draft))?))
    }

    /// Takes one part off a draft that is being written.
    ///
    /// # Errors
    /// [`StoreError::NoSuch`]; those of a write.
    pub async fn detach(&self, mailbox: MailboxId, draft: DraftId, id: ContentId) -> Result<()> {
        let delete = "DELETE FROM draft_part WHERE id = ?1 AND draft =
                      (SELECT id FROM draft WHERE id = ?2 AND mailbox = ?3 AND state = 0)";
        let found = self
            .write(move |db| {
                Box::pin(async move {
                    let delete = db::query(delete).bind(&id.0[..]).bind(draft.0).bind(mailbox.0);
                    Ok(delete.execute(db).await?.rows_affected())
                })
            })
            .await?;
        if found == 0 {
            return Err(no_part());
        }
        self.remove_bodies(vec![id]).await;
        Ok(())
    }

    async fn part_rows(&self, mailbox: MailboxId, draft: DraftId) -> Result<Vec<Row>> {
        let select = "SELECT p.id, p.place, p.size, p.head, p.mac FROM draft_part p JOIN draft d ON d.id = p.draft
                      WHERE p.draft = ?1 AND d.mailbox = ?2 ORDER BY p.place";
        let rows = db::query_as(select).bind(draft.0).bind(mailbox.0);
        rows.fetch_all(&self.inner.engine.readers).await
    }

    async fn opened_part(&self, mailbox: MailboxId, draft: DraftId, row: &Row) -> Result<(DraftPart, Key)> {
        if !same(&row.mac, &self.part_code(draft, (&row.id, row.place, row.size, &row.head))) {
            return Err(self.tampered_draft(draft));
        }
        let id = content_id(&row.id)?;
        let coded = Zeroizing::new(self.open_of_mailbox(mailbox, "draft head", (&id.0).into(), &row.head).await?);
        let head: Option<Head> = match coded.split_first() {
            Some((&FORM, rest)) => postcard::from_bytes(rest).ok(),
            _ => None,
        };
        let head = head.ok_or_else(|| StoreError::Corrupt(format!("a part of draft {draft} is of no known form")))?;
        let size_bytes = u64::try_from(row.size).unwrap_or_default();
        Ok((DraftPart { id, name: head.name, media_type: head.media_type, size_bytes }, Zeroizing::new(head.key)))
    }
}

impl Prepared {
    async fn write(self, db: &mut Conn, store: &RegionStore, (mailbox, most_bytes): (MailboxId, u64)) -> Result<()> {
        let select = "SELECT count(p.id), coalesce(sum(p.size), 0), coalesce(max(p.place), 0), count(DISTINCT d.id)
                      FROM draft d LEFT JOIN draft_part p ON p.draft = d.id
                      WHERE d.id = ?1 AND d.mailbox = ?2 AND d.state = 0";
        let (parts, bytes, last, found): (i64, i64, i64, i64) =
            db::query_as(select).bind(self.draft.0).bind(mailbox.0).fetch_one(&mut *db).await?;
        if found == 0 {
            return Err(no_draft());
        }
        if parts >= PARTS_MAX || u64::try_from(bytes.saturating_add(self.size)).unwrap_or(u64::MAX) > most_bytes {
            return Err(StoreError::Refused("more than fits on a draft".to_owned()));
        }
        self.epoch.write(db).await?;
        let code = store.part_code(self.draft, (&self.id.0, last + 1, self.size, &self.head));
        let insert =
            "INSERT INTO draft_part (id, draft, place, size, head, body, mac) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let insert = db::query(insert).bind(&self.id.0[..]).bind(self.draft.0).bind(last + 1).bind(self.size);
        insert.bind(&self.head).bind(self.body.as_deref()).bind(&code[..]).execute(db).await?;
        Ok(())
    }
}

fn no_part() -> StoreError {
    StoreError::NoSuch("part of a draft".to_owned())
}
