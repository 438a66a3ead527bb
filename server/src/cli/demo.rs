//! `relais demo`

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use crate::demo::{self, Beginning};

#[derive(Debug, Args)]
pub struct Demo {
    /// Play the story without a person; exit status 0 only if every step was checked
    #[arg(long, conflicts_with = "active")]
    once: bool,
    /// Start with the failover already made
    #[arg(long)]
    active: bool,
    /// Listen on ports that happen to be free, and write them to ports.json in the folder
    #[arg(long, conflicts_with = "once")]
    free_ports: bool,
    /// Where to keep everything; a folder that is removed afterwards when left out
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

impl Demo {
    pub async fn run(self) -> Result<ExitCode> {
        let dir = self.dir.as_deref();
        match self.once {
            true => demo::once(dir).await,
            false => demo::stay(Beginning { dir, active: self.active, free_ports: self.free_ports }).await,
        }
    }
}
