//! kdig: what a name server says, asked directly.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use anyhow::Result;

use crate::lab::net::{Host, Net};
use crate::lab::run::succeed;

/// The MX hosts that `server` gives for `corp.test`, sorted, without the final dot.
pub fn mx(net: &Net, server: Host) -> Result<Vec<String>> {
    let at = format!("@{}", server.address());
    let said = succeed(net.command(Host::Admin, "kdig").args([&at, "corp.test", "MX", "+short", "+timeout=2"]))?;
    let mut hosts: Vec<String> = said
        .lines()
        .filter_map(|line| line.split_whitespace().nth(1))
        .map(|host| host.trim_end_matches('.').to_owned())
        .collect();
    hosts.sort();
    Ok(hosts)
}

/// A look at the MX of every authoritative server, over and over, while something changes it.
pub struct MxWatch {
    stop: Arc<AtomicBool>,
    worker: std::thread::JoinHandle<Result<Vec<MxSight>>>,
}

/// What one server said at one moment.
#[derive(Clone, Debug)]
pub struct MxSight {
    /// Who said it.
    pub server: Host,
    /// When, as seen by the asker.
    pub at: Instant,
    /// The MX hosts.
    pub hosts: Vec<String>,
}

impl MxWatch {
    /// Starts looking.
    pub fn start(net: &Arc<Net>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (flag, net) = (Arc::clone(&stop), Arc::clone(net));
        let worker = std::thread::spawn(move || {
            let mut sights = Vec::new();
            while !flag.load(Ordering::Relaxed) {
                for server in [Host::Authority, Host::Secondary] {
                    sights.push(MxSight { server, hosts: mx(&net, server)?, at: Instant::now() });
                }
            }
            Ok(sights)
        });
        Self { stop, worker }
    }

    /// Stops looking and tells everything seen.
    pub fn finish(self) -> Result<Vec<MxSight>> {
        self.stop.store(true, Ordering::Relaxed);
        self.worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}
