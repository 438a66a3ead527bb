//! The outgoing queue: whose turn it is, and what came of it.
//!
//! Everything in a row that names a person is boxed under the transit key. Content goes when the last
//! recipient is settled, unless a mailbox holds it too.

use crate::db::{self, Conn};
use mail::{Address, Notify, ReversePath, Timestamp, Waiting};
use serde::{Deserialize, Serialize};

use super::content::SealedContent;
use super::said::Said;
use super::{Due, Outcome, Queued, RelayTo};
use crate::mac;
use crate::seal::{INFO_OUTGOING, open, seal, seal_key};
use crate::{ContentId, OutgoingId, RecipientId, RegionStore, Result, StoreError};

/// Reverse path, ENVID, 8BITMIME, SMTPUTF8.
pub(super) type Sender = (ReversePath, Option<String>, bool, bool);

/// An outgoing message whose seals are made.
pub(super) struct SealedOutgoing {
    content: ContentId,
    envelope: Vec<u8>,
    transit: Vec<u8>,
    unlock: Vec<u8>,
    size: i64,
    recipients: Vec<Vec<u8>>,
}

#[derive(Serialize, Deserialize)]
struct Envelope {
    reverse_path: Option<Address>,
    envelope_id: Option<String>,
    body_8bit: bool,
    smtputf8: bool,
}

#[derive(Serialize, Deserialize)]
struct Recipient {
    address: Address,
    notify: Notify,
    original: Option<String>,
}

/// id, outgoing, content, envelope, recipient, attempts, queued_at, size, next_at, held, reply
pub(super) type Row = (i64, i64, Vec<u8>, Vec<u8>, Vec<u8>, i64, i64, i64, i64, bool, Option<Vec<u8>>);

pub(super) const COLUMNS: &str =
    "SELECT r.id, r.outgoing, o.content, o.envelope, r.recipient, r.attempts, o.queued_at, o.size,
                       r.next_at, r.held, r.reply
                       FROM outgoing_recipient r JOIN outgoing o ON o.id = r.outgoing";

impl SealedOutgoing {
    pub(super) async fn write(&self, db: &mut Conn, at: Timestamp) -> Result<()> {
        let insert = "INSERT INTO outgoing (content, envelope, transit, unlock, size, queued_at)
                      VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING id";
        let outgoing: i64 = db::query_scalar(insert)
            .bind(&self.content.0[..])
            .bind(&self.envelope)
            .bind(&self.transit)
            .bind(&self.unlock)
            .bind(self.size)
            .bind(at.as_ms())
            .fetch_one(&mut *db)
            .await?;
        for recipient in &self.recipients {
            db::query("INSERT INTO outgoing_recipient (outgoing, recipient, next_at) VALUES (?1, ?2, ?3)")
                .bind(outgoing)
                .bind(recipient)
                .bind(at.as_ms())
                .execute(&mut *db)
                .await?;
        }
        Ok(())
    }
}

impl RegionStore {
    /// Seals what the queue needs of a message; nothing when nobody elsewhere gets it.
    pub(super) fn seal_outgoing(
        &self,
        content: &SealedContent,
        (reverse_path, envelope_id, body_8bit, smtputf8): Sender,
        relay: Vec<RelayTo>,
    ) -> Result<Option<SealedOutgoing>> {
        if relay.is_empty() {
            return Ok(None);
        }
        let id = content.id;
        let reverse_path = reverse_path.address().cloned();
        let envelope = Envelope { reverse_path, envelope_id, body_8bit, smtputf8 };
        let recipients = relay.into_iter().map(|to| {
            let recipient = Recipient { address: to.recipient, notify: to.notify, original: to.original };
            Ok(self.transit_box("recipient", id, &encoded(&recipient)?))
        });
        let named = self.transit_named("unlock", id);
        Ok(Some(SealedOutgoing {
            content: id,
            envelope: self.transit_box("envelope", id, &encoded(&envelope)?),
            transit: self.transit_box("transit", id, &*content.key),
            unlock: seal_key(&self.inner.unlock_public, INFO_OUTGOING, &named, &*content.key)?,
            size: content.size,
            recipients: recipients.collect::<Result<_>>()?,
        }))
    }

    pub(super) fn transit_named(&self, kind: &str, content: ContentId) -> Vec<u8> {
        mac::encode(kind, &[self.name().as_str().into(), (&content.0).into()])
    }

    fn transit_box(&self, kind: &str, content: ContentId, bytes: &[u8]) -> Vec<u8> {
        seal(&self.inner.keys.transit, &self.transit_named(kind, content), bytes)
    }

