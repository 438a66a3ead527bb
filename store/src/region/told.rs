//! What other nodes change in this region's database, and what of it this one remembers.
//!
//! | remembered | learns by |
//! |---|---|
//! | who idles (`bell`) | `m7`: mailbox 7's mod-sequence or folders changed |
//! | which views are laid out (`view::Views`) | `c`: a clean point came or went |
//! | private keys and epochs (`seal::Ring`) | `k7`: mailbox 7 has a new pair: it is sealed here until it is unsealed anew |
//! | what waits to leave (`outgoing_changed`) | `q` |
//! | opened indexes, places (`search`) | nothing: every search compares segments and the mod-sequence with the rows |
//! | a search's verdicts on contents | nothing: contents never change |
//! | the latest moment heard | nothing: every node hears its own clock |
//!
//! The words come from triggers, with the commit: no way in forgets them. A connection that was lost may have missed
//! some; then all but private keys is taken for changed, and a key that opens nothing any more is compared with its row.

use std::sync::Arc;

use tokio::sync::watch;

use super::Inner;
use crate::db::{self, Heard};
use crate::{MailboxId, RegionStore};

impl RegionStore {
    /// Begins to listen, and to say that this node lives.
    pub(super) async fn follow_others(&self) {
        let inner = Arc::downgrade(&self.inner);
        let told = move |heard: Heard<'_>| {
            if let Some(inner) = inner.upgrade() {
                inner.told(heard);
            }
        };
        let tasks = [self.inner.engine.listen(told).await, self.inner.seat.beat()];
        // Set once: a region is opened once.
        let _ = self.inner.tasks.set(tasks.into_iter().flatten().collect());
    }

    /// Changes when another node, or this one, took in something that waits to leave; only on PostgreSQL.
    #[must_use]
    pub fn outgoing_changed(&self) -> watch::Receiver<u64> {
        self.inner.outgoing.subscribe()
    }
}

impl Inner {
    fn told(self: Arc<Self>, heard: Heard<'_>) {
        let Heard::Word(word) = heard else {
            self.views.forget();
            self.ring.forget_writing();
            self.bells.ring_all();
            self.outgoing.send_modify(|rings| *rings += 1);
            return;
        };
        let (kind, number) = word.split_at_checked(1).unwrap_or_default();
        let mailbox = number.parse().map(MailboxId);
        match (kind, mailbox) {
            ("m", Ok(mailbox)) => self.bells.ring(mailbox),
            ("k", Ok(mailbox)) => {
                tokio::spawn(async move { self.seal_unless_new(mailbox).await });
            }
            ("c", _) => self.views.forget(),
            ("q", _) => self.outgoing.send_modify(|rings| *rings += 1),
            _ => {}
        }
    }

    /// Seals a mailbox that has another pair than the one that is open here. Whoever was told late may have unsealed the
    /// new one meanwhile.
    async fn seal_unless_new(&self, mailbox: MailboxId) {
        let select = "SELECT public FROM mailbox WHERE id = ?1";
        let row = db::query_scalar::<Vec<u8>>(select).bind(mailbox.0).fetch_optional(&self.engine.readers).await;
        let open = self.ring.pair(mailbox).map(|pair| pair.public.to_vec());
        if open.is_none() || !matches!(&row, Ok(public) if *public == open) {
            self.ring.forget_mailbox(mailbox);
            self.searches.close(mailbox);
        }
        self.bells.ring(mailbox);
    }
}
