//! `relais failback plan|start|abort|finish`

use std::process::ExitCode;

use anyhow::{Result, ensure};
use clap::{Args, Subcommand};

use super::failover::is_meant;
use crate::control::{Asking, FailbackRequest, Request, ask};

const NOBODY_SIGNED: &str = "nobody has signed that the primary is clean: name who does with --approved-by NAME, once for each \
signature that `failover.failback_approvals` asks for";

/// The clean-primary checklist.
const WHAT_IT_MEANS: &str = "Those who sign say of the primary that
  - it was rebuilt, or examined and cleaned, by somebody who knows how it was taken
  - its administrators' passwords, keys and tokens were changed, and strangers' rules, connectors and delegates removed
  - its directory is right again: people, aliases, groups
  - it is reachable from here, and takes mail only from where it should
Everything that was received and sent here is pushed to it, and the MX will name it again.
Go back? [yes/no] ";

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
    /// Withdraw it while it still waits for signatures
    Abort {
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
                ensure!(!approved_by.is_empty(), NOBODY_SIGNED);
                if !is_meant(WHAT_IT_MEANS)? {
                    return Ok(ExitCode::FAILURE);
                }
                (asking, FailbackRequest::Start { full, approved_by, detach })
            }
            Order::Abort { asking } => (asking, FailbackRequest::Abort),
            Order::Finish { detach, asking } => (asking, FailbackRequest::Finish { detach }),
        };
        ask(&asking, Request::Failback(request)).await
    }
}
