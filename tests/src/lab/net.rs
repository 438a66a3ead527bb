//! One network namespace a host, on a bridge in a switch namespace; nothing reaches the machine's own network.
//!
//! Names are machine-global, so each net carries the process id of its maker; nets of the dead are swept away.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context as _, Result};

use super::run::{run, succeed};

/// A host; its number is the last part of its address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    /// Where the lab itself asks from.
    Admin = 1,
    /// The organisation's own mail system.
    Primary = 10,
    /// Its directory.
    Directory = 11,
    /// An S3 service.
    Bucket = 14,
    /// PostgreSQL.
    Database = 15,
    /// Its replica.
    Replica = 16,
    /// Relais.
    Standby = 20,
    /// A second node of Relais.
    Second = 21,
    /// Somebody else's mail server.
    Partner = 30,
    /// Staff's machines.
    Staff = 40,
    /// The authoritative name server that takes updates.
    Authority = 53,
    /// The resolver that everybody asks.
    Resolver = 54,
    /// The authoritative name server that transfers.
    Secondary = 55,
}

const HOSTS: [Host; 13] = [
    Host::Admin,
    Host::Primary,
    Host::Directory,
    Host::Bucket,
    Host::Database,
    Host::Replica,
    Host::Standby,
    Host::Second,
    Host::Partner,
    Host::Staff,
    Host::Authority,
    Host::Resolver,
    Host::Secondary,
];

impl Host {
    /// The host's only address.
    pub fn address(self) -> String {
        format!("198.51.100.{}", self as u8)
    }
}

/// A running net. Dropping it takes it down.
pub struct Net {
    prefix: String,
}

impl Net {
    /// Lays the cables.
    pub fn up() -> Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        sweep()?;
        let net = Self { prefix: format!("rl{}x{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)) };
        let switch = format!("{}-sw", net.prefix);
        ip(&["netns", "add", &switch])?;
        ip(&["-n", &switch, "link", "set", "lo", "up"])?;
        ip(&["-n", &switch, "link", "add", "br0", "type", "bridge", "forward_delay", "0"])?;
        ip(&["-n", &switch, "link", "set", "br0", "up"])?;
        for host in HOSTS {
            net.plug(host, &switch)?;
        }
        Ok(net)
    }

    fn plug(&self, host: Host, switch: &str) -> Result<()> {
        let name = self.namespace(host);
        let cable = cable(host);
        ip(&["netns", "add", &name])?;
        ip(&["-n", &name, "link", "set", "lo", "up"])?;
        ip(&["-n", switch, "link", "add", &cable, "type", "veth", "peer", "name", "eth0", "netns", &name])?;
        ip(&["-n", switch, "link", "set", &cable, "master", "br0", "up"])?;
        ip(&["-n", &name, "addr", "add", &format!("{}/24", host.address()), "dev", "eth0"])?;
        ip(&["-n", &name, "link", "set", "eth0", "up"])?;
        let etc = Path::new("/etc/netns").join(&name);
        std::fs::create_dir_all(&etc)?;
        std::fs::write(etc.join("resolv.conf"), format!("nameserver {}\n", Host::Resolver.address()))?;
        std::fs::write(etc.join("hosts"), "127.0.0.1 localhost\n")?;
        Ok(())
    }

    /// The namespace of a host, as `ip netns` names it.
    pub fn namespace(&self, host: Host) -> String {
        format!("{}-{}", self.prefix, host as u8)
    }

    /// `program`, run on `host`; it dies with the thread that starts it.
    pub fn command(&self, host: Host, program: &str) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.namespace(host), "setpriv", "--pdeathsig", "KILL", program]);
        command
    }

    /// Moves the calling thread to a host for good: what it opens from now on, it opens there.
    pub fn enter(&self, host: Host) -> Result<()> {
        let file = std::fs::File::open(format!("/run/netns/{}", self.namespace(host)))?;
        nix::sched::setns(file, nix::sched::CloneFlags::CLONE_NEWNET).context("cannot enter the namespace")
    }

    /// Runs `work` on a thread of its own that lives on `host`.
    pub fn on<T: Send + 'static>(&self, host: Host, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        std::thread::scope(|scope| {
            let worker = scope.spawn(|| {
                self.enter(host)?;
                work()
            });
            worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }

    /// Pulls a host's cable.
    pub fn unplug(&self, host: Host) -> Result<()> {
        ip(&["-n", &format!("{}-sw", self.prefix), "link", "set", &cable(host), "down"])
    }

    /// Puts a host's cable back.
    pub fn replug(&self, host: Host) -> Result<()> {
        ip(&["-n", &format!("{}-sw", self.prefix), "link", "set", &cable(host), "up"])
    }
}

impl Drop for Net {
    fn drop(&mut self) {
        for name in HOSTS.iter().map(|host| self.namespace(*host)).chain([format!("{}-sw", self.prefix)]) {
            take_down(&name);
        }
    }
}

fn cable(host: Host) -> String {
    format!("v-{}", host as u8)
}

fn ip(arguments: &[&str]) -> Result<()> {
    succeed(Command::new("ip").args(arguments)).map(drop)
}

/// Ends what still runs in a namespace of ours (a daemon's orphans) and removes it.
fn take_down(name: &str) {
    let pids = run(Command::new("ip").args(["netns", "pids", name])).map(|said| said.out).unwrap_or_default();
    for pid in pids.split_whitespace() {
        let _already_gone = run(Command::new("kill").args(["-KILL", pid]));
    }
    let _already_gone = ip(&["netns", "del", name]);
    let _already_gone = std::fs::remove_dir_all(Path::new("/etc/netns").join(name));
}

/// Takes down nets whose maker has died without a chance to.
fn sweep() -> Result<()> {
    for line in succeed(Command::new("ip").args(["netns", "list"]))?.lines() {
        let name = line.split_whitespace().next().unwrap_or_default();
        let maker = name.strip_prefix("rl").and_then(|rest| rest.split('x').next()).unwrap_or_default();
        let ours = !maker.is_empty() && maker.bytes().all(|byte| byte.is_ascii_digit());
        if ours && !Path::new("/proc").join(maker).exists() {
            take_down(name);
        }
    }
    Ok(())
}
