//! People, credentials, runs and audit.

use crate::{Result, StoreConfig};

/// The directory database. A cheap clone.
#[derive(Clone)]
pub struct Directory {}

impl Directory {
    pub(crate) async fn open(config: &StoreConfig) -> Result<Self> {
        let _ = config;
        Ok(Self {})
    }
}
