//! Brings the tallies up to date at the end of each transaction.
//!
//! ```text
//!   begun   the region's tally, the highest event          jobs ...          ending   what came above it, what triggers noted
//!             └ another than the tally says: somebody else wrote                        └ one tally a mailbox, and the region's
//! ```

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::{Area, Codes, Stored, Total, put};
use crate::committer::{Warden, Work};
use crate::db::{self, Conn};
use crate::region::findings::{Findings, Kind};
use crate::{HouseKeys, Result};

/// Rows read at one time.
const PAGE: i64 = 5000;

/// Keeps a region's tallies.
pub(in crate::region) struct Keeper {
    codes: Codes,
    findings: Arc<Findings>,
    /// The region has tallies: from now on none may be missing.
    begun: AtomicBool,
    /// Everything is counted anew at the end of this transaction.
    recount: AtomicBool,
    /// Pages were counted since somebody asked.
    counting: AtomicBool,
    before: Mutex<Option<Before>>,
}

/// How things stood when the transaction began.
struct Before {
    region: Stored,
    /// What the region's tally says, if it is ours.
    total: Option<Total>,
    /// The highest number of an event.
    highest: i64,
}

/// area, place, version, count, total and code of the region's tally; the highest event; how much triggers noted.
type Standing = (i64, i64, i64, i64, Vec<u8>, Vec<u8>, i64, i64);

/// A row that a trigger noted.
struct Noted {
    id: i64,
    area: i64,
    place: i64,
    item: i64,
    went: Option<Vec<u8>>,
    came: Option<Vec<u8>>,
    // The tally that it belongs to, if there is one, with events alone.
    version: Option<i64>,
    count: Option<i64>,
    total: Option<Vec<u8>>,
    mac: Option<Vec<u8>>,
}

crate::db::record!(Noted { id, area, place, item, went, came, version, count, total, mac });

impl Noted {
    fn tally(&self) -> Option<Stored> {
        let (total, mac) = (self.total.clone()?, self.mac.clone()?);
        Some(Stored { area: self.area, place: self.place, version: self.version?, count: self.count?, total, mac })
    }
}

/// What a transaction changed.
#[derive(Default)]
struct Changes {
    /// What is to be added to each tally.
    totals: BTreeMap<Area, Total>,
    /// Whose film somebody else added to.
    strange: BTreeSet<Area>,
    /// The highest number of an event now.
    highest: i64,
    /// Triggers noted something.
    noted: bool,
    /// The tallies that are there of those that change.
    known: HashMap<Area, Stored>,
}

impl Warden for Keeper {
    fn begun<'c>(&'c self, db: &'c mut Conn) -> Work<'c, ()> {
        Box::pin(async move {
            self.recount.store(false, Ordering::Relaxed);
            let before = self.look(db).await?;
            *self.before.lock().unwrap_or_else(PoisonError::into_inner) = before;
            Ok(())
        })
    }

    fn ending<'c>(&'c self, db: &'c mut Conn) -> Work<'c, ()> {
        Box::pin(async move {
            let before = self.before.lock().unwrap_or_else(PoisonError::into_inner).take();
            match before {
                _ if self.recount.load(Ordering::Relaxed) => self.count_anew(db, before.as_ref()).await,
                Some(before) => self.settle(db, before).await,
                None => Ok(()),
            }
        })
    }

    fn got_on(&self) -> bool {
        self.counting.swap(false, Ordering::Relaxed)
    }
}

impl Keeper {
    pub(in crate::region) fn new(keys: &HouseKeys, region: &str, findings: Arc<Findings>) -> Self {
        Self {
            codes: Codes::new(keys, region),
            findings,
            begun: AtomicBool::new(false),
            recount: AtomicBool::new(false),
            counting: AtomicBool::new(false),
            before: Mutex::new(None),
        }
    }

    pub(super) const fn codes(&self) -> &Codes {
        &self.codes
    }

    /// From now on tallies are there.
    pub(super) fn begin(&self) {
        self.begun.store(true, Ordering::Relaxed);
    }

    /// Everything is counted anew at the end of the transaction that is under way.
    pub(super) fn recount(&self) {
        self.recount.store(true, Ordering::Relaxed);
    }

