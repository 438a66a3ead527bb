//! `[nodes]`: the other nodes on the same store.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

/// `[nodes]`
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Nodes {
    /// Where the others reach this one.
    pub listen: Vec<SocketAddr>,
    /// The others, as host:port.
    pub peers: Vec<String>,
}

impl Nodes {
    /// What is wrong with it.
    pub fn wrong(&self) -> Option<String> {
        let is_place = |peer: &str| {
            peer.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
        };
        let odd = self.peers.iter().find(|peer| !is_place(peer))?;
        Some(format!("`{odd}` is no place: write host:port, such as \"10.0.0.2:7443\""))
    }
}
