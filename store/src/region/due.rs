//! Whose turn it is in the outgoing queue, and who is at it.
//!
//! ```text
//!   due ─> a page, nothing written ─> take_due ─> leased for 5 minutes ─> renew_due ... ─> settle
//!                                        └ somebody else's by now: left out    └ lost: left out
//! ```
//!
//! Addresses are sealed, so that only the caller knows which of those on a page it has a session for. It leases
//! those, when the session begins, and nothing else.

use mail::Timestamp;

use super::queue::{COLUMNS, Row};
use super::{Due, DuePage, DuePlace};
use crate::db;
use crate::{RecipientId, RegionStore, Result};

/// How long a runner keeps silent before somebody else tries.
const LEASE_MS: i64 = 5 * 60 * 1000;

/// Nobody tries it now.
const ALONE: &str = "r.leased_until <= ?1";
/// Nobody who lives tries it now: what a dead node had is free at once.
const SHARED: &str = "(r.leased_until <= ?1 OR NOT EXISTS (SELECT 1 FROM node n WHERE n.incarnation = r.holder
    AND n.alive_until > (extract(epoch FROM clock_timestamp()) * 1000)::bigint))";

impl RegionStore {
    /// Recipients whose turn has come and that nobody is at, oldest first, from the first `limit` rows behind
    /// `after`.
    ///
    /// # Errors
    /// Those of a read. A row that does not verify is a finding, is held, and is left out.
    pub async fn due(&self, now: Timestamp, after: Option<DuePlace>, limit: u32) -> Result<DuePage> {
        self.hear(now);
        let place = after.unwrap_or(DuePlace { at: Timestamp::from_ms(-1), recipient: RecipientId(-1) });
        let select = format!(
            "{COLUMNS} WHERE r.held = 0 AND r.next_at <= ?1 AND {}
             AND (r.next_at > ?2 OR (r.next_at = ?2 AND r.id > ?3)) ORDER BY r.next_at, r.id LIMIT ?4",
            self.free()
        );
        let select = db::query_as(db::Made(select)).bind(now.as_ms()).bind(place.at.as_ms()).bind(place.recipient.0);
        let rows: Vec<Row> = select.bind(limit).fetch_all(&self.inner.engine.readers).await?;
        let is_full = rows.len() >= limit as usize;
        let last = rows.last().map(|row| DuePlace { at: Timestamp::from_ms(row.8), recipient: RecipientId(row.0) });
        Ok(DuePage { due: self.opened_all(rows).await, next: last.filter(|_| is_full) })
    }

    /// Leases those of `recipients` that are still due and that nobody else is at, and answers them. A lease that is
    /// neither renewed nor settled runs out after five minutes.
    ///
    /// # Errors
    /// Those of a write.
    pub async fn take_due(&self, recipients: Vec<RecipientId>, now: Timestamp) -> Result<Vec<RecipientId>> {
        let skip = if self.inner.seat.fence() > 0 { "FOR UPDATE OF r SKIP LOCKED" } else { "" };
        let select = format!(
            "SELECT r.id FROM outgoing_recipient r WHERE r.id IN (SELECT value FROM json_each(?2))
             AND r.held = 0 AND r.next_at <= ?1 AND {} {skip}",
            self.free()
        );
        let lease = "UPDATE outgoing_recipient SET leased_until = ?2, holder = ?3
                     WHERE id IN (SELECT value FROM json_each(?1))";
        let (until, holder) = (now.plus_ms(LEASE_MS).as_ms(), self.inner.seat.fence());
        let wanted = super::json(recipients.iter().map(|recipient| recipient.0));
        let taken: Vec<i64> = self
            .write(move |db| {
                Box::pin(async move {
                    let select = db::query_scalar(db::Made(select)).bind(now.as_ms()).bind(wanted);
                    let taken: Vec<i64> = select.fetch_all(&mut *db).await?;
                    let leased = super::json(taken.iter().copied());
                    db::query(lease).bind(leased).bind(until).bind(holder).execute(db).await?;
                    Ok(taken)
                })
            })
            .await?;
        Ok(taken.into_iter().map(RecipientId).collect())
    }

    /// Makes the leases of `recipients` last five minutes from `now`, and answers those that are still the caller's.
    ///
    /// # Errors
    /// Those of a write.
    pub async fn renew_due(&self, recipients: Vec<RecipientId>, now: Timestamp) -> Result<Vec<RecipientId>> {
        // What has been settled meanwhile is nobody's.
        let renew = "UPDATE outgoing_recipient SET leased_until = ?2
                     WHERE id IN (SELECT value FROM json_each(?1)) AND holder = ?3 AND leased_until > 0 RETURNING id";
        let (until, holder) = (now.plus_ms(LEASE_MS).as_ms(), self.inner.seat.fence());
        let wanted = super::json(recipients.iter().map(|recipient| recipient.0));
        let kept: Vec<i64> = self
            .write(move |db| {
                let renewed = db::query_scalar(renew).bind(wanted).bind(until).bind(holder);
                Box::pin(async move { renewed.fetch_all(db).await })
            })
            .await?;
        Ok(kept.into_iter().map(RecipientId).collect())
    }

    fn free(&self) -> &'static str {
        if self.inner.seat.fence() > 0 { SHARED } else { ALONE }
    }

    async fn opened_all(&self, rows: Vec<Row>) -> Vec<Due> {
        let mut due = Vec::with_capacity(rows.len());
        for row in rows {
            let recipient = RecipientId(row.0);
            match self.opened_due(row) {
                Ok(opened) => due.push(opened),
                Err(error) => {
                    self.found_tampered(&error.to_string());
                    self.hold_tampered(recipient).await;
                }
            }
        }
        due
    }

    /// One row that cannot even be held does not keep the others from going out.
    async fn hold_tampered(&self, recipient: RecipientId) {
        let hold = "UPDATE outgoing_recipient SET held = 1 WHERE id = ?1";
        let held = self.write(move |db| {
            Box::pin(async move {
                db::query(hold).bind(recipient.0).execute(db).await?;
                Ok(())
            })
        });
        if let Err(error) = held.await {
            tracing::error!(%recipient, %error, "a forged row of the queue cannot be held");
        }
    }
}
