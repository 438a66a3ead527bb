//! What a backup names: the databases, their tables, and the chunks of each in order.

use serde::{Deserialize, Serialize};

use super::vault::ChunkName;
use crate::{Result, StoreError};

/// The first byte of an encoded manifest.
const FORM: u8 = 1;

/// A backup.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    /// When it was begun.
    pub(super) at_ms: i64,
    /// Who wrote it.
    pub(super) release: String,
    pub(super) databases: Vec<Database>,
}

/// A database of it.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Database {
    /// `directory` or `region-NAME`.
    pub(super) name: String,
    pub(super) page_bytes: i64,
    /// Statements that make its tables.
    pub(super) makes: Vec<String>,
    /// Statements that make what would act on rows that are put back: indexes, triggers.
    pub(super) finishes: Vec<String>,
    pub(super) rows: Vec<Table>,
    /// The ids of the bodies that lie beside it.
    pub(super) bodies: Option<Table>,
}

/// A table of it.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<String>,
    pub(super) chunks: Vec<ChunkName>,
    pub(super) rows: u64,
}

impl Database {
    /// All its tables.
    pub(super) fn tables(&self) -> impl Iterator<Item = &Table> {
        self.rows.iter()
    }
}

impl Manifest {
    pub(super) fn encode(&self) -> Result<Vec<u8>> {
        postcard::to_extend(self, vec![FORM]).map_err(|error| StoreError::Refused(error.to_string()))
    }

    /// It was sealed by ours, so that what does not read is of another release.
    pub(super) fn decode(bytes: &[u8]) -> Result<Self> {
        match bytes.split_first() {
            Some((&FORM, rest)) => {
                postcard::from_bytes(rest).map_err(|error| StoreError::Corrupt(format!("a backup: {error}")))
            }
            Some((&found, _)) => Err(StoreError::NewerVersion { found: found.into(), known: FORM.into() }),
            None => Err(StoreError::Corrupt("an empty backup".to_owned())),
        }
    }
}
