//! Keeps the search index going: what was received or copied is indexed once it has calmed down, in standby too.

use std::time::Duration;

use store::Store;
use tokio::sync::watch;

/// A mailbox where nothing came for as long is calm.
const EVERY: Duration = Duration::from_secs(2);

/// Looks until `shutdown`.
pub async fn run(store: Store, mut shutdown: watch::Receiver<bool>) {
    while !*shutdown.borrow_and_update() {
        for region in store.regions() {
            // What was not indexed stays on the list, and a search reads it meanwhile.
            if let Err(error) = region.index_waiting().await {
                tracing::warn!(%error, hint = error.hint(), region = %region.name(), "messages could not be indexed");
            }
        }
        tokio::select! {
            _ = shutdown.changed() => {}
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}
