//! Contents: a message stored once, under a key of its own.

use crate::db::{self, Conn, Insert};
use mail::Timestamp;
use zeroize::Zeroizing;

use super::blob;
use crate::mac::{self, same};
use crate::seal::{Key, fresh_key, open, open_beside, seal, seal_beside};
use crate::{ContentId, MailboxId, RegionStore, Result, StoreError};

/// Above this much plain text, sealing and opening leave the runtime's threads alone.
const LARGE: usize = 256 * 1024;

/// Content id, wrapped key, code, sealed summary.
type SummaryRow = (Vec<u8>, Vec<u8>, Vec<u8>, Vec<u8>);

/// A stored code, and the box that it is of.
pub(super) type Coded<'a> = (&'a [u8], &'a [u8]);

/// A content's row without what it is found by: both boxes with their codes. A body that is a blob is still to be read.
pub(super) struct ContentRow {
    pub(super) summary_mac: Vec<u8>,
    pub(super) summary: Vec<u8>,
    pub(super) raw_mac: Vec<u8>,
    pub(super) raw: Option<Vec<u8>>,
}

crate::db::record!(ContentRow { summary_mac, summary, raw_mac, raw });

/// A content on its way into the database.
pub(super) struct SealedContent {
    pub(super) id: ContentId,
    pub(super) key: Key,
    pub(super) size: i64,
    created_at: Timestamp,
    summary: Vec<u8>,
    summary_mac: [u8; 16],
    /// `None`: it lies in a blob file already.
    raw: Option<Vec<u8>>,
    raw_mac: [u8; 16],
}

impl SealedContent {
    pub(super) async fn write(&self, db: &mut Conn) -> Result<()> {
        Self::write_many(db, &[self]).await
    }

    /// Writes rows in one call: each call is a trip to the engine's thread and back.
    pub(super) async fn write_many(db: &mut Conn, contents: &[&Self]) -> Result<()> {
        const HEAD: &str = "INSERT INTO content (id, size, created_at, raw_mac, summary_mac, summary, raw)";
        let put = contents.iter().fold(Insert::new(HEAD, 7, contents.len()), |put, content| {
            put.bind(&content.id.0[..])
                .bind(content.size)
                .bind(content.created_at.as_ms())
                .bind(&content.raw_mac[..])
                .bind(&content.summary_mac[..])
                .bind(&content.summary[..])
                .bind(content.raw.as_deref())
        });
        put.execute(db).await?;
        Ok(())
    }
}

impl RegionStore {
    /// Seals a message and, when it is large, brings it to the disk. The row is still to be written.
    pub(super) async fn seal_content(&self, id: ContentId, raw: Vec<u8>, at: Timestamp) -> Result<SealedContent> {
        let mut sealed = if raw.len() < LARGE {
            self.sealed_content(id, &raw, at)
        } else {
            let store = self.clone();
            let work = move || store.sealed_content(id, &raw, at);
            tokio::task::spawn_blocking(work).await.map_err(|_| StoreError::Closed)?
        };
        if let Some(large) = sealed.raw.take_if(|raw| raw.len() > blob::THRESHOLD) {
            self.write_body(id, large).await?;
        }
        Ok(sealed)
    }

    fn sealed_content(&self, id: ContentId, raw: &[u8], at: Timestamp) -> SealedContent {
        let key = fresh_key();
        // One that cannot be written is made anew from the message when it is asked for.
        let open_summary = mail::Summary::of(raw).encode().unwrap_or_default();
        let summary = seal(&key, &self.content_named("summary", id), &open_summary);
        let size = i64::try_from(raw.len()).unwrap_or(i64::MAX);
        let raw = seal_beside(&key, &self.content_named("raw", id), raw, &open_summary);
        SealedContent {
            id,
            size,
            created_at: at,
            summary_mac: self.content_code("summary", id, &summary),
            raw_mac: self.content_code("raw", id, &raw),
            summary,
            raw: Some(raw),
            key,
        }
    }

    /// What a content's seals are bound to.
    fn content_named(&self, kind: &str, id: ContentId) -> Vec<u8> {
        mac::encode(kind, &[self.name().as_str().into(), (&id.0).into()])
    }

    fn content_code(&self, kind: &str, id: ContentId, sealed: &[u8]) -> [u8; 16] {
        let fields = [self.name().as_str().into(), (&id.0).into(), sealed.into()];
        mac::short(&self.inner.keys.integrity, kind, &fields)
    }

    /// A message as it was stored.
    ///
    /// # Errors
    /// [`StoreError::Sealed`], [`StoreError::NoSuch`] when the mailbox does not hold it, [`StoreError::Tampered`].
    pub async fn raw(&self, mailbox: MailboxId, content: ContentId) -> Result<Vec<u8>> {
        if !self.is_unsealed(mailbox) {
            return Err(StoreError::Sealed(mailbox));
        }
        let wrapped: Option<Vec<u8>> =
            db::query_scalar("SELECT sealed FROM content_key WHERE content = ?1 AND mailbox = ?2")
                .bind(&content.0[..])
                .bind(mailbox.0)
                .fetch_optional(&self.inner.engine.readers)
                .await?;
        let wrapped = wrapped.ok_or_else(|| StoreError::NoSuch(format!("content {content}")))?;
        let key = self.open_content_key(mailbox, content, &wrapped).await?;
        self.open_raw(content, key).await
    }

