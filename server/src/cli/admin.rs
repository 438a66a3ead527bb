//! `relais admin add|list|remove`: who may use the console. The desk that answers is [`desk`].

mod desk;
#[cfg(test)]
mod tests;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};

pub use self::desk::Desk;
use crate::control::{AdminRequest, Asking, Request, ask};

#[derive(Debug, Args)]
pub struct Admin {
    #[command(subcommand)]
    order: Order,
}

#[derive(Debug, Subcommand)]
enum Order {
    /// Make an admin, or let one choose a password anew: prints an activation code for the console, good once and for a week
    Add {
        /// The name to sign in with: letters, digits, dots, hyphens
        name: String,
        /// Take away the second factors of an admin who lost them, and end their sessions
        #[arg(long)]
        forget: bool,
        #[command(flatten)]
        asking: Asking,
    },
    /// Every admin, and how they sign in
    List {
        #[command(flatten)]
        asking: Asking,
    },
    /// End everything an admin signs in with, and their sessions
    Remove {
        /// The name
        name: String,
        #[command(flatten)]
        asking: Asking,
    },
}

impl Admin {
    pub async fn run(self) -> Result<ExitCode> {
        let (asking, request) = match self.order {
            Order::Add { name, forget, asking } => (asking, AdminRequest::Add { name, forget }),
            Order::List { asking } => (asking, AdminRequest::List),
            Order::Remove { name, asking } => (asking, AdminRequest::Remove { name }),
        };
        ask(&asking, Request::Admin(request)).await
    }
}
