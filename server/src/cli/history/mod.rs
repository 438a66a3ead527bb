//! `relais history status|hold|release`: how long mail is kept, what must not go, and what went. The desk that answers is [`desk`].

mod desk;
#[cfg(test)]
mod tests;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};

pub use self::desk::Desk;
use crate::control::{Asking, HistoryRequest, Request, ask};

#[derive(Debug, Args)]
pub struct History {
    #[command(subcommand)]
    order: Order,
}

#[derive(Debug, Subcommand)]
enum Order {
    /// The window of each region, the legal holds, and the account of what was removed and why
    Status {
        /// Any address of a person, for the account of that mailbox; of all of them when left out
        address: Option<String>,
        #[command(flatten)]
        asking: Asking,
    },
    /// Set a legal hold: nothing of the mailbox is removed until `history release`
    Hold {
        #[command(flatten)]
        whose: Whose,
        #[command(flatten)]
        asking: Asking,
    },
    /// End a legal hold; what nothing but it kept is removed at once, the rest by the window
    Release {
        #[command(flatten)]
        whose: Whose,
        #[command(flatten)]
        asking: Asking,
    },
}

#[derive(Debug, Args)]
struct Whose {
    /// Any address of the person
    #[arg(required_unless_present = "everybody")]
    address: Option<String>,
    /// Every mailbox, also those that come
    #[arg(long, conflicts_with = "address")]
    everybody: bool,
    /// Who decided it
    #[arg(long, value_name = "NAME")]
    by: String,
    /// Why; it is kept in the audit log
    #[arg(long)]
    reason: String,
}

impl History {
    pub async fn run(self) -> Result<ExitCode> {
        let (asking, request) = match self.order {
            Order::Status { address, asking } => (asking, HistoryRequest::Status { address }),
            Order::Hold { whose: Whose { address, everybody: _, by, reason }, asking } => {
                (asking, HistoryRequest::Hold { address, by, reason })
            }
            Order::Release { whose: Whose { address, everybody: _, by, reason }, asking } => {
                (asking, HistoryRequest::Release { address, by, reason })
            }
        };
        ask(&asking, Request::History(request)).await
    }
}
