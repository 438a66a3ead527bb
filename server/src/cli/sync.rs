//! `relais sync status|now|freeze`

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::control::{Asking, Request, SyncRequest, ask};

#[derive(Debug, Args)]
pub struct Sync {
    #[command(subcommand)]
    order: Order,
}

#[derive(Debug, Subcommand)]
enum Order {
    /// How far behind the primary the copy is, and what hinders it
    Status {
        #[command(flatten)]
        asking: Asking,
    },
    /// Look at the primary now and return when all of it was seen; ends a freeze made by hand
    Now {
        #[command(flatten)]
        asking: Asking,
    },
    /// Copy nothing more; a failover does this by itself
    Freeze {
        #[command(flatten)]
        asking: Asking,
    },
}

impl Sync {
    pub async fn run(self) -> Result<ExitCode> {
        let (asking, request) = match self.order {
            Order::Status { asking } => (asking, SyncRequest::Status),
            Order::Now { asking } => (asking, SyncRequest::Now),
            Order::Freeze { asking } => (asking, SyncRequest::Freeze),
        };
        ask(&asking, Request::Sync(request)).await
    }
}
