//! Opening the store that a configuration describes.

use anyhow::Result;
use store::{HouseKeys, RegionConfig, Store, StoreConfig, StoreError};

use crate::config::Config;
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
    let region = RegionConfig {
        name: config.seal.region.clone(),
        country: config.seal.country.clone(),
        unlock_public: keys::unlock_public(&config.seal)?,
        database: config.database.opened()?,
        blobs: config.blobs.opened()?,
    };
    let opening = StoreConfig {
        data: config.data.clone(),
        node: config.node.clone(),
        database: config.database.opened()?,
        regions: vec![region],
        keys,
    };
    Store::open(opening).await.map_err(|error| explained(error, config))
}

fn explained(error: StoreError, config: &Config) -> anyhow::Error {
    let place = format!("cannot use the data folder {}", config.data.display());
    let hint = error.hint();
    if hint.is_empty() {
        return anyhow::Error::new(error).context(place);
    }
    anyhow::anyhow!("{place}: {error}\n  {hint}")
}