    pub(super) fn transit_open(&self, kind: &str, content: ContentId, sealed: &[u8]) -> Result<Vec<u8>> {
        open(&self.inner.keys.transit, &self.transit_named(kind, content), sealed)
            .ok_or_else(|| StoreError::Tampered(format!("the {kind} of waiting mail {content}")))
    }

    pub(super) fn opened_due(&self, row: Row) -> Result<Due> {
        let (id, outgoing, content, envelope, recipient, attempts, queued_at, size, _, _, reply) = row;
        let content = super::content_id(&content)?;
        let envelope: Envelope = decoded(&self.transit_open("envelope", content, &envelope)?)?;
        let failed = match self.said(content, reply)? {
            Some(Said::Failed(failed)) => Some(failed),
            _ => None,
        };
        let recipient: Recipient = decoded(&self.transit_open("recipient", content, &recipient)?)?;
        Ok(Due {
            outgoing: OutgoingId(outgoing),
            recipient: RecipientId(id),
            content,
            waiting: Waiting {
                reverse_path: envelope.reverse_path.map_or(ReversePath::Null, ReversePath::Address),
                address: recipient.address,
                notify: recipient.notify,
                original: recipient.original,
                envelope_id: envelope.envelope_id,
                smtputf8: envelope.smtputf8,
                attempts: u32::try_from(attempts).unwrap_or(u32::MAX),
                queued_at: Timestamp::from_ms(queued_at),
                failed,
            },
            body_8bit: envelope.body_8bit,
            size_bytes: u64::try_from(size).unwrap_or_default(),
        })
    }

    /// A waiting message.
    ///
    /// # Errors
    /// [`StoreError::NoSuch`] when it has left, [`StoreError::Tampered`].
    pub async fn outgoing_raw(&self, outgoing: OutgoingId) -> Result<Vec<u8>> {
        let row: Option<(Vec<u8>, Vec<u8>)> = db::query_as("SELECT content, transit FROM outgoing WHERE id = ?1")
            .bind(outgoing.0)
            .fetch_optional(&self.inner.engine.readers)
            .await?;
        let (content, wrapped) = row.ok_or_else(|| StoreError::NoSuch(format!("message {outgoing} in the queue")))?;
        let content = super::content_id(&content)?;
        let key = zeroize::Zeroizing::new(self.transit_open("transit", content, &wrapped)?);
        let key = <[u8; 32]>::try_from(key.as_slice()).map(zeroize::Zeroizing::new);
        let key = key.map_err(|_| StoreError::Tampered(format!("the key of waiting mail {content}")))?;
        self.open_raw(content, key).await
    }

    /// Writes down what came of an attempt. Settling twice changes nothing.
    ///
    /// # Errors
    /// Those of a write.
    pub async fn settle(&self, recipient: RecipientId, outcome: Outcome) -> Result<()> {
        let store = self.clone();
        let left = self.write(move |db| Box::pin(async move { store.settle_in(db, recipient, outcome).await })).await?;
        self.remove_bodies(left.into_iter().collect()).await;
        Ok(())
    }

    /// Answers the content that nobody needs any more, if that is so.
    async fn settle_in(&self, db: &mut Conn, recipient: RecipientId, outcome: Outcome) -> Result<Option<ContentId>> {
        let select = "SELECT r.outgoing, o.content FROM outgoing_recipient r JOIN outgoing o ON o.id = r.outgoing
                      WHERE r.id = ?1 AND r.holder = ?2";
        let select = db::query_as(select).bind(recipient.0).bind(self.inner.seat.fence());
        let row: Option<(i64, Vec<u8>)> = select.fetch_optional(&mut *db).await?;
        // It is settled, or another node took it over while we slept: that one says what came of it.
        let Some((outgoing, content)) = row else { return Ok(None) };
        let content = super::content_id(&content)?;
        match outcome {
            Outcome::Delivered { .. } | Outcome::Failed { .. } => {
                remove_recipient(db, recipient, OutgoingId(outgoing), content).await
            }
            Outcome::Held => {
                let hold = "UPDATE outgoing_recipient SET held = 1, leased_until = 0 WHERE id = ?1";
                db::query(hold).bind(recipient.0).execute(db).await?;
                Ok(None)
            }
            Outcome::Retry { at, reply } => self.put_off(db, recipient, content, (at, Said::last(&reply))).await,
            Outcome::Untold { at, failed } => self.put_off(db, recipient, content, (at, Said::failed(&failed))).await,
        }
    }

