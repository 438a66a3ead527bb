//! Mail that leaves: the store's queue and our resolver, as `smtp`'s runner wants them.
//!
//! ```text
//!   RegionStore::due ──> RegionQueue ──> Runner ──> Names ──> dns::Resolver
//!   RegionStore::settle <──┘   │
//!                              └─ notify ──> Delivery: a mailbox of ours, or the queue again
//! ```
//!
//! One runner a region: what waits in a region is read and sent there.

mod settings;

use std::net::IpAddr;
use std::sync::Arc;

use mail::{Address, Domain, RelaisId, Timestamp};
use smtp::outbound::{Item, Mx, Page, Place, Settlement};
use smtp::{Error, MxResolver, Queue, Runner, header};
use store::region::{Due, DuePlace, Outcome};
use store::{OutgoingId, RecipientId, RegionStore, Store, StoreError};
use tokio::sync::{Mutex, watch};
use tokio::task::JoinSet;

use crate::clock;
use crate::config::Config;
use crate::metrics::QueueFigures;
use crate::reception::{Addressing, Delivery, Letter, notice_envelope};

pub use settings::signers;

/// The queue of one region.
pub struct RegionQueue {
    region: RegionStore,
    addressing: Arc<Addressing>,
    hostname: String,
    figures: QueueFigures,
    bell: Mutex<watch::Receiver<()>>,
    /// Any node took in something that waits to leave.
    others: Mutex<watch::Receiver<u64>>,
}

impl Queue for RegionQueue {
    async fn due(&self, now: Timestamp, after: Option<Place>, limit: usize) -> Result<Page, Error> {
        let limit = u32::try_from(limit).unwrap_or(u32::MAX);
        let after = after.map(|place| DuePlace { at: place.at, recipient: RecipientId(place.recipient) });
        let page = self.region.due(now, after, limit).await.map_err(|error| backend("the queue", &error))?;
        let next = page.next.map(|place| Place { at: place.at, recipient: place.recipient.0 });
        Ok(Page { items: page.due.into_iter().map(item).collect(), next })
    }

    async fn lease(&self, recipients: &[i64], now: Timestamp) -> Result<Vec<i64>, Error> {
        numbers(self.region.take_due(ids(recipients), now).await)
    }

    async fn renew(&self, recipients: &[i64], now: Timestamp) -> Result<Vec<i64>, Error> {
        numbers(self.region.renew_due(ids(recipients), now).await)
    }

    async fn raw(&self, outgoing: i64) -> Result<Vec<u8>, Error> {
        let raw = self.region.outgoing_raw(OutgoingId(outgoing)).await;
        raw.map(without_our_marks).map_err(|error| backend("a waiting message", &error))
    }

    async fn settle(&self, recipient: i64, settlement: Settlement) -> Result<(), Error> {
        let outcome = match settlement {
            Settlement::Delivered { reply } => Outcome::Delivered { reply },
            Settlement::Retry { at, reply } => Outcome::Retry { at, reply },
            Settlement::Untold { at, failed } => Outcome::Untold { at, failed },
            Settlement::Failed { reply } => Outcome::Failed { reply },
        };
        let counted = match &outcome {
            Outcome::Delivered { .. } => Some(&self.figures.delivered),
            Outcome::Failed { .. } => Some(&self.figures.failed),
            Outcome::Retry { .. } | Outcome::Untold { .. } | Outcome::Held => None,
        };
        let settled = self.region.settle(RecipientId(recipient), outcome).await;
        settled.map_err(|error| backend("the queue", &error))?;
        if let Some(counter) = counted {
            counter.inc();
        }
        Ok(())
    }

    async fn notify(&self, to: Address, raw: Vec<u8>) -> Result<(), Error> {
        let envelope = notice_envelope(&to);
        let mut delivery = Delivery::new(&self.addressing, &self.hostname);
        for recipient in &envelope.recipients {
            if let Err(reply) = delivery.add(recipient).await {
                if !reply.is_permanent() {
                    return Err(Error::Refused(reply));
                }
                tracing::warn!(%to, %reply, "a notice has nobody to go to");
                return Ok(());
            }
        }
        let letter = Letter { envelope: &envelope, raw: &raw, stamps: Vec::new(), peer: None, at: clock::now() };
        delivery.commit(letter).await.map(drop).map_err(Error::Refused)
    }

