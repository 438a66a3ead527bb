//! A server in the foreground: started on a host, logged to a file, ended by its own process id.

use std::fs::File;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::net::{Host, Net};
use crate::wait::{until, within};

/// A running server. Dropping it ends it.
pub struct Daemon {
    child: Child,
    log: PathBuf,
    name: String,
}

impl Daemon {
    /// Starts `command` (made by [`Net::command`]) with its output appended to `<dir>/<name>.log`.
    pub fn start(command: &mut Command, dir: &Path, name: &str) -> Result<Self> {
        let log = dir.join(format!("{name}.log"));
        let out = File::options().create(true).append(true).open(&log)?;
        let child = command
            .stdin(Stdio::null())
            .stdout(out.try_clone()?)
            .stderr(out)
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        Ok(Self { child, log, name: name.to_owned() })
    }

    /// The server's own process id: nothing stands between it and us.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Everything it has said so far.
    pub fn said(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// Where it says it.
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// Waits until a TCP port accepts on `host`.
    pub fn wait_for_port(&mut self, net: &Net, host: Host, port: u16) -> Result<()> {
        let what = format!("{} on port {port} of {host:?}", self.name);
        until(&what, || {
            if let Some(status) = self.child.try_wait()? {
                bail!("{} ended with {status}: {}", self.name, tail(&self.said()));
            }
            Ok(accepts(net, host, port)?.then_some(()))
        })
    }

    /// Still there?
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// A signal to the server itself.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        Ok(kill(Pid::from_raw(i32::try_from(self.child.id())?), signal)?)
    }

    /// `kill -9`, and waits until it is gone.
    pub fn kill_hard(&mut self) -> Result<()> {
        self.signal(Signal::SIGKILL)?;
        self.child.wait()?;
        Ok(())
    }

    /// Waits for it to end by itself.
    pub fn wait_for_end(&mut self) -> Result<i32> {
        let name = self.name.clone();
        let status = until(&format!("the end of {name}"), || Ok(self.child.try_wait()?))?;
        Ok(status.code().unwrap_or(255))
    }

    /// Asks it to end (SIGTERM) and waits; returns its exit status.
    pub fn stop(&mut self) -> Result<i32> {
        self.signal(Signal::SIGTERM)?;
        self.wait_for_end()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if self.is_running() {
            let _may_have_just_ended = self.signal(Signal::SIGTERM);
            let patience = Duration::from_secs(3);
            if within(patience, "end", || Ok(self.child.try_wait()?)).is_err() {
                let _may_have_just_ended = self.kill_hard();
            }
        }
    }
}

/// Does a TCP port accept, seen from a machine of staff?
pub fn accepts(net: &Net, host: Host, port: u16) -> Result<bool> {
    let address = format!("{}:{port}", host.address()).parse()?;
    let from = if host == Host::Staff { Host::Admin } else { Host::Staff };
    net.on(from, move || Ok(TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_ok()))
}

/// The last lines of a log, for a complaint.
pub fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines.iter().skip(lines.len().saturating_sub(15)).copied().collect::<Vec<_>>().join("\n")
}
