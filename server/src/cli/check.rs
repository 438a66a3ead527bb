//! `relais check`

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use crate::control::{Asking, Request, ask};

#[derive(Debug, Args)]
pub struct Check {
    #[command(flatten)]
    asking: Asking,
}

impl Check {
    pub async fn run(self) -> Result<ExitCode> {
        ask(&self.asking, Request::Check).await
    }
}
