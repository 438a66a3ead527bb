//! Relais as its operator has it: a binary, a configuration file, a data folder, and commands.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::daemon::Daemon;
use super::net::{Host, Net};
use super::run::{Said, run};
use crate::wait::until;

/// A command that takes longer than this is ended: what it waits for will not come.
const COMMAND_MAX_S: u32 = 120;

/// One installation of Relais on the standby's host.
pub struct Relais {
    net: Arc<Net>,
    host: Host,
    name: &'static str,
    dir: PathBuf,
    wrapper: Vec<String>,
    daemon: Option<Daemon>,
    starts: u32,
}

impl Relais {
    /// An installation in `dir/relais` with `config` as its `relais.toml`.
    pub fn install(net: &Arc<Net>, dir: &Path, config: &str) -> Result<Self> {
        Self::install_on(net, dir, (Host::Standby, "relais"), config)
    }

    /// A second node beside it, on a host of its own.
    pub fn install_second(net: &Arc<Net>, dir: &Path, config: &str) -> Result<Self> {
        Self::install_on(net, dir, (Host::Second, "second"), config)
    }

    fn install_on(net: &Arc<Net>, dir: &Path, (host, name): (Host, &'static str), config: &str) -> Result<Self> {
        let dir = dir.join("relais");
        std::fs::create_dir_all(&dir)?;
        std::fs::write(dir.join(name).with_extension("toml"), config)?;
        Ok(Self { net: Arc::clone(net), host, name, dir, wrapper: vec![], daemon: None, starts: 0 })
    }

    /// Runs the server under another program from the next start on (`strace`, `env`).
    pub fn wrapped(&mut self, wrapper: &[&str]) {
        self.wrapper = wrapper.iter().map(|part| (*part).to_owned()).collect();
    }

    /// The folder that holds everything of this installation.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.dir.join("data")
    }

    /// Starts `relais serve` and returns at once.
    pub fn spawn(&mut self) -> Result<()> {
        let binary = binary()?;
        let mut words = self.wrapper.clone();
        words.push(binary.display().to_string());
        let (program, arguments) = words.split_first().context("no program")?;
        let mut command = self.net.command(self.host, program);
        command.args(arguments).arg("serve").arg("-c").arg(self.config());
        self.starts += 1;
        self.daemon = Some(Daemon::start(&mut command, &self.dir, &format!("{}-{}", self.name, self.starts))?);
        Ok(())
    }

    /// Starts `relais serve` and waits until it answers commands.
    pub fn start(&mut self) -> Result<()> {
        self.spawn()?;
        let config = self.config();
        let daemon = self.daemon.as_mut().context("just started")?;
        until("relais to answer `relais status`", || {
            ensure!(daemon.is_running(), "relais ended: {}", super::daemon::tail(&daemon.said()));
            let mut command = self.net.command(self.host, &binary()?.display().to_string());
            let said = run(command.arg("status").arg("-c").arg(&config).arg("--json"))?;
            Ok((said.code == 0).then_some(()))
        })
    }

    /// The running server.
    pub fn daemon(&mut self) -> Result<&mut Daemon> {
        self.daemon.as_mut().context("relais was not started")
    }

    /// `kill -9`.
    pub fn kill_hard(&mut self) -> Result<()> {
        self.daemon()?.kill_hard()
    }

    /// The configuration file.
    pub fn config(&self) -> PathBuf {
        self.dir.join(self.name).with_extension("toml")
    }

    /// A command of the operator, whatever its exit status.
    pub fn command(&self, arguments: &[&str]) -> Result<Said> {
        run(self.bare(arguments)?.arg("-c").arg(self.config()))
    }

    /// The same command line, to be run in the scenario's own way.
    pub fn bare(&self, arguments: &[&str]) -> Result<std::process::Command> {
        let mut command = self.net.command(self.host, "timeout");
        command.arg(COMMAND_MAX_S.to_string()).arg(binary()?).args(arguments);
        Ok(command)
    }

    /// A command of the operator that must succeed; its standard output.
    pub fn order(&self, arguments: &[&str]) -> Result<String> {
        let said = self.command(arguments)?;
        let end = super::daemon::tail(&said.all());
        ensure!(said.code == 0, "relais {} ended with {}: {end}", arguments.join(" "), said.code);
        Ok(said.out)
    }

    /// A command with `--json`, as one object; the exit status is the caller's to judge.
    pub fn json(&self, arguments: &[&str]) -> Result<Value> {
        let said = self.command(&[arguments, &["--json"]].concat())?;
        serde_json::from_str(&said.out).with_context(|| format!("{} is not JSON", said.all()))
    }

    /// `relais status --json`.
    pub fn status(&self) -> Result<Value> {
        self.json(&["status"])
    }

    /// Waits for a phase.
    pub fn wait_for_phase(&self, phase: &str) -> Result<()> {
        until(&format!("phase {phase}"), || Ok((self.status()?["phase"] == phase).then_some(())))
    }

    /// All its logs of all its starts.
    pub fn said(&self) -> String {
        (1..=self.starts)
            .map(|start| {
                std::fs::read_to_string(self.dir.join(format!("{}-{start}.log", self.name))).unwrap_or_default()
            })
            .collect()
    }
}

/// The binary under test: `RELAIS_BINARY`, or the one built beside this one.
pub fn binary() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("RELAIS_BINARY") {
        return Ok(path.into());
    }
    let own = std::env::current_exe()?;
    let beside = own.ancestors().skip(1).map(|dir| dir.join("relais")).find(|path| path.is_file());
    beside.context("no `relais` beside this binary: build it, or name it in RELAIS_BINARY")
}
