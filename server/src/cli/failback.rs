//! `relais failback plan|start|finish`

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::control::{Asking, FailbackRequest, Request, ask};

#[derive(Debug, Args)]
pub struct Failback {
    #[command(subcommand)]
    order: Order,
}

#[derive(Debug, Subcommand)]
enum Order {
    /// What would be pushed; changes nothing
    Plan {
        #[command(flatten)]
        asking: Asking,
    },
    /// Push everything to a primary that is clean again, swap the records back, print the reconciliation
    Start {
        /// The primary is new or wiped: push the full history
        #[arg(long)]
        full: bool,
        /// Who signs that the primary is clean; give it as often as there are signatures
        #[arg(long = "approved-by", value_name = "NAME")]
        approved_by: Vec<String>,
        /// Return at once instead of when the reconciliation is there
        #[arg(long)]
        detach: bool,
        #[command(flatten)]
        asking: Asking,
    },
    /// End it: sessions and app passwords end, keys are renewed, mailboxes sealed, sync follows the primary
    Finish {
        /// Return at once instead of when it has ended
        #[arg(long)]
        detach: bool,
        #[command(flatten)]
        asking: Asking,
    },
}

impl Failback {
    pub async fn run(self) -> Result<ExitCode> {
        let (asking, request) = match self.order {
            Order::Plan { asking } => (asking, FailbackRequest::Plan),
            Order::Start { full, approved_by, detach, asking } => {
                (asking, FailbackRequest::Start { full, approved_by, detach })
            }
            Order::Finish { detach, asking } => (asking, FailbackRequest::Finish { detach }),
        };
        ask(&asking, Request::Failback(request)).await
    }
}
