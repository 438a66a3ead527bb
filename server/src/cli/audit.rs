//! `relais audit verify|export`: the words, and the desk that answers them.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};
use store::Directory;

use crate::control::{Answer, Asking, AuditRequest, Refusal, Request, ask};

#[derive(Debug, Args)]
pub struct Audit {
    #[command(subcommand)]
    order: Order,
}

#[derive(Debug, Subcommand)]
enum Order {
    /// Whether the chain holds: exit status 1 when somebody changed it
    Verify {
        #[command(flatten)]
        asking: Asking,
    },
    /// All of it, oldest first
    Export {
        #[command(flatten)]
        asking: Asking,
    },
}

impl Audit {
    pub async fn run(self) -> Result<ExitCode> {
        let (asking, request) = match self.order {
            Order::Verify { asking } => (asking, AuditRequest::Verify),
            Order::Export { asking } => (asking, AuditRequest::Export),
        };
        ask(&asking, Request::Audit(request)).await
    }
}

/// Answers `relais audit`.
#[derive(Clone)]
pub struct Desk {
    /// Holds the chain.
    pub directory: Directory,
}

impl Desk {
    /// Does what is asked.
    ///
    /// # Errors
    /// A [`Refusal`] says what to do next.
    pub async fn answer(&self, order: AuditRequest) -> Result<Answer, Refusal> {
        Err(Refusal::new(format!("{order:?} is not answered yet"), ""))
    }
}
