//! Runs as rows, the organisation's phase beside them: stored before anything is done.

use crate::db::{self, Conn};
use mail::Timestamp;

use super::Directory;
use super::entry::AsOf;
use super::guard::Guard;
use super::ledger::{self, Area, Pages};
use super::run::{Approval, Phase, RunKind, RunRow};
use crate::{Result, StoreError};

#[derive(Clone, Debug)]
pub(super) struct StoredRun {
    pub(super) id: String,
    kind: String,
    phase: String,
    scope: String,
    clean_point: Option<i64>,
    steps: String,
    says: String,
    started_at: i64,
    ended_at: Option<i64>,
    mac: Vec<u8>,
}

crate::db::record!(StoredRun { id, kind, phase, scope, clean_point, steps, says, started_at, ended_at, mac });

impl StoredRun {
    fn of(run: &RunRow, guard: &Guard) -> Self {
        let mut row = Self {
            id: run.id.clone(),
            kind: run.kind.as_str().to_owned(),
            phase: run.phase.as_str().to_owned(),
            scope: run.scope.clone(),
            clean_point: run.clean_point.map(Timestamp::as_ms),
            steps: run.steps.clone(),
            says: run.says.clone(),
            started_at: run.started_at.as_ms(),
            ended_at: run.ended_at.map(Timestamp::as_ms),
            mac: Vec::new(),
        };
        row.mac = row.code(guard).to_vec();
        row
    }

    fn code(&self, guard: &Guard) -> [u8; 32] {
        guard.row(
            "run",
            &[
                self.id.as_str().into(),
                self.kind.as_str().into(),
                self.phase.as_str().into(),
                self.scope.as_str().into(),
                self.clean_point.into(),
                self.steps.as_str().into(),
                self.says.as_str().into(),
                self.started_at.into(),
                self.ended_at.into(),
            ],
        )
    }

    pub(super) fn is_ours(&self, guard: &Guard) -> bool {
        crate::mac::same(&self.mac, &self.code(guard))
    }

    fn run(self, guard: &Guard) -> Result<RunRow> {
        let tampered = || StoreError::Tampered(format!("run {}", self.id));
        if !self.is_ours(guard) {
            return Err(tampered());
        }
        let kind = RunKind::from_word(&self.kind).ok_or_else(tampered)?;
        let phase = Phase::from_word(&self.phase).ok_or_else(tampered)?;
        Ok(RunRow {
            id: self.id,
            kind,
            phase,
            scope: self.scope,
            clean_point: self.clean_point.map(Timestamp::from_ms),
            steps: self.steps,
            says: self.says,
            started_at: Timestamp::from_ms(self.started_at),
            ended_at: self.ended_at.map(Timestamp::from_ms),
        })
    }
}

async fn put(db: &mut Conn, row: &StoredRun) -> Result<()> {
    let put = "INSERT INTO run (id, kind, phase, scope, clean_point, steps, says, started_at, ended_at, mac)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, phase = excluded.phase, scope = excluded.scope,
        clean_point = excluded.clean_point, steps = excluded.steps, says = excluded.says,
        started_at = excluded.started_at, ended_at = excluded.ended_at, mac = excluded.mac";
    let put = db::query(put).bind(&row.id).bind(&row.kind).bind(&row.phase).bind(&row.scope);
    let put = put.bind(row.clean_point).bind(&row.steps).bind(&row.says).bind(row.started_at);
    put.bind(row.ended_at).bind(&row.mac).execute(db).await?;
    Ok(())
}

/// The code of the phase's row.
pub(super) fn phase_code(guard: &Guard, phase: &str, run: &str) -> [u8; 32] {
    guard.row("phase", &[phase.into(), run.into()])
}

async fn put_phase(db: &mut Conn, guard: &Guard, row: &StoredRun) -> Result<()> {
    let put = "INSERT INTO phase (one, phase, run, mac) VALUES (1, ?, ?, ?)
        ON CONFLICT (one) DO UPDATE SET phase = excluded.phase, run = excluded.run, mac = excluded.mac";
    let code = phase_code(guard, &row.phase, &row.id);
    db::query(put).bind(&row.phase).bind(&row.id).bind(code.as_slice()).execute(db).await?;
    Ok(())
}

const COLUMNS_BY_START: &str = "SELECT * FROM run ORDER BY started_at DESC, id DESC";

impl Directory {
    /// Keeps a run as it stands now, new or known. Unless it is a drill, its phase becomes the organisation's.
    ///
    /// # Errors
    /// [`StoreError::Tampered`] when somebody else changed the runs.
    pub async fn save_run(&self, run: &RunRow) -> Result<()> {
        let run = run.clone();
        self.write(move |db, guard| {
            Box::pin(async move {
                let row = StoredRun::of(&run, guard);
                let pages = Pages::open_whole(db, guard, Area::Run, &[0].into()).await?;
                put(db, &row).await?;
                if run.kind != RunKind::Drill {
                    put_phase(db, guard, &row).await?;
                }
                pages.close(db, guard).await
            })
        })
        .await
    }

