//! Looks whether the rows are those that the tallies say, and how far the region is.
//!
//! ```text
//!   one reading:  tallies ── events, mailboxes, clean points ──> the same sums?      no: a finding that names what
//!   head:         version and code of the region's tally ──> directory, witness      an older one: the database was put back
//! ```

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use super::keeper::LISTS;
use super::{Area, Stored, Total};
use crate::db::{self, Conn};
use crate::directory::DirectoryHead;
use crate::region::event::EventRow;
use crate::region::findings::Kind;
use crate::{MailboxId, RegionStore, Result};

/// Rows read at one time.
const PAGE: i64 = 2000;

/// How far a region is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilmHead {
    /// Rises with every transaction that changed the film, a mailbox or a clean point.
    pub version: i64,
    /// The code of the region's tally.
    pub code: Vec<u8>,
}

impl RegionStore {
    /// Counts what an older release left. Where the log says that it was counted, tallies that are missing were removed.
    pub(in crate::region) async fn begin_tally(&self) -> Result<()> {
        let counted = self.inner.directory.was_counted(&self.counted_as()).await?;
        self.inner.counted.store(counted, Ordering::Relaxed);
        self.inner.settled.store(self.inner.directory.last_settled().await?, Ordering::Relaxed);
        let store = self.clone();
        self.write(move |db| {
            Box::pin(async move {
                let there = "SELECT count(*) FROM tally WHERE area = 0";
                if !counted && db::query_scalar::<i64>(there).fetch_one(db).await? == 0 {
                    store.inner.keeper.recount();
                }
                Ok(())
            })
        })
        .await?;
        self.inner.keeper.begin();
        Ok(())
    }

    /// What the log calls the region when it says that it was counted.
    pub(crate) fn counted_as(&self) -> String {
        format!("region {}", self.name())
    }

    /// An admin has looked at the findings and goes on with what verifies: what there is now is what is believed. How many
    /// findings there were.
    ///
    /// # Errors
    /// Those of writing.
    pub async fn settle_findings(&self) -> Result<usize> {
        let found = self.findings().len();
        let store = self.clone();
        self.write(move |_| {
            Box::pin(async move {
                store.inner.keeper.recount();
                Ok(())
            })
        })
        .await?;
        self.believe_heads().await?;
        self.inner.findings.forget();
        Ok(found)
    }

    /// Where the region and the directory are now is where they are believed to be: an admin has looked, or they were put back
    /// from a backup.
    pub(crate) async fn believe_heads(&self) -> Result<()> {
        self.inner.findings.replace(Kind::Head, &[]);
        if let Some(head) = self.film_head().await? {
            self.inner.directory.set_film_head(self.name(), head).await?;
        }
        match self.inner.directory.head().await? {
            Some(head) => self.remember_directory(head).await,
            None => Ok(()),
        }
    }

    /// Compares how far the directory is with what this region knows of it, and remembers it.
    async fn look_at_directory(&self) -> Result<()> {
        // In this order: the directory only goes on.
        let known = self.known_directory().await?.map(|known| (known.version, known.code));
        let Some(head) = self.inner.directory.head().await? else { return Ok(()) };
        if self.is_further("the directory", known.as_ref(), (head.version, &head.code)) {
            self.remember_directory(head).await?;
        }
        Ok(())
    }

    fn directory_code(&self, version: i64, code: &[u8]) -> [u8; 32] {
        let fields = [self.name().as_str().into(), version.into(), code.into()];
        crate::mac::code(&self.inner.keys.integrity, "directory head", &fields)
    }

    async fn known_directory(&self) -> Result<Option<DirectoryHead>> {
        let select = db::query_as("SELECT version, code, mac FROM directory_head");
        let row: Option<(i64, Vec<u8>, Vec<u8>)> = select.fetch_optional(&self.inner.engine.readers).await?;
        let ours = row.filter(|(version, code, row)| crate::mac::same(row, &self.directory_code(*version, code)));
        Ok(ours.map(|(version, code, _)| DirectoryHead { version, code }))
    }

    async fn remember_directory(&self, head: DirectoryHead) -> Result<()> {
        let put = "INSERT INTO directory_head (one, version, code, mac) VALUES (1, ?1, ?2, ?3)
                   ON CONFLICT (one) DO UPDATE SET version = excluded.version, code = excluded.code, mac = excluded.mac";
        let code = self.directory_code(head.version, &head.code);
        let put = db::query(put).bind(head.version).bind(head.code).bind(code);
        self.write(move |db| Box::pin(async move { put.execute(db).await.map(drop) })).await
    }

    /// Whether the events of one mailbox are those that were written; if not, it is a finding.
    pub(in crate::region) async fn look_at_film(&self, mailbox: MailboxId) -> Result<()> {
        let (mut db, area) = (self.inner.engine.readers.reading().await?, Area::film(mailbox.0));
        let select = "SELECT id, mac FROM event WHERE mailbox = ?1";
        let rows: Vec<(i64, Vec<u8>)> = db::query_as(select).bind(mailbox.0).fetch_all(&mut *db).await?;
        let mut actual = Total::default();
        rows.iter().for_each(|(id, code)| actual.add(self.inner.keeper.codes().row(area, *id, code)));
        let select = db::Made(format!("{} WHERE area = 1 AND place = ?1", Stored::SELECT));
        let stored: Option<Stored> = db::query_as(select).bind(mailbox.0).fetch_optional(&mut *db).await?;
        if let Some(what) = self.differs(area, stored.as_ref(), actual) {
            self.inner.findings.note(Kind::Look, &what);
        }
        Ok(())
    }

