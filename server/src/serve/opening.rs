//! Opening the store that a configuration describes.

use anyhow::{Context as _, Result};
use serde_json::json;
use store::{HouseKeys, Pinning, RegionConfig, Store, StoreConfig, StoreError, backup};

use crate::clock::now;
use crate::config::{Config, RegionSection};
use crate::keys::{self, HouseKeyFiles};

/// The keys that lie outside the data folder; made at the first start.
///
/// # Errors
/// When one is missing, malformed, or readable by others.
pub fn house_keys(config: &Config) -> Result<HouseKeys> {
    HouseKeyFiles::in_folder(&config.secrets).load_or_make(&config.data)
}

/// Opens the store, bringing it to this release.
///
/// # Errors
/// Names what is wrong with folder or keys and what to do about it.
pub async fn open_store(config: &Config, keys: HouseKeys) -> Result<Store> {
    let store = Store::open(store_config(config, keys)?).await.map_err(|error| explained(error, config))?;
    settle_copies(config, &store).await.context("what was put back cannot be told that it is a copy")?;
    store.say_counted(now()).await.context("the log cannot be told that rows are counted")?;
    let groups = config.pinning.groups.iter().map(|pin| (pin.group.clone(), pin.region.clone())).collect();
    Ok(store.with_pinning(Pinning { groups, default: config.pinning.default.clone() }))
}

/// The store as a configuration describes it.
///
/// # Errors
/// When a file that it names cannot be read, or by others too.
pub fn store_config(config: &Config, keys: HouseKeys) -> Result<StoreConfig> {
    // The bucket's client takes the process's one, or panics without. Somebody else may have chosen it before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let regions = config.regions().iter().map(|section| region(config, section)).collect::<Result<_>>()?;
    let (data, node, database) = (config.data.clone(), config.node.clone(), config.database.opened()?);
    Ok(StoreConfig { data, node, database, regions, keys })
}

/// What `relais restore` put back is told so at its first start.
async fn settle_copies(config: &Config, store: &Store) -> Result<()> {
    let regions = config.regions();
    let own = regions.iter().filter_map(|region| region.data.as_ref());
    for folder in std::iter::once(&config.data).chain(own) {
        let (copies, mut left) = (backup::put_back(folder)?, Vec::new());
        for copy in &copies {
            let (name, is_house) = (&copy.backup, copy.directory);
            let here = regions.iter().map(|region| region.name.clone()).filter(|name| copy.regions.contains(name));
            // One that is closed is told once it opens.
            let (here, closed): (Vec<_>, Vec<_>) = here.partition(|name| store.region(name).is_ok());
            if !closed.is_empty() {
                left.push(backup::PutBack { backup: name.clone(), directory: false, regions: closed });
            }
            if here.is_empty() && !is_house {
                continue;
            }
            store.is_a_copy(is_house, &here, now()).await?;
            let detail = json!({ "backup": name, "directory": is_house, "regions": here }).to_string();
            store.directory().audit(now(), "relais", "backup.restored", &detail).await?;
            tracing::warn!(backup = name, folder = %folder.display(), "this is a copy: mail that waits is held, everybody signs in anew");
        }
        if !copies.is_empty() {
            backup::told(folder, &left)?;
        }
    }
    Ok(())
}

fn region(config: &Config, section: &RegionSection) -> Result<RegionConfig> {
    let named = || format!("region {}", section.name);
    Ok(RegionConfig {
        name: section.name.clone(),
        country: section.country.clone(),
        place: section.place.clone(),
        unlock_public: keys::unlock_public(&section.seal(&config.seal))?,
        database: section.database(&config.database).with_context(named)?,
        blobs: section.blobs(&config.blobs).with_context(named)?,
    })
}

fn explained(error: StoreError, config: &Config) -> anyhow::Error {
    let place = format!("cannot use the data folder {}", config.data.display());
    let hint = error.hint();
    if hint.is_empty() {
        return anyhow::Error::new(error).context(place);
    }
    anyhow::anyhow!("{place}: {error}\n  {hint}")
}