    /// The summaries of these contents, as far as the mailbox holds them; in no particular order.
    ///
    /// # Errors
    /// [`StoreError::Sealed`], [`StoreError::Tampered`].
    pub async fn summaries(
        &self,
        mailbox: MailboxId,
        contents: &[ContentId],
    ) -> Result<Vec<(ContentId, mail::Summary)>> {
        if !self.is_unsealed(mailbox) {
            return Err(StoreError::Sealed(mailbox));
        }
        let mut summaries = Vec::with_capacity(contents.len());
        for part in contents.chunks(500) {
            for row in self.summary_rows(mailbox, part).await? {
                let (id, wrapped, code, sealed) = row;
                let id = super::content_id(&id)?;
                let key = self.open_content_key(mailbox, id, &wrapped).await?;
                let opened = self.opened("summary", id, &key, (&code, &sealed))?;
                let summary = match mail::Summary::decode(&opened) {
                    Ok(summary) => summary,
                    Err(_) => mail::Summary::of(&self.open_raw(id, key).await?),
                };
                summaries.push((id, summary));
            }
        }
        Ok(summaries)
    }

    async fn summary_rows(&self, mailbox: MailboxId, part: &[ContentId]) -> Result<Vec<SummaryRow>> {
        let ids: Vec<String> = part.iter().map(|id| format!("\"{id}\"")).collect();
        let select = "SELECT c.id, k.sealed, c.summary_mac, c.summary
                      FROM json_each(?2) asked
                      JOIN content_key k ON k.content = unhex(asked.value) AND k.mailbox = ?1
                      JOIN content c ON c.id = k.content";
        let rows = db::query_as(select).bind(mailbox.0).bind(format!("[{}]", ids.join(",")));
        rows.fetch_all(&self.inner.engine.readers).await
    }

    /// The body of a content whose key is known.
    pub(super) async fn open_raw(&self, content: ContentId, key: Key) -> Result<Vec<u8>> {
        let select = "SELECT summary_mac, summary, raw_mac, raw FROM content WHERE id = ?1";
        let row = db::query_as(select).bind(&content.0[..]).fetch_optional(&self.inner.engine.readers);
        let row: Option<ContentRow> = row.await?;
        let mut row = row.ok_or_else(|| StoreError::NoSuch(format!("content {content}")))?;
        self.read_body(content, &mut row).await?;
        if row.raw.as_ref().is_some_and(|sealed| sealed.len() < LARGE) {
            return self.opened_raw(content, &key, &row);
        }
        let store = self.clone();
        let work = move || store.opened_raw(content, &key, &row);
        tokio::task::spawn_blocking(work).await.map_err(|_| StoreError::Closed)?
    }

    /// Fetches a body that is a blob.
    pub(super) async fn read_body(&self, content: ContentId, row: &mut ContentRow) -> Result<()> {
        if row.raw.is_none() {
            row.raw = self.inner.blobs.read(content).await?;
        }
        Ok(())
    }

    /// A body whose row is at hand. The summary is opened on the way: the body does not say again what that says.
    pub(super) fn opened_raw(&self, id: ContentId, key: &Key, row: &ContentRow) -> Result<Vec<u8>> {
        let sealed = row.raw.as_ref().ok_or_else(|| self.missing_content(id))?;
        let summary = Zeroizing::new(self.opened("summary", id, key, (&row.summary_mac, &row.summary))?);
        let verified = same(&row.raw_mac, &self.content_code("raw", id, sealed));
        let opened = verified.then(|| open_beside(key, &self.content_named("raw", id), sealed, &summary)).flatten();
        opened.ok_or_else(|| self.tampered_content(id))
    }

    fn opened(&self, kind: &str, id: ContentId, key: &Key, (code, sealed): Coded<'_>) -> Result<Vec<u8>> {
        let verified = same(code, &self.content_code(kind, id, sealed));
        let opened = verified.then(|| open(key, &self.content_named(kind, id), sealed)).flatten();
        opened.ok_or_else(|| self.tampered_content(id))
    }

    /// Whether both boxes are as Relais wrote them; no key is needed for that.
    pub(super) fn is_as_written(&self, id: ContentId, row: &ContentRow) -> bool {
        let summary = same(&row.summary_mac, &self.content_code("summary", id, &row.summary));
        summary && row.raw.as_ref().is_some_and(|raw| same(&row.raw_mac, &self.content_code("raw", id, raw)))
    }

    fn tampered_content(&self, id: ContentId) -> StoreError {
        let what = format!("content {id}");
        self.found_tampered(&what);
        StoreError::Tampered(what)
    }
}