    async fn put_off(
        &self,
        db: &mut Conn,
        recipient: RecipientId,
        content: ContentId,
        (at, said): (Timestamp, String),
    ) -> Result<Option<ContentId>> {
        let update = "UPDATE outgoing_recipient SET attempts = attempts + 1, next_at = ?2, leased_until = 0, reply = ?3
                      WHERE id = ?1";
        let said = self.transit_box("reply", content, said.as_bytes());
        db::query(update).bind(recipient.0).bind(at.as_ms()).bind(said).execute(db).await?;
        Ok(None)
    }

    fn said(&self, content: ContentId, reply: Option<Vec<u8>>) -> Result<Option<Said>> {
        let Some(sealed) = reply else { return Ok(None) };
        let said = self.transit_open("reply", content, &sealed)?;
        Ok(Some(Said::read(&String::from_utf8_lossy(&said))))
    }

    /// All that waits, oldest first.
    ///
    /// # Errors
    /// Those of a read; rows that do not verify are findings and left out.
    pub async fn queue_list(&self) -> Result<Vec<Queued>> {
        let select = format!("{COLUMNS} ORDER BY r.id");
        let rows: Vec<Row> = db::query_as(db::Made(select)).fetch_all(&self.inner.engine.readers).await?;
        let mut queued = Vec::with_capacity(rows.len());
        for row in rows {
            match self.opened_queued(row) {
                Ok(opened) => queued.push(opened),
                Err(error) => self.found_tampered(&error.to_string()),
            }
        }
        Ok(queued)
    }

    fn opened_queued(&self, row: Row) -> Result<Queued> {
        let (next_at, held, reply) = (Timestamp::from_ms(row.8), row.9, row.10.clone());
        let due = self.opened_due(row)?;
        let said = self.said(due.content, reply)?;
        Ok(Queued {
            outgoing: due.outgoing,
            recipient: due.recipient,
            address: due.waiting.address,
            reverse_path: due.waiting.reverse_path,
            attempts: due.waiting.attempts,
            queued_at: due.waiting.queued_at,
            next_at,
            held,
            last_reply: said.map(Said::shown),
            size_bytes: due.size_bytes,
        })
    }

    /// Tries a message again at once, held or not.
    ///
    /// # Errors
    /// [`StoreError::NoSuch`] when it has left.
    pub async fn queue_retry(&self, outgoing: OutgoingId) -> Result<()> {
        self.steer(outgoing, "UPDATE outgoing_recipient SET held = 0, next_at = 0 WHERE outgoing = ?1").await
    }

    /// Keeps a message until [`Self::queue_retry`].
    ///
    /// # Errors
    /// [`StoreError::NoSuch`] when it has left.
    pub async fn queue_hold(&self, outgoing: OutgoingId) -> Result<()> {
        self.steer(outgoing, "UPDATE outgoing_recipient SET held = 1 WHERE outgoing = ?1").await
    }

    async fn steer(&self, outgoing: OutgoingId, update: &'static str) -> Result<()> {
        let steered = self
            .write(move |db| {
                Box::pin(async move { Ok(db::query(update).bind(outgoing.0).execute(db).await?.rows_affected()) })
            })
            .await?;
        match steered {
            0 => Err(StoreError::NoSuch(format!("message {outgoing} in the queue"))),
            _ => Ok(()),
        }
    }
}

async fn remove_recipient(
    db: &mut Conn,
    recipient: RecipientId,
    outgoing: OutgoingId,
    content: ContentId,
) -> Result<Option<ContentId>> {
    db::query(
        "DELETE FROM outgoing_recipient WHERE id = ?1;
         DELETE FROM outgoing WHERE id = ?2 AND NOT EXISTS (SELECT 1 FROM outgoing_recipient WHERE outgoing = ?2)",
    )
    .bind(recipient.0)
    .bind(outgoing.0)
    .execute(&mut *db)
    .await?;
    let orphan = "DELETE FROM content WHERE id = ?1
                  AND NOT EXISTS (SELECT 1 FROM content_key WHERE content = ?1)
                  AND NOT EXISTS (SELECT 1 FROM outgoing WHERE content = ?1)";
    let gone = db::query(orphan).bind(&content.0[..]).execute(db).await?.rows_affected();
    Ok((gone > 0).then_some(content))
}

fn encoded<T: Serialize>(value: &T) -> Result<Vec<u8>> {
    postcard::to_stdvec(value).map_err(|error| StoreError::Refused(error.to_string()))
}

fn decoded<T: for<'a> Deserialize<'a>>(bytes: &[u8]) -> Result<T> {
    postcard::from_bytes(bytes).map_err(|error| StoreError::Tampered(error.to_string()))
}
