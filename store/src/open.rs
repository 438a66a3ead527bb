//! The store as a whole: the directory and one store a region.
//!
//! ```text
//!   configured regions ─┬─ opens ────────> RegionStore
//!                       └─ does not ─────> ClosedRegion: its mailboxes wait, the others go on
//!   pinned, and not configured ──────────> ClosedRegion
//! ```

use std::sync::Arc;

use mail::{Region, Timestamp};

use crate::directory::COUNTED_AS;
use crate::lock::FolderLock;
use crate::{Directory, Pinning, RegionConfig, RegionStore, Result, StoreConfig, StoreError};

/// Everything Relais keeps. A cheap clone.
#[derive(Clone)]
pub struct Store {
    directory: Directory,
    regions: Arc<[RegionStore]>,
    closed: Arc<[ClosedRegion]>,
    /// The first of the configuration, open or not.
    pub(crate) first: Arc<Region>,
    pub(crate) pinning: Arc<Pinning>,
}

/// A region that cannot be used: its mailboxes wait until it can, the others do not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClosedRegion {
    /// Its name.
    pub name: String,
    /// Why.
    pub why: String,
    /// What to do.
    pub remedy: String,
    /// How many mailboxes are pinned to it.
    pub mailboxes: u64,
}

impl Store {
    /// Opens the data folder, making what is missing. A region that cannot be opened is closed, unless there is no
    /// other: see [`Self::closed`].
    ///
    /// # Errors
    /// [`StoreError::Locked`] when another process has it, [`StoreError::NewerVersion`],
    /// [`StoreError::ReadOnly`], [`StoreError::Full`], [`StoreError::Corrupt`].
    pub async fn open(config: StoreConfig) -> Result<Self> {
        let lock = Arc::new(FolderLock::take(&config.data)?);
        let directory = Directory::open(&config).await?;
        let first = config.regions.first().map(|region| Arc::new(region.name.clone()));
        let first = first.ok_or_else(|| StoreError::Refused("a store needs at least one region".to_owned()))?;
        let (mut regions, mut closed) = (Vec::with_capacity(config.regions.len()), Vec::new());
        for region in &config.regions {
            match RegionStore::open(&config, region, &directory, &lock).await {
                Ok(opened) => regions.push(opened),
                Err(error) if config.regions.len() == 1 => return Err(error),
                Err(error) => closed.push((region, error)),
            }
        }
        if regions.is_empty()
            && let Some((_, error)) = closed.pop()
        {
            return Err(error);
        }
        let pins = directory.pins().await?;
        let count = |name: &str| pins.get(name).copied().unwrap_or(0);
        let failed = closed.iter().map(|(region, error)| failed(region, error, count(region.name.as_str())));
        let configured = |name: &str| config.regions.iter().any(|region| region.name.as_str() == name);
        let gone = pins.iter().filter(|(name, _)| !configured(name)).map(|(name, count)| gone(name, *count));
        let mut closed: Vec<ClosedRegion> = failed.chain(gone).collect();
        closed.sort_by(|one, other| one.name.cmp(&other.name));
        for region in &closed {
            tracing::error!(
                region = region.name,
                mailboxes = region.mailboxes,
                why = region.why,
                remedy = region.remedy,
                "a region is closed"
            );
        }
        Ok(Self { directory, regions: regions.into(), closed: closed.into(), first, pinning: Arc::default() })
    }

    /// People, credentials, runs and audit.
    #[must_use]
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// Lets other nodes take over at once what this one holds, as before an orderly end.
    ///
    /// # Errors
    /// Those of a write.
    pub async fn leave(&self) -> Result<()> {
        self.directory.leave().await?;
        for region in self.regions() {
            region.leave().await?;
        }
        Ok(())
    }

    /// The same store, whose directory is written under a lease.
    #[must_use]
    pub fn under(&self, lease: crate::Lease) -> Self {
        Self { directory: self.directory.under(lease), ..self.clone() }
    }

    /// The store of a region.
    ///
    /// # Errors
    /// [`StoreError::RegionClosed`] when it cannot be used, [`StoreError::NoSuch`] when no region is called so.
    pub fn region(&self, name: &Region) -> Result<&RegionStore> {
        if let Some(found) = self.regions.iter().find(|region| region.name() == name) {
            return Ok(found);
        }
        let closed = self.closed.iter().find(|region| region.name == name.as_str());
        Err(closed.map_or_else(
            || StoreError::NoSuch(format!("region {name}")),
            |region| StoreError::RegionClosed { region: region.name.clone(), why: region.why.clone() },
        ))
    }

    /// All regions that can be used, the default first if it is among them.
    pub fn regions(&self) -> impl Iterator<Item = &RegionStore> {
        self.regions.iter()
    }

    /// Lets the audit log say that sums over the rows are kept, once: from then on a sum that is missing is a finding.
    ///
    /// # Errors
    /// Those of writing.
    pub async fn say_counted(&self, at: Timestamp) -> Result<()> {
        self.directory().say_counted(COUNTED_AS, at).await?;
        for region in self.regions() {
            self.directory().say_counted(&region.counted_as(), at).await?;
        }
        Ok(())
    }

    /// An admin has looked at all findings and goes on with what verifies. How many rows of the directory went.
    ///
    /// # Errors
    /// Those of writing. Running it again goes on.
    pub async fn settle_findings(&self, actor: &str, at: Timestamp) -> Result<usize> {
        let removed = self.directory().settle_findings(actor, at).await?;
        for region in self.regions() {
            region.settle_findings().await?;
        }
        self.directory().say_settled(actor, at).await?;
        Ok(removed)
    }

    /// The regions that cannot be used.
    #[must_use]
    pub fn closed(&self) -> &[ClosedRegion] {
        &self.closed
    }

    /// The region of mail that has no mailbox in it: the first that can be used.
    #[must_use]
    #[expect(clippy::indexing_slicing, reason = "`open` refuses a store without regions")]
    pub fn default_region(&self) -> &RegionStore {
        &self.regions[0]
    }
}

fn failed(region: &RegionConfig, error: &StoreError, mailboxes: u64) -> ClosedRegion {
    let hint = error.hint();
    let remedy = if hint.is_empty() { "mend what it says and restart relais" } else { hint };
    ClosedRegion { name: region.name.to_string(), why: error.to_string(), remedy: remedy.to_owned(), mailboxes }
}

fn gone(name: &str, mailboxes: u64) -> ClosedRegion {
    ClosedRegion {
        name: name.to_owned(),
        why: format!("{mailboxes} mailboxes are pinned to region {name}, which the configuration no longer names"),
        remedy: format!(
            "put the [[region]] named \"{name}\" back and restart; to give it up, first move its mailboxes: `relais region \
             move ADDRESS --to REGION --by NAME`"
        ),
        mailboxes,
    }
}