    /// Every run, the newest first.
    ///
    /// # Errors
    /// [`StoreError::Tampered`] when somebody else changed, added, removed or put back any of them.
    pub async fn runs(&self) -> Result<Vec<RunRow>> {
        let mut db = self.reading().await?;
        let rows: Vec<StoredRun> = db::query_as(COLUMNS_BY_START).fetch_all(&mut *db).await?;
        ledger::check(&mut db, &self.guard, Area::Run, 0).await?;
        rows.into_iter().map(|row| row.run(&self.guard)).collect()
    }

    /// One run.
    ///
    /// # Errors
    /// As for [`Self::runs`].
    pub async fn run(&self, id: &str) -> Result<Option<RunRow>> {
        Ok(self.runs().await?.into_iter().find(|run| run.id == id))
    }

    /// The run that goes on: the newest that has not ended, a drill only when there is no other.
    ///
    /// # Errors
    /// As for [`Self::runs`].
    pub async fn current_run(&self) -> Result<Option<RunRow>> {
        let open = self.runs().await?.into_iter().filter(|run| run.ended_at.is_none());
        Ok(open.min_by_key(|run| run.kind == RunKind::Drill))
    }

    /// The organisation's phase.
    ///
    /// # Errors
    /// As for [`Self::runs`].
    pub async fn phase(&self) -> Result<Phase> {
        let mut db = self.reading().await?;
        let row: Option<(String, String, Vec<u8>)> =
            db::query_as("SELECT phase, run, mac FROM phase").fetch_optional(&mut *db).await?;
        ledger::check(&mut db, &self.guard, Area::Run, 0).await?;
        let Some((phase, run, code)) = row else { return Ok(Phase::Standby) };
        let ours = crate::mac::same(&code, &phase_code(&self.guard, &phase, &run));
        let phase = Phase::from_word(&phase).filter(|_| ours);
        phase.ok_or_else(|| StoreError::Tampered("the phase".to_owned()))
    }

    /// The moment as of which the directory is trusted: the present in standby; otherwise the clean point of the last
    /// failover, or its beginning while the clean point is unknown. A clean point before our first look means that look:
    /// nothing older is known, and with nobody known nobody would get mail or in.
    ///
    /// # Errors
    /// As for [`Self::runs`].
    pub async fn trusted(&self) -> Result<AsOf> {
        if self.phase().await? == Phase::Standby {
            return Ok(AsOf::Now);
        }
        let failover = self.runs().await?.into_iter().find(|run| run.kind == RunKind::Failover);
        let Some(run) = failover else { return Ok(AsOf::Now) };
        let moment = run.clean_point.unwrap_or(run.started_at);
        let earliest = self.first_look().await?.map(|look| look.plus_ms(1));
        Ok(AsOf::Before(earliest.map_or(moment, |earliest| moment.max(earliest))))
    }

    /// Keeps an admin's yes to a run; a second yes of the same admin changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Tampered`] when somebody else changed the approvals.
    pub async fn approve(&self, approval: Approval) -> Result<()> {
        self.write(move |db, guard| {
            Box::pin(async move {
                let pages = Pages::open_whole(db, guard, Area::Approval, &[0].into()).await?;
                let code = approval_code(guard, &approval);
                let put = "INSERT OR IGNORE INTO approval (run, approver, approved_at, mac) VALUES (?, ?, ?, ?)";
                let put = db::query(put).bind(&approval.run).bind(&approval.approver);
                put.bind(approval.at.as_ms()).bind(code.as_slice()).execute(&mut *db).await?;
                pages.close(db, guard).await
            })
        })
        .await
    }

    /// Who said yes to a run, in order.
    ///
    /// # Errors
    /// [`StoreError::Tampered`] when somebody else changed, added or removed any of them.
    pub async fn approvals(&self, run: &str) -> Result<Vec<Approval>> {
        let mut db = self.reading().await?;
        let rows = "SELECT approver, approved_at, mac FROM approval WHERE run = ? ORDER BY approved_at, approver";
        let rows: Vec<(String, i64, Vec<u8>)> = db::query_as(rows).bind(run).fetch_all(&mut *db).await?;
        ledger::check(&mut db, &self.guard, Area::Approval, 0).await?;
        let checked = rows.into_iter().map(|(approver, at, code)| {
            let approval = Approval { run: run.to_owned(), approver, at: Timestamp::from_ms(at) };
            let ours = crate::mac::same(&code, &approval_code(&self.guard, &approval));
            ours.then_some(approval).ok_or_else(|| StoreError::Tampered(format!("an approval of run {run}")))
        });
        checked.collect()
    }
}

/// The code of an approval's row.
pub(super) fn approval_code(guard: &Guard, approval: &Approval) -> [u8; 32] {
    guard
        .row("approval", &[approval.run.as_str().into(), approval.approver.as_str().into(), approval.at.as_ms().into()])
}
