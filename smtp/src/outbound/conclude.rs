//! What becomes of an item after an attempt, and who hears of it.
//!
//! ```text
//!   2yz ─> [Relayed notice, where the server sends none] ─> Delivered
//!   4yz ─> [Delayed notice] ─> Retry{at} ── too old ──┐
//!   5yz ─────────────────────────────────────────────┴─> Failed notice ─┬─ kept ───────────> Failed
//!                                                                       └─ not now: Untold{at}, until too old
//! ```

use std::time::Duration;

use mail::{Enhanced, Failed, Reply};

use super::{Item, MxResolver, Notice, NoticeKind, Queue, Runner, Settlement, compose_notice};
use crate::driver::now;

/// Who tells a sender that wants to hear of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    ByUs,
    ByThem,
}

impl<Q: Queue, R: MxResolver> Runner<Q, R> {
    pub(super) async fn conclude(&self, item: &Item, reply: Reply, told: Told) {
        tracing::info!(recipient = %item.waiting.address, attempt = item.waiting.attempts + 1, %reply, "delivery");
        if reply.is_positive() {
            // RFC 3461 §5.2.2: who took NOTIFY over says what became of it.
            if item.waiting.notify.success && told == Told::ByUs {
                self.tell(NoticeKind::Relayed, item, &reply).await;
            }
            self.settle(item, Settlement::Delivered { reply }).await;
        } else if reply.is_permanent() {
            self.give_up(item, reply).await;
        } else {
            self.put_off(item, reply).await;
        }
    }

    pub(super) async fn put_off(&self, item: &Item, reply: Reply) {
        match self.settings.schedule.next(item.waiting.attempts, item.waiting.queued_at, now()) {
            Some(at) => {
                if item.waiting.notify.delay && self.settings.schedule.is_late_now(item.waiting.attempts) {
                    self.tell(NoticeKind::Delayed, item, &reply).await;
                }
                self.settle(item, Settlement::Retry { at, reply }).await;
            }
            // RFC 3463 §3.5: delivery time expired
            None => {
                let text = format!("Given up after many attempts; the last answer was: {reply}");
                self.give_up(item, Reply::new(554, Enhanced(5, 4, 7), text)).await;
            }
        }
    }

    async fn give_up(&self, item: &Item, reply: Reply) {
        self.tell_failed(item, Failed { at: now(), reply }).await;
    }

    /// Tells the sender of an item that has failed before.
    pub(super) async fn conclude_failed(&self, item: &Item) {
        if let Some(failed) = item.waiting.failed.clone() {
            self.tell_failed(item, failed).await;
        }
    }

    async fn tell_failed(&self, item: &Item, failed: Failed) {
        let reply = failed.reply.clone();
        // The notice first: told twice after a crash is better than never told.
        if !item.waiting.notify.failure || self.tell(NoticeKind::Failed, item, &reply).await {
            return self.settle(item, Settlement::Failed { reply }).await;
        }
        match self.settings.schedule.next(item.waiting.attempts, failed.at, now()) {
            Some(at) => self.settle(item, Settlement::Untold { at, failed }).await,
            None => {
                let (to, recipient) = (&item.waiting.reverse_path, &item.waiting.address);
                tracing::error!(%to, %recipient, %reply, "a failure could not be told to anybody");
                self.settle(item, Settlement::Failed { reply }).await;
            }
        }
    }

    /// Whether the sender has been told, or is nobody to be told (RFC 5321 §4.5.5).
    async fn tell(&self, kind: NoticeKind, item: &Item, reply: &Reply) -> bool {
        let Some(to) = item.waiting.reverse_path.address() else { return true };
        let held = self.read(item).await;
        if let Err(error) = &held {
            tracing::error!(outgoing = item.outgoing, %error, "a waiting message cannot be read");
        }
        let original = held.as_ref().map(|held| held.raw.as_slice()).unwrap_or_default();
        let notice = Notice { kind, item, reply, original };
        let raw = compose_notice(&notice, to, &self.settings.client.name, rand::random(), now());
        drop(held);
        let told = match raw {
            Ok(raw) => self.queue.notify(to.clone(), raw).await,
            Err(error) => Err(error),
        };
        if let Err(error) = &told {
            tracing::error!(%to, %error, "a notice cannot be kept");
        }
        told.is_ok()
    }

    async fn settle(&self, item: &Item, settlement: Settlement) {
        // A lost settlement is a second delivery, so this tries harder than other writes.
        for wait_s in [0, 1, 5, 30] {
            tokio::time::sleep(Duration::from_secs(wait_s)).await;
            match self.queue.settle(item.recipient, settlement.clone()).await {
                Ok(()) => return,
                Err(error) => {
                    tracing::error!(recipient = %item.waiting.address, %error, "cannot note what became of a delivery")
                }
            }
        }
    }
}