    /// How things stand; nothing in a database that has no tallies yet.
    async fn look(&self, db: &mut Conn) -> Result<Option<Before>> {
        let select = "SELECT r.area, r.place, r.version, r.count, r.total, r.mac, (SELECT coalesce(max(id), 0) FROM event) AS highest,
                             (SELECT count(*) FROM tally_change) AS noted FROM tally r WHERE r.area = 0 AND r.place = 0";
        let found: Option<Standing> = db::query_as(select).fetch_optional(&mut *db).await?;
        let Some((area, place, version, count, total, mac, highest, noted)) = found else {
            return self.missing(db).await;
        };
        if noted > 0 {
            // Nothing is left over by a transaction of ours.
            db::query("DELETE FROM tally_change").execute(db).await?;
        }
        let region = Stored { area, place, version, count, total, mac };
        let total = self.codes.opened(&region);
        if total.is_none() {
            self.findings.note(Kind::Look, &Area::REGION.named());
        }
        Ok(Some(Before { region, total, highest }))
    }

    async fn missing(&self, db: &mut Conn) -> Result<Option<Before>> {
        if !self.begun.load(Ordering::Relaxed) {
            return Ok(None);
        }
        self.findings.note(Kind::Look, &Area::REGION.named());
        let highest = db::query_scalar("SELECT coalesce(max(id), 0) FROM event").fetch_one(db).await?;
        let region = self.codes.sealed(Area::REGION, 0, Total { count: highest, ..Total::default() }, false);
        Ok(Some(Before { region, total: None, highest }))
    }

    async fn settle(&self, db: &mut Conn, before: Before) -> Result<()> {
        let changes = self.changes(db, &before).await?;
        if changes.totals.is_empty() && changes.strange.is_empty() && changes.highest == before.region.count {
            return if changes.noted { forget(db).await } else { Ok(()) };
        }
        let mut region = before.total.unwrap_or_default();
        let mut rows = Vec::with_capacity(changes.totals.len() + 1);
        // Of the region and of all that change with it: a version, and so a mask, comes once.
        let version = before.region.version.wrapping_add(1);
        let areas: BTreeSet<Area> = changes.totals.keys().chain(&changes.strange).copied().collect();
        for area in areas {
            let old = changes.known.get(&area);
            let fresh = self.next((area, version), old, &changes);
            if let Some(old) = old {
                region.take(self.codes.part(area, &old.mac));
            }
            region.add(self.codes.part(area, &fresh.mac));
            rows.push(fresh);
        }
        region.count = changes.highest;
        rows.push(self.codes.sealed(Area::REGION, version, region, before.total.is_some()));
        put(db, &rows).await?;
        if changes.noted { forget(db).await } else { Ok(()) }
    }

    /// The tally after the one that is there.
    fn next(&self, (area, version): (Area, i64), old: Option<&Stored>, changes: &Changes) -> Stored {
        let added = changes.totals.get(&area).copied().unwrap_or_default();
        let was = match old {
            Some(old) => self.codes.opened(old),
            None => Some(Total::default()),
        };
        let believed = was.is_some() && !changes.strange.contains(&area);
        if !believed {
            self.findings.note(Kind::Look, &area.named());
        }
        self.codes.sealed(area, version, was.unwrap_or_default().and(added), believed)
    }

    async fn changes(&self, db: &mut Conn, before: &Before) -> Result<Changes> {
        // One trip, as most transactions bring events and nothing else.
        let select = "SELECT 0 AS id, 1 AS area, e.mailbox AS place, e.id AS item, NULL AS went, e.mac AS came,
                             t.version AS version, t.count AS count, t.total AS total, t.mac AS mac
                      FROM event e LEFT JOIN tally t ON t.area = 1 AND t.place = e.mailbox WHERE e.id > ?1
                      UNION ALL SELECT id, area, place, item, went, came, NULL, NULL, NULL, NULL FROM tally_change ORDER BY 1";
        let rows: Vec<Noted> = db::query_as(select).bind(before.highest).fetch_all(&mut *db).await?;
        let mut changes = Changes { highest: before.highest, ..Changes::default() };
        let mut gone = HashSet::new();
        for row in rows {
            changes.noted |= row.id > 0;
            let area = Area(row.area, row.place);
            if row.id == 0 {
                changes.highest = changes.highest.max(row.item);
                if !changes.known.contains_key(&area) {
                    changes.known.extend(row.tally().map(|tally| (area, tally)));
                }
            } else if row.area == 1 && (row.item > before.highest || !gone.insert(row.item)) {
                // It came and went in this transaction.
                continue;
            }
            let total = changes.totals.entry(area).or_default();
            row.went.iter().for_each(|code| total.take(self.codes.row(area, row.item, code)));
            row.came.iter().for_each(|code| total.add(self.codes.row(area, row.item, code)));
        }
        if !gone.is_empty() {
            self.numbers_given_again(db, before.highest, &mut changes).await?;
        }
        self.strangers(db, before, &mut changes).await?;
        if changes.noted || !changes.strange.is_empty() {
            changes.known = known(db, &changes).await?;
        }
        Ok(changes)
    }

