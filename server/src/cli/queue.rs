//! `relais queue list|retry|hold`

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::control::{Asking, QueueRequest, Request, ask};

#[derive(Debug, Args)]
pub struct Queue {
    #[command(subcommand)]
    order: Order,
}

#[derive(Debug, Subcommand)]
enum Order {
    /// What waits to go out, and why
    List {
        #[command(flatten)]
        asking: Asking,
    },
    /// Try now
    Retry {
        /// The number that `queue list` shows; all when left out
        id: Option<i64>,
        #[command(flatten)]
        asking: Asking,
    },
    /// Do not try until `queue retry`
    Hold {
        /// The number that `queue list` shows
        id: i64,
        #[command(flatten)]
        asking: Asking,
    },
}

impl Queue {
    pub async fn run(self) -> Result<ExitCode> {
        let (asking, request) = match self.order {
            Order::List { asking } => (asking, QueueRequest::List),
            Order::Retry { id, asking } => (asking, QueueRequest::Retry { id }),
            Order::Hold { id, asking } => (asking, QueueRequest::Hold { id }),
        };
        ask(&asking, Request::Queue(request)).await
    }
}
