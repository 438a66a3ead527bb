//! Taking in what a look showed, unless it would empty the directory.

use std::collections::{HashMap, HashSet};

use mail::{Region, Timestamp};
use store::directory::{AsOf, Entry, Observed, Sighting};
use store::region::NewMailbox;
use store::{Directory, EntryId, RegionStore, Store};

use super::Look;
use crate::{Finding, Result};

/// So few may always go at once, whatever the share.
const ALWAYS_MAY_GO: usize = 5;
/// Entries read at one time.
const PAGE_ENTRIES: u32 = 1_000;
/// Mailboxes made in one transaction.
const PROVISION_AT_ONCE: usize = 500;

/// What became of a look.
#[derive(Debug)]
pub struct TakenIn {
    /// What changed.
    pub observed: Observed,
    /// What is odd about it.
    pub findings: Vec<Finding>,
}

/// Takes in a look of `source`. When it would remove more than `deletions_max_percent` of the source's entries,
/// nothing is removed, and the cursor stays, so that it is asked again until somebody has looked.
///
/// # Errors
/// Those of the store.
pub async fn take_in(
    directory: &Directory,
    source: &str,
    mut look: Look,
    deletions_max_percent: u32,
    at: Timestamp,
) -> Result<TakenIn> {
    let mut findings = Vec::new();
    if let Some(first) = look.skipped.first() {
        let what = format!("{} entries of the directory cannot be understood, such as {first}", look.skipped.len());
        findings.push(Finding::new("directory_entries_skipped", what, "mend these entries in the directory"));
    }
    let known: HashSet<EntryId> = directory.ids_from(source).await?.into_iter().collect();
    let gone = gone(&look, &known);
    if too_many(gone.len(), known.len(), deletions_max_percent) {
        let what = format!(
            "{} of {} entries are gone from the directory at once; none was removed here",
            gone.len(),
            known.len()
        );
        let remedy = "find out who removed them; if it was meant, raise directory.deletions_max_percent and look again";
        findings.push(Finding::new("directory_mass_deletion", what, remedy));
        look.sightings.retain(|sighting| matches!(sighting, Sighting::Present(_)));
        look.cursor = directory.cursor(source).await?;
    } else if look.whole {
        look.sightings.extend(gone.into_iter().map(Sighting::Gone));
    }
    let observed = directory.observe(source, look.sightings, look.cursor, at).await?;
    Ok(TakenIn { observed, findings })
}

fn gone(look: &Look, known: &HashSet<EntryId>) -> Vec<EntryId> {
    if look.whole {
        let present: HashSet<&EntryId> = look.present().collect();
        return known.iter().filter(|id| !present.contains(id)).cloned().collect();
    }
    let told = look.sightings.iter().filter_map(|sighting| match sighting {
        Sighting::Gone(id) => known.get(id).cloned(),
        Sighting::Present(_) => None,
    });
    told.collect()
}

fn too_many(gone: usize, known: usize, max_percent: u32) -> bool {
    let max_percent = usize::try_from(max_percent).unwrap_or(usize::MAX);
    gone > ALWAYS_MAY_GO && gone.saturating_mul(100) > known.saturating_mul(max_percent)
}

/// Gives everybody with a mailbox one, in the region where they are pinned; answers how many have one now. Goes through
/// the directory page by page.
///
/// # Errors
/// Those of the store. Whose region is closed or not configured is left out.
pub async fn provision(store: &Store, now: Timestamp) -> Result<usize> {
    let (mut count, mut after) = (0, None);
    loop {
        let page = store.directory().entries_after(after.as_ref(), PAGE_ENTRIES, AsOf::Now).await?;
        let homes = store.homes(&page.entries).await?;
        for region in store.regions() {
            count += provision_page(&homes, region, &page.entries, now).await?;
        }
        after = page.last;
        if after.is_none() {
            return Ok(count);
        }
    }
}

async fn provision_page(
    homes: &HashMap<EntryId, Region>,
    region: &RegionStore,
    entries: &[Entry],
    now: Timestamp,
) -> Result<usize> {
    let here = |entry: &&Entry| entry.kind.has_mailbox() && homes.get(&entry.id) == Some(region.name());
    let wanted: Vec<NewMailbox> = entries.iter().filter(here).filter_map(new_mailbox).collect();
    let count = wanted.len();
    let missing = region.missing(wanted).await?;
    for some in missing.chunks(PROVISION_AT_ONCE) {
        region.provision(some, now).await?;
    }
    Ok(count)
}

fn new_mailbox(entry: &Entry) -> Option<NewMailbox> {
    let address = entry.primary.as_ref()?.to_string();
    let shared = entry.kind == store::directory::EntryKind::Shared;
    Some(NewMailbox { owner: entry.id.clone(), address, shared })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn a_few_may_go_and_a_fifth_may_not() {
        assert!(!too_many(5, 5, 20), "so few may always go");
        assert!(!too_many(20, 100, 20));
        assert!(too_many(21, 100, 20));
    }
}
