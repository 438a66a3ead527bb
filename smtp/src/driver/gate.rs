//! How many may be inside at one time, in all and from one peer.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::Limits;

/// Counts connections.
pub(super) struct Gate {
    counts: Mutex<Counts>,
    max: usize,
    per_peer_max: usize,
}

#[derive(Default)]
struct Counts {
    total: usize,
    peers: HashMap<IpAddr, usize>,
}

/// One connection's place; given back when dropped.
pub(super) struct Permit {
    gate: Arc<Gate>,
    peer: IpAddr,
}

impl Gate {
    pub(super) fn new(limits: &Limits) -> Arc<Self> {
        Arc::new(Self {
            counts: Mutex::default(),
            max: limits.connections_max,
            per_peer_max: limits.connections_per_peer_max,
        })
    }

    pub(super) fn enter(self: &Arc<Self>, peer: IpAddr) -> Option<Permit> {
        let peer = site(peer);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let here = counts.peers.get(&peer).copied().unwrap_or(0);
        if counts.total >= self.max || here >= self.per_peer_max {
            return None;
        }
        counts.total += 1;
        counts.peers.insert(peer, here + 1);
        Some(Permit { gate: Arc::clone(self), peer })
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut counts = self.gate.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.total = counts.total.saturating_sub(1);
        let here = counts.peers.get(&self.peer).copied().unwrap_or(0).saturating_sub(1);
        if here == 0 {
            counts.peers.remove(&self.peer);
        } else {
            counts.peers.insert(self.peer, here);
        }
    }
}

// One IPv6 site has a whole /64 to call from.
fn site(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6((u128::from(v6) & !u128::from(u64::MAX)).into()),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn one_peer_cannot_fill_the_house_and_places_come_back() {
        let gate = Gate::new(&Limits { connections_max: 3, connections_per_peer_max: 2, ..Limits::default() });
        let (a, b) = ("192.0.2.1".parse().unwrap(), "2001:db8::1".parse().unwrap());
        let first = gate.enter(a);
        let _second = gate.enter(a).unwrap();
        assert!(gate.enter(a).is_none());
        let _third = gate.enter(b).unwrap();
        assert!(gate.enter("2001:db8:1::1".parse().unwrap()).is_none());
        drop(first);
        assert!(gate.enter("2001:db8::2".parse().unwrap()).is_some());
    }
}
