//! Chromium, and the demo it is led through.
//!
//! ```text
//!   scenario ──> Demo (relais demo --free-ports) ── ports.json ──┐
//!                                                               ├──> world.json ──> node tests/browser/main.mjs JOURNEY
//!   scenario ──> lab (Stage) ─────────────────────────────────────┘
//! ```
//!
//! The journeys are in `tests/browser/journeys`; what they ask of every page is in `house.mjs` there.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::lab::daemon::Daemon;
use crate::lab::net::Host;
use crate::lab::relais::binary;
use crate::lab::run::run;
use crate::stage::Stage;
use crate::wait::until;

/// The password of everybody in the demo.
const PASSWORD: &str = "relais-demo";

/// A running demo on free ports. Dropping it ends it.
pub struct Demo {
    _daemon: Daemon,
    home: PathBuf,
    ports: Value,
}

impl Demo {
    /// In standby, or with the failover already made.
    pub fn start(dir: &Path, active: bool) -> Result<Self> {
        std::fs::create_dir_all(dir)?;
        let home = dir.join("demo");
        let mut command = Command::new(binary()?);
        command.args(["demo", "--free-ports", "--dir"]).arg(&home);
        if active {
            command.arg("--active");
        }
        let mut daemon = Daemon::start(&mut command, dir, "demo")?;
        let ports = until("the demo to stand", || {
            ensure!(daemon.is_running(), "it ended: {}", daemon.said());
            let read = std::fs::read_to_string(home.join("ports.json")).ok();
            Ok(read.and_then(|text| serde_json::from_str(&text).ok()))
        })?;
        Ok(Self { _daemon: daemon, home, ports })
    }

    /// [`Self::world`], and an activation code for somebody.
    pub fn world_inviting(&self, address: &str) -> Result<Value> {
        let mut command = Command::new(binary()?);
        let said = run(command.args(["people", "invite", address, "--json", "--dir"]).arg(&self.home))?;
        ensure!(said.code == 0, "no invitation: {}", said.all());
        let answer: Value = serde_json::from_str(&said.out)?;
        let mut world = self.world();
        world["invited"] = json!({ "name": address, "code": answer["activation_code"] });
        Ok(world)
    }

    /// What a journey has to know.
    pub fn world(&self) -> Value {
        let at = |name: &str| format!("http://localhost:{}", self.ports[name]);
        json!({
            "webmail": at("webmail"), "console": at("console"), "stage": at("stage"), "password": PASSWORD,
            "admins": ["dsi", "dgs"], "organisation": "Mairie de Villeneuve", "person": "etat-civil",
            "word": "Weihnachtsmarkt", "partner": "leoni.brandt@partnerstadt.test",
            "people": self.home.join("people.csv"),
        })
    }
}

/// Plays journeys in `world`, each with a browser of its own; what they said.
pub fn play(dir: &Path, world: Value, journeys: &[&str]) -> Result<String> {
    lead(Command::new("node"), dir, world, journeys)
}

/// The same with a browser on a host of the lab.
pub fn play_in_lab(stage: &Stage, world: Value, journeys: &[&str]) -> Result<String> {
    lead(stage.world.net.command(Host::Staff, "node"), stage.dir(), world, journeys)
}

fn lead(mut command: Command, dir: &Path, mut world: Value, journeys: &[&str]) -> Result<String> {
    world["pictures"] = json!(pictures(dir)?);
    let file = dir.join("world.json");
    std::fs::write(&file, world.to_string())?;
    command.arg(folder().join("main.mjs")).arg(&file).args(journeys).current_dir(folder());
    let said = run(&mut command).context("no node: see tests/setup.sh")?;
    print!("{}", said.out.lines().map(|line| format!("         {line}\n")).collect::<String>());
    ensure!(said.code == 0, "a journey failed:\n{}", said.all());
    Ok(said.out)
}

/// Where pictures go: to the documents when they are wanted there (`make screenshots`), else beside the logs.
fn pictures(dir: &Path) -> Result<PathBuf> {
    let wanted = std::env::var_os("RELAIS_SCREENSHOTS").map_or_else(|| dir.join("pictures"), PathBuf::from);
    std::fs::create_dir_all(&wanted)?;
    Ok(wanted)
}

/// The browser's tests.
pub fn folder() -> PathBuf {
    crate::folder().join("browser")
}
