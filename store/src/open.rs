//! The store as a whole: the directory and one store a region.

use std::sync::Arc;

use mail::Region;

use crate::lock::FolderLock;
use crate::{Directory, RegionStore, Result, StoreConfig, StoreError};

/// Everything Relais keeps. A cheap clone.
#[derive(Clone)]
pub struct Store {
    directory: Directory,
    regions: Arc<[RegionStore]>,
}

impl Store {
    /// Opens the data folder, making what is missing.
    ///
    /// # Errors
    /// [`StoreError::Locked`] when another process has it, [`StoreError::NewerVersion`],
    /// [`StoreError::ReadOnly`], [`StoreError::Full`], [`StoreError::Corrupt`].
    pub async fn open(config: StoreConfig) -> Result<Self> {
        let lock = Arc::new(FolderLock::take(&config.data)?);
        let directory = Directory::open(&config).await?;
        let mut regions = Vec::with_capacity(config.regions.len());
        for region in &config.regions {
            regions.push(RegionStore::open(&config, region, Arc::clone(&lock)).await?);
        }
        if regions.is_empty() {
            return Err(StoreError::Refused("a store needs at least one region".to_owned()));
        }
        Ok(Self { directory, regions: regions.into() })
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
        Self { directory: self.directory.under(lease), regions: Arc::clone(&self.regions) }
    }

    /// The store of a region.
    ///
    /// # Errors
    /// [`StoreError::NoSuch`] when no region is called so.
    pub fn region(&self, name: &Region) -> Result<&RegionStore> {
        let found = self.regions.iter().find(|region| region.name() == name);
        found.ok_or_else(|| StoreError::NoSuch(format!("region {name}")))
    }

    /// All regions, the default first.
    pub fn regions(&self) -> impl Iterator<Item = &RegionStore> {
        self.regions.iter()
    }

    /// The region of whoever is pinned to none: the first of the configuration.
    #[must_use]
    #[expect(clippy::indexing_slicing, reason = "`open` refuses a store without regions")]
    pub fn default_region(&self) -> &RegionStore {
        &self.regions[0]
    }
}
