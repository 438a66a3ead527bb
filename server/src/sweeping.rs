//! Removes bodies beside the database that no row names: left by a kill between body and row. One node does it.

use std::time::Duration;

use store::{RegionStore, Store, StoreError};
use tokio::sync::watch;

use crate::clock::now;

/// Not at once: a start has better things to do.
const FIRST: Duration = Duration::from_secs(600);
const EVERY: Duration = Duration::from_secs(86_400);

/// Sweeps once a day until `shutdown`.
pub async fn run(store: Store, mut shutdown: watch::Receiver<bool>) {
    let mut pause = FIRST;
    loop {
        tokio::select! {
            _ = shutdown.changed() => return,
            () = tokio::time::sleep(pause) => {}
        }
        pause = EVERY;
        for region in store.regions() {
            match sweep(region).await {
                Ok(0) => {}
                Ok(bodies) => tracing::info!(bodies, region = %region.name(), "bodies that nothing named were removed"),
                Err(error) => {
                    tracing::warn!(%error, hint = error.hint(), region = %region.name(), "bodies could not be swept");
                }
            }
        }
    }
}

async fn sweep(region: &RegionStore) -> Result<usize, StoreError> {
    match region.lease("sweep").await? {
        Some(lease) => region.under(lease).sweep(now()).await,
        None => Ok(0),
    }
}
