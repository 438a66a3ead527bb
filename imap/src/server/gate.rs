//! How many may be in at once, together and from one address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::Limits;

/// Counts who is in.
pub(super) struct Gate {
    total_max: usize,
    peer_max: usize,
    inside: Mutex<HashMap<IpAddr, usize>>,
}

/// One who is in; leaving is dropping it.
pub(super) struct Permit {
    gate: Arc<Gate>,
    peer: IpAddr,
}

impl Gate {
    pub(super) fn new(limits: &Limits) -> Arc<Self> {
        let inside = Mutex::default();
        Arc::new(Self { total_max: limits.connections_max, peer_max: limits.connections_per_peer_max, inside })
    }

    pub(super) fn enter(self: &Arc<Self>, peer: IpAddr) -> Option<Permit> {
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        let total: usize = inside.values().sum();
        let own = inside.entry(peer).or_default();
        if total >= self.total_max || *own >= self.peer_max {
            return None;
        }
        *own += 1;
        Some(Permit { gate: Arc::clone(self), peer })
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut inside = self.gate.inside.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = inside.get_mut(&self.peer) {
            *own -= 1;
            if *own == 0 {
                inside.remove(&self.peer);
            }
        }
    }
}
