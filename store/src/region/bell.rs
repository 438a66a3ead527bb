//! A bell a mailbox: whoever idles on it hears that the view changed.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;

use crate::{MailboxId, RegionStore};

/// The bells that somebody listens to.
#[derive(Default)]
pub(super) struct Bells(Mutex<HashMap<MailboxId, watch::Sender<u64>>>);

impl Bells {
    pub(super) fn listen(&self, mailbox: MailboxId) -> watch::Receiver<u64> {
        let mut bells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        bells.entry(mailbox).or_insert_with(|| watch::channel(0).0).subscribe()
    }

    /// Rings after a commit; a bell without listeners is taken down.
    pub(super) fn ring(&self, mailbox: MailboxId) {
        let mut bells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(bell) = bells.get(&mailbox) else { return };
        if bell.is_closed() {
            bells.remove(&mailbox);
        } else {
            bell.send_modify(|rings| *rings += 1);
        }
    }
}

impl Bells {
    /// Something may have been missed.
    pub(super) fn ring_all(&self) {
        let mut bells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        bells.retain(|_, bell| !bell.is_closed());
        bells.values().for_each(|bell| bell.send_modify(|rings| *rings += 1));
    }
}

impl RegionStore {
    /// A counter that rises with every change of the mailbox's view.
    #[must_use]
    pub fn changed(&self, mailbox: MailboxId) -> watch::Receiver<u64> {
        self.inner.bells.listen(mailbox)
    }
}
