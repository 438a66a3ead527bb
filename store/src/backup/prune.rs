//! Removes the oldest backups, then what none of the others needs.

use std::collections::HashSet;

use mail::Timestamp;

use super::restore::bodies_of;
use super::vault::{Vault, body_path, chunk_path};
use super::{Target, list_backups, made_at, named};
use crate::{HouseKeys, Result};

/// Pieces younger than this may be those of a backup that has no name yet.
const GRACE_MS: i64 = 24 * 3_600_000;

/// What was removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Backups.
    pub backups: u64,
    /// Chunks and bodies that only they named, or none.
    pub pieces: u64,
}

/// Leaves the newest `keep` backups. A place where one of these does not open is left as it is.
///
/// # Errors
/// [`crate::StoreError::Tampered`], those of the target. Running it again goes on.
pub async fn prune(target: &Target, keys: &HouseKeys, keep: usize, now: Timestamp) -> Result<Pruned> {
    // A clock that was ahead named some for days to come: they count for nothing, or new ones would be the oldest.
    let (names, ahead): (Vec<_>, Vec<_>) =
        list_backups(target).await?.into_iter().partition(|name| made_at(name).is_some_and(|at| at <= now));
    let (old, kept) = names.split_at(names.len().saturating_sub(keep.max(1)));
    let vault = Vault::unlisted(target, keys);
    let mut needed = HashSet::new();
    for name in kept.iter().chain(&ahead) {
        needs(&vault, name, &mut needed).await?;
    }
    let mut pruned = Pruned::default();
    for name in old {
        target.remove(&named(name)).await?;
        pruned.backups += 1;
    }
    for kind in ["chunks", "bodies"] {
        for (name, written_at) in target.list(kind).await? {
            let path = format!("{kind}/{name}");
            if now.ms_since(written_at) > GRACE_MS && !needed.contains(&path) {
                target.remove(&path).await?;
                pruned.pieces += 1;
            }
        }
    }
    Ok(pruned)
}

/// All that a backup needs, by path.
async fn needs(vault: &Vault, name: &str, needed: &mut HashSet<String>) -> Result<()> {
    let (_, manifest) = vault.manifest(Some(name)).await?;
    for database in &manifest.databases {
        let chunks = database.tables().chain(&database.bodies).flat_map(|table| &table.chunks);
        needed.extend(chunks.map(chunk_path));
        if let Some((region, bodies)) = bodies_of(vault, database).await? {
            needed.extend(bodies.into_iter().map(|body| body_path(&region, body)));
        }
    }
    Ok(())
}
