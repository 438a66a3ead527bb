//! A run and what the executor has to remember with it, as one row.

use failover::{CleanPoint, Run, RunKind};
use mail::Timestamp;
use serde::{Deserialize, Serialize};
use store::StoreError;

use super::reached::Fence;
use store::directory::{Directory, Phase, RunRow};

/// What is so by our own word: it holds as soon as it is stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Sync is frozen.
    pub frozen: bool,
    /// The primary's identity provider is refused.
    pub refused: bool,
    /// Mail is accepted here.
    pub accepting: bool,
    /// The clean point that this run gave the regions. An earlier run's, even the same moment, is not this one's.
    #[serde(default)]
    pub clean_point: Option<CleanPoint>,
}

/// A run with its record plan and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// The run.
    pub run: Run,
    /// Its record plan, the primary's records first, ours after; a failback goes it backwards.
    pub records: Option<dns::RecordPlan>,
    /// What holds.
    pub held: Held,
    /// The primary is new or wiped: everything is pushed.
    #[serde(default)]
    pub full: bool,
    /// Every mailbox counted at the primary.
    #[serde(default)]
    pub reconciliation: Option<String>,
    /// What still reached the primary.
    #[serde(default)]
    pub fence: Fence,
    /// When the activity began that a failback ends.
    #[serde(default)]
    pub active_since: Option<Timestamp>,
}

impl Stored {
    /// A run of which nothing is done yet.
    pub fn new(run: Run) -> Self {
        Self {
            run,
            records: None,
            held: Held::default(),
            full: false,
            reconciliation: None,
            fence: Fence::default(),
            active_since: None,
        }
    }

    /// Since when mail is accepted here.
    pub fn since(&self) -> Timestamp {
        self.active_since.unwrap_or(self.run.started_at)
    }

    fn row(&self) -> Result<RunRow, StoreError> {
        let steps = serde_json::to_string(self)
            .map_err(|cause| StoreError::Refused(format!("a run that cannot be written: {cause}")))?;
        Ok(RunRow {
            id: self.run.id.clone(),
            kind: match self.run.kind {
                RunKind::Failover => store::directory::RunKind::Failover,
                RunKind::Failback => store::directory::RunKind::Failback,
                RunKind::Drill => store::directory::RunKind::Drill,
            },
            phase: phase_to_store(self.run.phase),
            scope: "organisation".to_owned(),
            clean_point: self.trusted_until(),
            steps,
            says: self.run.says.clone(),
            started_at: self.run.started_at,
            ended_at: self.run.ended_at,
        })
    }

    /// Until when the primary is trusted; `None` while nobody knows.
    pub fn trusted_until(&self) -> Option<Timestamp> {
        match self.run.clean_point {
            CleanPoint::At(moment) => Some(moment),
            CleanPoint::Unknown => None,
            CleanPoint::Everything => Some(self.run.started_at),
        }
    }

    /// Keeps it; its phase becomes the organisation's.
    pub async fn save(&self, directory: &Directory) -> Result<(), StoreError> {
        directory.save_run(&self.row()?).await
    }

    /// The run that is under way. Older ones that a crash left open are closed.
    pub async fn load(directory: &Directory) -> Result<Option<Self>, StoreError> {
        let mut open = Vec::new();
        for row in directory.runs().await?.into_iter().filter(|row| row.ended_at.is_none()) {
            open.push(Self::of(&row)?);
        }
        open.retain(|stored| stored.run.kind != RunKind::Drill);
        if open.is_empty() {
            return Ok(None);
        }
        let current = open.remove(0);
        for mut left in open {
            left.run.ended_at = Some(current.run.started_at);
            left.save(directory).await?;
            // Saving set the phase of the one that was left open.
            current.save(directory).await?;
        }
        Ok(Some(current))
    }

    /// The run that is under way, changing nothing: another node may be writing it.
    pub async fn open(directory: &Directory) -> Result<Option<Self>, StoreError> {
        let open = directory.runs().await?.into_iter().filter(|row| row.ended_at.is_none());
        let mut open = open.filter(|row| row.kind != store::directory::RunKind::Drill);
        open.next().map(|row| Self::of(&row)).transpose()
    }

    /// The newest run that is over.
    pub async fn last_ended(directory: &Directory) -> Result<Option<Self>, StoreError> {
        let newest = directory.runs().await?.into_iter().find(|row| row.ended_at.is_some());
        newest.map(|row| Self::of(&row)).transpose()
    }

    /// Reads a stored run.
    pub fn of(row: &RunRow) -> Result<Self, StoreError> {
        serde_json::from_str(&row.steps).map_err(|cause| StoreError::Corrupt(format!("run {}: {cause}", row.id)))
    }
}

/// The store's word for a phase.
pub const fn phase_to_store(phase: failover::Phase) -> Phase {
    match phase {
        failover::Phase::Standby => Phase::Standby,
        failover::Phase::Failover => Phase::Failover,
        failover::Phase::Active => Phase::Active,
        failover::Phase::Failback => Phase::Failback,
    }
}

/// The plan's word for a phase.
pub const fn phase_from_store(phase: Phase) -> failover::Phase {
    match phase {
        Phase::Standby => failover::Phase::Standby,
        Phase::Failover => failover::Phase::Failover,
        Phase::Active => failover::Phase::Active,
        Phase::Failback => failover::Phase::Failback,
    }
}
