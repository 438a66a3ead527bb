//! Unbound, the resolver that partners ask: it caches, as the world does.

use std::path::Path;

use anyhow::Result;

use super::daemon::Daemon;
use super::net::{Host, Net};

/// Starts Unbound and waits until it listens.
pub fn start(net: &Net, dir: &Path) -> Result<Daemon> {
    let dir = dir.join("unbound");
    std::fs::create_dir_all(&dir)?;
    let conf = dir.join("unbound.conf");
    std::fs::write(&conf, configuration(&dir))?;
    let mut command = net.command(Host::Resolver, "unbound");
    let mut daemon = Daemon::start(command.arg("-d").arg("-c").arg(&conf), &dir, "unbound")?;
    daemon.wait_for_port(net, Host::Resolver, 53)?;
    Ok(daemon)
}

fn configuration(dir: &Path) -> String {
    let (address, dir) = (Host::Resolver.address(), dir.display());
    let authorities: String =
        [Host::Authority, Host::Secondary].map(|host| format!("  stub-addr: {}\n", host.address())).concat();
    // Unbound answers .test and the TEST-NET reverse zone by itself unless told not to.
    format!(
        "server:\n  directory: \"{dir}\"\n  username: \"\"\n  chroot: \"\"\n  pidfile: \"\"\n  interface: {address}\n  \
         access-control: 198.51.100.0/24 allow\n  num-threads: 1\n  module-config: \"iterator\"\n  use-syslog: no\n  \
         logfile: \"\"\n  verbosity: 1\n  cache-max-negative-ttl: 2\n  local-zone: \"test.\" nodefault\n  \
         local-zone: \"100.51.198.in-addr.arpa.\" nodefault\nremote-control:\n  control-enable: no\n\
         stub-zone:\n  name: \"test.\"\n{authorities}\
         stub-zone:\n  name: \"100.51.198.in-addr.arpa.\"\n{authorities}"
    )
}
