//! Who belongs in which region: the directory's own word, groups, the default; said once, then a pin.
//!
//! ```text
//!   pin ──else──> entry.region ──else──> the first group they are in ──else──> default
//! ```

use std::collections::HashMap;

use mail::{Address, Region};

use crate::directory::{AsOf, Entry, Resolved};
use crate::{EntryId, Result, Store};

/// The rules for whoever is pinned nowhere yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pinning {
    /// Members of a group, by its address; the first that fits counts.
    pub groups: Vec<(Address, Region)>,
    /// Everybody else; the first region when absent.
    pub default: Option<Region>,
}

impl Store {
    /// The same store under these rules.
    #[must_use]
    pub fn with_pinning(mut self, pinning: Pinning) -> Self {
        self.pinning = pinning.into();
        self
    }

    /// Where an entry's mailbox is, or will be.
    ///
    /// # Errors
    /// Those of a read.
    pub async fn home(&self, entry: &Entry) -> Result<Region> {
        let homes = self.homes(std::slice::from_ref(entry)).await?;
        Ok(homes.into_values().next().unwrap_or_else(|| self.usual_region().clone()))
    }

    /// Where these entries' mailboxes are, or will be.
    ///
    /// # Errors
    /// Those of a read.
    pub async fn homes(&self, entries: &[Entry]) -> Result<HashMap<EntryId, Region>> {
        let ids: Vec<EntryId> = entries.iter().map(|entry| entry.id.clone()).collect();
        let mut homes = self.directory().pinned(&ids).await?;
        let loose: Vec<&Entry> = entries.iter().filter(|entry| !homes.contains_key(&entry.id)).collect();
        if loose.is_empty() {
            return Ok(homes);
        }
        let by_group = self.by_group().await?;
        for entry in loose {
            let region = entry.region.as_ref().or_else(|| by_group.get(&entry.id));
            homes.insert(entry.id.clone(), region.unwrap_or_else(|| self.usual_region()).clone());
        }
        Ok(homes)
    }

    async fn by_group(&self) -> Result<HashMap<EntryId, Region>> {
        let mut found = HashMap::new();
        for (group, region) in &self.pinning.groups {
            if let Resolved::Group { members, .. } = self.directory().resolve(group, AsOf::Now).await? {
                for member in members {
                    found.entry(member).or_insert_with(|| region.clone());
                }
            }
        }
        Ok(found)
    }

    fn usual_region(&self) -> &Region {
        self.pinning.default.as_ref().unwrap_or(&self.first)
    }
}