    /// SQLite gives the number of a last row that was deleted to the next one.
    async fn numbers_given_again(&self, db: &mut Conn, highest: i64, changes: &mut Changes) -> Result<()> {
        let select = "SELECT id, mailbox, mac FROM event WHERE id <= ?1 AND id IN (SELECT item FROM tally_change WHERE area = 1)";
        let rows: Vec<(i64, i64, Vec<u8>)> = db::query_as(select).bind(highest).fetch_all(&mut *db).await?;
        for (id, mailbox, code) in rows {
            let area = Area::film(mailbox);
            changes.totals.entry(area).or_default().add(self.codes.row(area, id, &code));
        }
        changes.highest = db::query_scalar("SELECT coalesce(max(id), 0) FROM event").fetch_one(db).await?;
        Ok(())
    }

    /// Whose film has events that came between two of our transactions.
    async fn strangers(&self, db: &mut Conn, before: &Before, changes: &mut Changes) -> Result<()> {
        if before.highest <= before.region.count || before.total.is_none() {
            return Ok(());
        }
        let select = "SELECT DISTINCT mailbox FROM event WHERE id > ?1 AND id <= ?2";
        let rows = db::query_scalar(select).bind(before.region.count).bind(before.highest);
        changes.strange.extend(rows.fetch_all(db).await?.into_iter().map(Area::film));
        Ok(())
    }

    /// Believes what there is: once, when an older release left the database, and when an admin has looked at the findings.
    async fn count_anew(&self, db: &mut Conn, before: Option<&Before>) -> Result<()> {
        let mut totals: BTreeMap<Area, Total> = BTreeMap::new();
        let mut highest = 0;
        loop {
            let select = "SELECT id, mailbox, mac FROM event WHERE id > ?1 ORDER BY id LIMIT ?2";
            let page = db::query_as(select).bind(highest).bind(PAGE);
            let page: Vec<(i64, i64, Vec<u8>)> = page.fetch_all(&mut *db).await?;
            let Some((last, ..)) = page.last() else { break };
            self.counting.store(true, Ordering::Relaxed);
            highest = *last;
            for (id, mailbox, code) in page {
                let area = Area::film(mailbox);
                totals.entry(area).or_default().add(self.codes.row(area, id, &code));
            }
        }
        for (area, select) in LISTS {
            let rows: Vec<(i64, Vec<u8>)> = db::query_as(select).fetch_all(&mut *db).await?;
            for (id, code) in rows {
                totals.entry(area).or_default().add(self.codes.row(area, id, &code));
            }
        }
        let version = before.map_or(0, |before| before.region.version).wrapping_add(1);
        let mut rows: Vec<Stored> =
            totals.into_iter().map(|(area, total)| self.codes.sealed(area, version, total, true)).collect();
        let mut region = Total::default();
        rows.iter().for_each(|row| region.add(self.codes.part(row.area(), &row.mac)));
        region.count = highest;
        rows.push(self.codes.sealed(Area::REGION, version, region, true));
        db::query("DELETE FROM tally").execute(&mut *db).await?;
        put(db, &rows).await?;
        forget(db).await
    }
}

/// Tables that are counted as a whole.
pub(super) const LISTS: [(Area, &str); 2] =
    [(Area::MAILBOXES, "SELECT id, mac FROM mailbox"), (Area::CLEAN_POINTS, "SELECT id, mac FROM clean_point")];

async fn forget(db: &mut Conn) -> Result<()> {
    db::query("DELETE FROM tally_change").execute(db).await.map(drop)
}

/// The tallies that are there of those that change.
async fn known(db: &mut Conn, changes: &Changes) -> Result<HashMap<Area, Stored>> {
    let areas = changes.totals.keys().chain(&changes.strange);
    let mailboxes = crate::region::json(areas.filter(|area| area.0 == 1).map(|area| area.1));
    let select = format!(
        "{0} WHERE area = 1 AND place IN (SELECT value FROM json_each(?1)) UNION ALL {0} WHERE area > 1",
        Stored::SELECT
    );
    let rows: Vec<Stored> = db::query_as(db::Made(select)).bind(mailboxes).fetch_all(db).await?;
    Ok(rows.into_iter().map(|row| (row.area(), row)).collect())
}
