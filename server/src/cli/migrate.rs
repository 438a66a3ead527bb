//! `relais migrate`

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use crate::config::Config;
use crate::serve::{house_keys, open_store};
use crate::terminal::say;

#[derive(Debug, Args)]
pub struct Migrate {
    /// The configuration
    #[arg(short, long, default_value_os_t = crate::config::usual_file(), value_name = "FILE")]
    config: PathBuf,
}

impl Migrate {
    /// Opening a store brings it to this release; `serve` does the same.
    pub async fn run(self) -> Result<ExitCode> {
        let config = Config::load(&self.config)?;
        let store = open_store(&config, house_keys(&config)?).await?;
        let regions = store.regions().count();
        say(format_args!("{} is at this release: the directory and {regions} region(s)", config.data.display()))?;
        for region in store.closed() {
            say(format_args!("region {} is closed and as it was: {}\n  {}", region.name, region.why, region.remedy))?;
        }
        Ok(if store.closed().is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
