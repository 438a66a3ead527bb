//! `relais failover plan|start|approve|abort`

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::control::{Asking, FailoverRequest, Request, ask};
use crate::terminal::remark;

#[derive(Debug, Args)]
pub struct Failover {
    #[command(subcommand)]
    order: Order,
}

#[derive(Debug, Subcommand)]
enum Order {
    /// What would be done, the record plan as a diff; changes nothing
    Plan {
        #[command(flatten)]
        asking: Asking,
    },
    /// Take over: mail for the organisation comes here from now on
    Start {
        /// The moment before which the primary is trusted: RFC 3339, "unknown", or "everything" when it merely failed. To correct it
        /// later, start again with another
        #[arg(long, value_name = "MOMENT")]
        clean_point: String,
        /// Why, for the journal
        #[arg(long, default_value = "")]
        reason: String,
        /// Return at once instead of when the switch is done
        #[arg(long)]
        detach: bool,
        /// Do not ask on the terminal whether this is meant
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        asking: Asking,
    },
    /// Sign a run that waits for a second person, or declare a step done that only people can see
    Approve {
        /// Who signs
        #[arg(long, value_name = "NAME", default_value = "operator")]
        by: String,
        /// The step that is done: fence, tell_staff, swap_records or swap_back
        #[arg(long, value_name = "STEP")]
        step: Option<String>,
        #[command(flatten)]
        asking: Asking,
    },
    /// Walk back; only before the first accepted message
    Abort {
        #[command(flatten)]
        asking: Asking,
    },
}

impl Failover {
    pub async fn run(self) -> Result<ExitCode> {
        let (asking, request) = match self.order {
            Order::Plan { asking } => (asking, FailoverRequest::Plan),
            Order::Start { clean_point, reason, detach, yes, asking } => {
                if !yes && !is_meant(WHAT_IT_MEANS)? {
                    return Ok(ExitCode::FAILURE);
                }
                (asking, FailoverRequest::Start { clean_point, reason, detach })
            }
            Order::Approve { by, step, asking } => (asking, FailoverRequest::Approve { by, step }),
            Order::Abort { asking } => (asking, FailoverRequest::Abort),
        };
        ask(&asking, Request::Failover(request)).await
    }
}

const WHAT_IT_MEANS: &str =
    "This takes over the organisation's mail: the MX will name Relais alone, and nothing more is copied from
the primary. Until the first message is accepted `relais failover abort` walks back; after it, going back is a failback.
Take over? [yes/no] ";

/// Asks whoever sits at a terminal; a script has said what it means.
pub(super) fn is_meant(what_it_means: &str) -> Result<bool> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Ok(true);
    }
    remark(what_it_means);
    io::stderr().flush()?;
    let mut word = String::new();
    io::stdin().lock().read_line(&mut word)?;
    Ok(matches!(word.trim(), "yes" | "y" | "oui"))
}
