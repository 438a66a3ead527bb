//! `relais keys new`

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::keys;
use crate::terminal::{remark, say};

#[derive(Debug, Args)]
pub struct Keys {
    #[command(subcommand)]
    order: Order,
}

#[derive(Debug, Subcommand)]
enum Order {
    /// Make an unlock pair: DIR/unlock.key is the private half, unlock_public for the section seal is printed
    New {
        /// Where to write it; an existing unlock.key is never overwritten
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
}

impl Keys {
    pub fn run(self) -> Result<ExitCode> {
        let Order::New { out } = self.order;
        let public = keys::new_unlock_pair(&out)?;
        say(format_args!("[seal]\nunlock_public = \"{public}\""))?;
        remark(format_args!("{}\n", keys::advice(&out)));
        Ok(ExitCode::SUCCESS)
    }
}