    /// Adds up all there is, verifying each event by itself on the way.
    pub(in crate::region) async fn look_at_all(&self) -> Result<()> {
        let mut db = self.inner.engine.readers.reading().await?;
        let stored: Vec<Stored> = db::query_as(Stored::SELECT).fetch_all(&mut *db).await?;
        let mut found = Vec::new();
        let mut actual = self.events(&mut db, &mut found).await?;
        let codes = self.inner.keeper.codes();
        for (area, select) in LISTS {
            let rows: Vec<(i64, Vec<u8>)> = db::query_as(select).fetch_all(&mut *db).await?;
            let total = actual.entry(area).or_default();
            rows.iter().for_each(|(id, code)| total.add(codes.row(area, *id, code)));
        }
        drop(db);
        let mut region = Total::default();
        let mut whole = None;
        for row in &stored {
            let area = row.area();
            if area == Area::REGION {
                whole = codes.opened(row);
                continue;
            }
            region.add(codes.part(area, &row.mac));
            found.extend(self.differs(area, Some(row), actual.remove(&area).unwrap_or_default()));
        }
        found.extend(actual.into_iter().filter_map(|(area, total)| self.differs(area, None, total)));
        // The region's count is another thing than how many parts there are.
        if whole.is_none_or(|whole| whole.sum != region.sum) {
            found.push(Area::REGION.named());
        }
        self.inner.findings.replace(Kind::Look, &found);
        Ok(())
    }

    async fn events(&self, db: &mut Conn, found: &mut Vec<String>) -> Result<BTreeMap<Area, Total>> {
        let (codes, mut totals, mut after) = (self.inner.keeper.codes(), BTreeMap::<Area, Total>::new(), i64::MIN);
        loop {
            let select = "SELECT * FROM event WHERE id > ?1 ORDER BY id LIMIT ?2";
            let rows: Vec<EventRow> = db::query_as(select).bind(after).bind(PAGE).fetch_all(&mut *db).await?;
            let Some(last) = rows.last() else { return Ok(totals) };
            after = last.id;
            for row in rows {
                let (id, area) = (row.id, Area::film(row.mailbox));
                totals.entry(area).or_default().add(codes.row(area, id, &row.mac));
                if row.verified(&self.inner.keys, self.name().as_str()).is_none() {
                    found.push(format!("event {id} of the film"));
                }
            }
        }
    }

    /// What is said when the rows are not those of the tally.
    fn differs(&self, area: Area, stored: Option<&Stored>, actual: Total) -> Option<String> {
        let said = match stored {
            Some(row) => self.inner.keeper.codes().opened(row),
            None => Some(Total::default()),
        };
        (said != Some(actual)).then(|| area.named())
    }

    /// How far the region is; nothing when somebody else said so.
    ///
    /// # Errors
    /// Those of reading.
    pub async fn film_head(&self) -> Result<Option<FilmHead>> {
        let select = db::Made(format!("{} WHERE area = 0", Stored::SELECT));
        let row: Option<Stored> = db::query_as(select).fetch_optional(&self.inner.engine.readers).await?;
        let ours = row.filter(|row| self.inner.keeper.codes().opened(row).is_some());
        if ours.is_none() {
            self.inner.findings.note(Kind::Look, &Area::REGION.named());
        }
        Ok(ours.map(|row| FilmHead { version: row.version, code: row.mac }))
    }

    /// Compares how far the region is with what the directory knows, and lets it know; one that is less far than it was is a
    /// finding. How far it is.
    ///
    /// # Errors
    /// Those of reading and writing.
    pub async fn tell_head(&self) -> Result<Option<FilmHead>> {
        self.forget_what_was_settled().await?;
        self.look_at_directory().await?;
        // In this order: the region only goes on.
        let known = self.inner.directory.film_head(self.name()).await?.map(|known| (known.version, known.code));
        let Some(head) = self.film_head().await? else { return Ok(None) };
        let name = format!("region {}", self.name());
        if self.is_further(&name, known.as_ref(), (head.version, &head.code)) {
            self.inner.directory.set_film_head(self.name(), head.clone()).await?;
        }
        Ok(Some(head))
    }

    /// Whether a database is further than it was known to be. That it is less far is a finding, and that nobody knows although
    /// it was told.
    fn is_further(&self, name: &str, known: Option<&(i64, Vec<u8>)>, (version, code): (i64, &[u8])) -> bool {
        let what = match known {
            Some((was, other)) if *was > version || (*was == version && other != code) => {
                format!("{name} is at version {version} and was at {was}: an older database was put back")
            }
            Some((was, _)) => return version > *was,
            None if self.inner.counted.load(Ordering::Relaxed) => {
                format!("how far {name} was is not known any more: it was removed")
            }
            None => return true,
        };
        self.inner.findings.note(Kind::Head, &what);
        false
    }

    /// What an admin has settled at another node is no finding here.
    async fn forget_what_was_settled(&self) -> Result<()> {
        let settled = self.inner.directory.last_settled().await?;
        if self.inner.settled.swap(settled, Ordering::Relaxed) < settled {
            self.inner.findings.forget();
        }
        Ok(())
    }
}
