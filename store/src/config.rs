//! What a store has to be told before it opens.

use std::fmt;
use std::path::PathBuf;

use mail::Region;
use zeroize::Zeroizing;

/// The store's part of the configuration.
#[derive(Clone, Debug)]
pub struct StoreConfig {
    /// The data folder. One process at a time holds it.
    pub data: PathBuf,
    /// The name of this node; it is written beside the epoch keys that the node makes.
    pub node: String,
    /// At least one region; the first is the default.
    pub regions: Vec<RegionConfig>,
    /// The keys that lie outside the data folder.
    pub keys: HouseKeys,
}

/// One region.
#[derive(Clone, Debug)]
pub struct RegionConfig {
    /// Its name, part of file names and of every seal.
    pub name: Region,
    /// The country its data stays in, ISO 3166-1 alpha-2.
    pub country: String,
    /// The public half of the unlock key, pinned here.
    pub unlock_public: [u8; 32],
}

/// The three symmetric keys of the house. They lie outside database, blobs and backups.
#[derive(Clone)]
pub struct HouseKeys {
    /// Makes and checks the codes on rows.
    pub integrity: Zeroizing<[u8; 32]>,
    /// Hashes folder paths, credentials and `Relais-Id`.
    pub hash: Zeroizing<[u8; 32]>,
    /// Wraps mail that waits to be relayed or delivered.
    pub transit: Zeroizing<[u8; 32]>,
}

impl HouseKeys {
    /// Three fresh random keys.
    #[must_use]
    pub fn generate() -> Self {
        let fresh = || Zeroizing::new(rand::random::<[u8; 32]>());
        Self { integrity: fresh(), hash: fresh(), transit: fresh() }
    }
}

impl fmt::Debug for HouseKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HouseKeys")
    }
}
