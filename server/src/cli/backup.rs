//! `relais backup [list]`

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::control::{Asking, BackupRequest, Request, ask};

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Backup {
    #[command(subcommand)]
    order: Option<Order>,
    #[command(flatten)]
    asking: Asking,
}

#[derive(Debug, Subcommand)]
enum Order {
    /// The backups that there are
    List {
        #[command(flatten)]
        asking: Asking,
    },
}

impl Backup {
    pub async fn run(self) -> Result<ExitCode> {
        let (asking, request) = match self.order {
            None => (self.asking, BackupRequest::Make),
            Some(Order::List { asking }) => (asking, BackupRequest::List),
        };
        ask(&asking, Request::Backup(request)).await
    }
}
