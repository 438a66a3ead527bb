//! Clean points: the newest one that names a mailbox, or all of them, is in force.

use std::collections::HashMap;

use crate::db::{self, Conn};
use mail::Timestamp;

use super::CleanPoint;
use crate::mac;
use crate::{MailboxId, RegionStore, Result, StoreError};

/// Names all mailboxes.
const ALL: i64 = 0;

type Row = (i64, i64, Option<i64>, i64, Vec<u8>);

/// All clean points that verify.
#[derive(Default)]
pub(super) struct CleanPoints {
    by_mailbox: HashMap<i64, (i64, CleanPoint)>,
}

impl CleanPoints {
    /// The row and the clean point in force for a mailbox.
    pub(super) fn in_force(&self, mailbox: MailboxId) -> Option<(i64, CleanPoint)> {
        let own = self.by_mailbox.get(&mailbox.0);
        let all = self.by_mailbox.get(&ALL);
        own.into_iter().chain(all).max_by_key(|(row, _)| *row).copied()
    }

    /// The row and the clean point that names all mailboxes.
    pub(super) fn for_all(&self) -> Option<(i64, CleanPoint)> {
        self.by_mailbox.get(&ALL).copied()
    }

    /// The mailboxes that one names by themselves.
    pub(super) fn own(&self) -> impl Iterator<Item = i64> {
        self.by_mailbox.keys().copied().filter(|mailbox| *mailbox != ALL)
    }
}

impl RegionStore {
    /// Sets the clean point of some mailboxes or of all (`None`). Their views are laid out anew when next
    /// opened. Always in force from the next call on, also for mailboxes provisioned later.
    ///
    /// # Errors
    /// Those of a write.
    pub async fn set_clean_point(&self, scope: Option<&[MailboxId]>, point: CleanPoint, now: Timestamp) -> Result<()> {
        self.hear(now);
        let scope: Vec<i64> = scope.map_or_else(|| vec![ALL], |scope| scope.iter().map(|mailbox| mailbox.0).collect());
        let store = self.clone();
        self.write(move |db| {
            Box::pin(async move {
                for mailbox in scope {
                    store.insert_clean_point(db, mailbox, point, now).await?;
                }
                Ok(())
            })
        })
        .await?;
        self.inner.views.forget();
        Ok(())
    }

    async fn insert_clean_point(&self, db: &mut Conn, mailbox: i64, point: CleanPoint, now: Timestamp) -> Result<()> {
        let moment = match point {
            CleanPoint::At(moment) => Some(moment.as_ms()),
            CleanPoint::Unknown => None,
        };
        db::query("INSERT INTO clean_point (mailbox, moment, set_at, mac) VALUES (?1, ?2, ?3, ?4)")
            .bind(mailbox)
            .bind(moment)
            .bind(now.as_ms())
            .bind(&self.clean_point_code(mailbox, moment, now.as_ms())[..])
            .execute(db)
            .await?;
        Ok(())
    }

    fn clean_point_code(&self, mailbox: i64, moment: Option<i64>, set_at: i64) -> [u8; 32] {
        let fields = [self.name().as_str().into(), mailbox.into(), moment.into(), set_at.into()];
        mac::code(&self.inner.keys.integrity, "clean point", &fields)
    }

    /// All that verify. One that does not is a finding, and the one before it stays in force.
    pub(super) async fn clean_points(&self) -> Result<CleanPoints> {
        let select = "SELECT id, mailbox, moment, set_at, mac FROM clean_point ORDER BY id";
        let rows: Vec<Row> = db::query_as(select).fetch_all(&self.inner.engine.readers).await?;
        Ok(self.verified(rows))
    }

    /// The one in force for a mailbox, within a job.
    pub(super) async fn clean_point_in(&self, db: &mut Conn, mailbox: MailboxId) -> Result<(i64, CleanPoint)> {
        let select = "SELECT id, mailbox, moment, set_at, mac FROM clean_point WHERE mailbox IN (0, ?1) ORDER BY id";
        let rows: Vec<Row> = db::query_as(select).bind(mailbox.0).fetch_all(db).await?;
        self.verified(rows).in_force(mailbox).ok_or(StoreError::NoView(mailbox))
    }

    fn verified(&self, rows: Vec<Row>) -> CleanPoints {
        let mut points = CleanPoints::default();
        for (id, mailbox, moment, set_at, code) in rows {
            if !mac::same(&code, &self.clean_point_code(mailbox, moment, set_at)) {
                self.found_tampered("a clean point");
                continue;
            }
            let point = moment.map_or(CleanPoint::Unknown, |ms| CleanPoint::At(Timestamp::from_ms(ms)));
            points.by_mailbox.insert(mailbox, (id, point));
        }
        points
    }
}
