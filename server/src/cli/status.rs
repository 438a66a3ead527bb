//! `relais status`

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use crate::control::{Asking, Request, ask};

#[derive(Debug, Args)]
pub struct Status {
    #[command(flatten)]
    asking: Asking,
}

impl Status {
    pub async fn run(self) -> Result<ExitCode> {
        ask(&self.asking, Request::Status).await
    }
}
