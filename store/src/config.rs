//! What a store has to be told before it opens.

use std::fmt;
use std::path::{Path, PathBuf};

use mail::Region;
use zeroize::Zeroizing;

use crate::engine::Address;

/// The store's part of the configuration.
#[derive(Clone, Debug)]
pub struct StoreConfig {
    /// The data folder. One process at a time holds it.
    pub data: PathBuf,
    /// The name of this node; it is written beside the epoch keys that the node makes.
    pub node: String,
    /// Where the directory is kept.
    pub database: Database,
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
    /// The place it is declared to be in, such as `eu-west-3`; compared with what its blob store says of itself.
    pub place: Option<String>,
    /// The public half of the unlock key, pinned here.
    pub unlock_public: [u8; 32],
    /// Where its rows are kept.
    pub database: Database,
    /// Where its large bodies are kept.
    pub blobs: BlobStore,
}

/// Where large sealed bodies are kept.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum BlobStore {
    /// In the data folder.
    #[default]
    Folder,
    /// In a folder of its own.
    At(PathBuf),
    /// In a bucket.
    Bucket {
        /// `s3://bucket/prefix`, `az://container/prefix` or `gs://bucket/prefix`
        url: String,
        /// The client's options by their names, such as `endpoint` and `access_key_id`.
        options: Vec<(String, String)>,
    },
}

// Options hold keys.
impl fmt::Debug for BlobStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder => f.write_str("Folder"),
            Self::At(folder) => write!(f, "At({})", folder.display()),
            Self::Bucket { url, .. } => write!(f, "Bucket({url})"),
        }
    }
}

/// Where a database is kept.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum Database {
    /// In the data folder, by SQLite.
    #[default]
    Folder,
    /// In a folder of its own, by SQLite.
    At(PathBuf),
    /// At a PostgreSQL server, 14 or newer, in a schema of its own.
    Postgres {
        /// `postgres://user:password@host/database?sslmode=verify-full`
        url: Zeroizing<String>,
        /// What schema names begin with: lower-case letters, digits and `_`.
        prefix: String,
    },
}

impl Database {
    /// Where tests keep theirs: `RELAIS_TEST_POSTGRES` names a server, so that every case runs on both engines.
    #[cfg(test)]
    pub(crate) fn of_tests() -> Self {
        match std::env::var("RELAIS_TEST_POSTGRES") {
            Ok(url) => Self::Postgres {
                url: Zeroizing::new(url),
                prefix: format!("t{}", hex::encode(rand::random::<[u8; 8]>())),
            },
            Err(_) => Self::Folder,
        }
    }

    /// The database of this name: `directory`, or `region-<name>`.
    pub(crate) fn address(&self, data: &Path, name: &str) -> Address {
        match self {
            Self::Folder => Address::File(data.join(format!("{name}.db"))),
            Self::At(folder) => Address::File(folder.join(format!("{name}.db"))),
            Self::Postgres { url, prefix } => {
                Address::Schema { url: url.clone(), schema: format!("{prefix}_{}", name.replace(['-', '.'], "_")) }
            }
        }
    }
}

// A URL may hold a password.
impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder => f.write_str("Folder"),
            Self::At(folder) => write!(f, "At({})", folder.display()),
            Self::Postgres { prefix, .. } => write!(f, "Postgres({prefix})"),
        }
    }
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

    /// A key for a use of its own, the same at every node that has these keys.
    #[must_use]
    pub fn derived(&self, purpose: &str) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(crate::mac::code(&self.integrity, "derived key", &[purpose.into()]))
    }
}

impl fmt::Debug for HouseKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HouseKeys")
    }
}
