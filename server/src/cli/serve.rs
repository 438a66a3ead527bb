//! `relais serve`

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use crate::config::Config;
use crate::serve::Running;
use crate::{listen, logging};

#[derive(Debug, Args)]
pub struct Serve {
    /// The configuration
    #[arg(short, long, default_value = "relais.toml", value_name = "FILE")]
    config: PathBuf,
}

impl Serve {
    pub async fn run(self) -> Result<ExitCode> {
        let config = Config::load(&self.config)?;
        logging::start(&config.log)?;
        let running = Running::start(&config).await?;
        listen::told_to_stop().await;
        tracing::info!("stopping: running transactions may end");
        running.stop().await;
        Ok(ExitCode::SUCCESS)
    }
}
