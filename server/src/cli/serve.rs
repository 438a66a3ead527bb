//! `relais serve`

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

use crate::config::Config;
use crate::serve::Running;
use crate::{listen, logging};

#[derive(Debug, Args)]
pub struct Serve {
    /// The configuration
    #[arg(short, long, default_value_os_t = crate::config::usual_file(), value_name = "FILE")]
    config: PathBuf,
}

/// Keys are in our memory: it is written to no core file, and no other process of our user may look into it.
fn keep_memory_inside() {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    let limited = setrlimit(Resource::Core, none);
    let closed = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    for error in [limited, closed].into_iter().filter_map(Result::err) {
        tracing::warn!(%error, "core dumps could not be switched off; set LimitCORE=0 in the unit");
    }
}

impl Serve {
    pub async fn run(self) -> Result<ExitCode> {
        let config = Config::load(&self.config)?;
        logging::start(&config.log)?;
        keep_memory_inside();
        for section in config.left_out() {
            tracing::warn!(section, "not configured, and nothing can be taken over without it; see `relais check`");
        }
        let running = Running::start(&config).await?;
        listen::told_to_stop().await;
        tracing::info!("stopping: running transactions may end");
        running.stop().await;
        Ok(ExitCode::SUCCESS)
    }
}
