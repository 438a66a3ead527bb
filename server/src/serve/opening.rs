//! Opening the store that a configuration describes.

use anyhow::{Context as _, Result};
use store::{HouseKeys, Pinning, RegionConfig, Store, StoreConfig, StoreError};

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
    // The bucket's client takes the process's one, or panics without. Somebody else may have chosen it before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let regions = config.regions().iter().map(|section| region(config, section)).collect::<Result<_>>()?;
    let opening = StoreConfig {
        data: config.data.clone(),
        node: config.node.clone(),
        database: config.database.opened()?,
        regions,
        keys,
    };
    let store = Store::open(opening).await.map_err(|error| explained(error, config))?;
    let groups = config.pinning.groups.iter().map(|pin| (pin.group.clone(), pin.region.clone())).collect();
    Ok(store.with_pinning(Pinning { groups, default: config.pinning.default.clone() }))
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