    async fn changed(&self) {
        let (mut here, mut anywhere) = (self.bell.lock().await, self.others.lock().await);
        let rung = tokio::select! {
            rung = here.changed() => rung,
            rung = anywhere.changed() => rung,
        };
        if rung.is_err() {
            std::future::pending().await
        }
    }
}

fn ids(recipients: &[i64]) -> Vec<RecipientId> {
    recipients.iter().copied().map(RecipientId).collect()
}

fn numbers(leased: Result<Vec<RecipientId>, StoreError>) -> Result<Vec<i64>, Error> {
    let leased = leased.map_err(|error| backend("the queue", &error))?;
    Ok(leased.into_iter().map(|recipient| recipient.0).collect())
}

fn item(due: Due) -> Item {
    Item { outgoing: due.outgoing.0, recipient: due.recipient.0, waiting: due.waiting, size_bytes: due.size_bytes }
}

fn backend(what: &'static str, error: &StoreError) -> Error {
    Error::Backend { what, cause: error.to_string() }
}

/// Takes off what is only meant for our own mailboxes: `Relais-Id`, and `Return-Path`, which belongs to final
/// delivery alone (RFC 5321 §4.4).
fn without_our_marks(mut raw: Vec<u8>) -> Vec<u8> {
    let ours = |field: &header::Field<'_>| field.is(RelaisId::HEADER) || field.is("Return-Path");
    let length: usize = header::fields(&raw).take_while(ours).map(|field| field.whole().len()).sum();
    raw.drain(..length);
    raw
}

/// Our resolver, as the runner asks it.
pub struct Names(pub dns::Resolver);

impl MxResolver for Names {
    async fn mx(&self, domain: &Domain) -> Result<Mx, Error> {
        let name = name(domain.as_str())?;
        Ok(match self.0.mx(&name).await.map_err(|error| unresolved(&error))? {
            dns::MxAnswer::Hosts(hosts) => {
                Mx::Hosts(hosts.into_iter().map(|(preference, host)| (preference, host.to_string())).collect())
            }
            dns::MxAnswer::Implicit(_) => Mx::Hosts(Vec::new()),
            // RFC 7505 §3, spelt as the record has it
            dns::MxAnswer::Null => Mx::Hosts(vec![(0, ".".to_owned())]),
            dns::MxAnswer::NoDomain => Mx::NoSuchDomain,
        })
    }

    async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, Error> {
        if let Ok(address) = host.parse() {
            return Ok(vec![address]);
        }
        self.0.addresses(&name(host)?).await.map_err(|error| unresolved(&error))
    }
}

fn name(text: &str) -> Result<dns::Name, Error> {
    dns::Name::parse(text).map_err(|error| unresolved(&error))
}

fn unresolved(error: &dns::DnsError) -> Error {
    Error::Backend { what: "DNS", cause: error.to_string() }
}

/// What the runners work with.
pub struct Parts<'a> {
    /// Where mail waits.
    pub store: &'a Store,
    /// Where notices go.
    pub addressing: &'a Arc<Addressing>,
    /// Who finds hosts.
    pub resolver: dns::Resolver,
    /// What is counted.
    pub figures: &'a QueueFigures,
}

/// Starts a runner for every region; they end with `shutdown`.
///
/// # Errors
/// A smarthost's password file that cannot be read, or no TLS.
pub fn start(
    parts: Parts<'_>,
    config: &Config,
    tasks: &mut JoinSet<()>,
    shutdown: &watch::Receiver<bool>,
) -> anyhow::Result<()> {
    let Parts { store, addressing, resolver, figures } = parts;
    let settings = settings::of(config)?;
    let names = Arc::new(Names(resolver));
    for region in store.regions() {
        let queue = RegionQueue {
            region: region.clone(),
            addressing: Arc::clone(addressing),
            hostname: config.hostname(),
            figures: figures.clone(),
            bell: Mutex::new(addressing.outgoing()),
            others: Mutex::new(region.outgoing_changed()),
        };
        let runner = Runner::new(Arc::new(queue), Arc::clone(&names), settings.clone());
        tasks.spawn(runner.run(shutdown.clone()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn what_leaves_carries_none_of_our_marks() {
        let raw = b"Relais-Id: x.y\r\nReturn-Path: <a@b.test>\r\nReceived: z\r\nReturn-Path: <c@d.test>\r\n\r\nbody";
        let out = without_our_marks(raw.to_vec());
        assert_eq!(out, b"Received: z\r\nReturn-Path: <c@d.test>\r\n\r\nbody");
    }
}
