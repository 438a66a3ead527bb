//! One folder: what came, and what became of what was there.

use imap::client::{Selected, Status};
use store::region::{Cursor, SourceFolder, SourceUid};

use super::{Session, Visit};
use crate::Result;

/// Seconds of a day.
const DAY_S: i64 = 86_400;

/// A folder that was entered.
pub(super) struct Entered<'a> {
    pub(super) path: &'a str,
    /// Whether the server told what changed and vanished.
    pub(super) told: bool,
    pub(super) selected: Selected,
}

impl Entered<'_> {
    pub(super) fn uidvalidity(&self) -> u32 {
        self.selected.status.uidvalidity
    }
}

impl Visit<'_> {
    /// Reads a folder; `cursor` is how far it was read. Answers how it stood.
    pub(super) async fn folder(
        &mut self,
        session: &mut Session,
        mut entered: Entered<'_>,
        cursor: Option<&SourceFolder>,
    ) -> Result<Status> {
        let status = entered.selected.status;
        let held = self.region.source_uids(self.mailbox.id, entered.path).await?;
        let new = match cursor {
            None => self.in_window(session, &held).await?,
            Some(cursor) => self.since(session, (cursor.uidnext, status.uidnext), &held).await?,
        };
        let copied = self.copy(session, &entered, &new).await?;
        if !held.is_empty() {
            self.changes(session, &mut entered, &held).await?;
        }
        let beyond = new.last().copied().max(copied).map_or(0, |uid| uid.saturating_add(1));
        let uidnext = status.uidnext.max(beyond).max(1);
        let end = Cursor { path: entered.path.to_owned(), uidnext, highest_modseq: status.highest_modseq };
        let moved = cursor.is_none_or(|old| (old.uidnext, old.highest_modseq) != (uidnext, status.highest_modseq));
        if moved {
            self.go_on()?;
            self.region.record(self.mailbox.id, Vec::new(), Some(end)).await?;
        }
        Ok(status)
    }

    /// UIDs of a first copy: those received within the window, by what the primary says. Rising.
    async fn in_window(&mut self, session: &mut Session, held: &[SourceUid]) -> Result<Vec<u32>> {
        let from = self.now().plus_s(-i64::from(self.settings.window_days) * DAY_S).imap_date_time();
        let day = from.trim_start().split(' ').next().unwrap_or_default().to_owned();
        let found = session.client.search(&format!("SINCE {day}")).await.map_err(|error| self.refine(error))?;
        Ok(without(found, held))
    }

    /// UIDs that came since, whatever date they claim. Rising.
    async fn since(&mut self, session: &mut Session, (from, to): (u32, u32), held: &[SourceUid]) -> Result<Vec<u32>> {
        // A server need not say UIDNEXT when a folder is entered.
        if to != 0 && to <= from {
            return Ok(Vec::new());
        }
        let found = session.client.search(&format!("UID {from}:*")).await.map_err(|error| self.refine(error))?;
        // RFC 9051 §9 seq-range: `*` is the last message even when it lies below.
        Ok(without(found.into_iter().filter(|uid| *uid >= from).collect(), held))
    }
}

fn without(found: Vec<u32>, held: &[SourceUid]) -> Vec<u32> {
    found.into_iter().filter(|uid| held.binary_search_by_key(uid, |held| held.uid).is_err()).collect()
}
