//! `relais people list|import|invite|shred`: the words. The desk that answers them is [`desk`].

mod desk;
mod list;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};

pub use self::desk::Desk;
use crate::control::{Asking, PeopleRequest, Request, ask};

#[derive(Debug, Args)]
pub struct People {
    #[command(subcommand)]
    order: Order,
}

#[derive(Debug, Subcommand)]
enum Order {
    /// Everybody in the directory, and who can sign in without the primary
    List {
        #[command(flatten)]
        asking: Asking,
    },
    /// Take people from a CSV file
    Import {
        /// The file
        file: PathBuf,
        #[command(flatten)]
        asking: Asking,
    },
    /// Give a person a way to sign in; what it prints is shown once and kept nowhere
    Invite {
        /// Any address of the person
        address: String,
        /// Make an app password for mail programs (IMAP and submission) instead of an activation code
        #[arg(long)]
        app_password: bool,
        /// Make an activation code, good once and for a week; this is what is made when nothing else is asked for
        #[arg(long, conflicts_with = "app_password")]
        activation: bool,
        /// What it is for, such as a device
        #[arg(long, default_value = "")]
        label: String,
        #[command(flatten)]
        asking: Asking,
    },
    /// Make a mailbox's content unreadable forever: its private key is deleted. Nothing brings it back
    Shred {
        /// Any address of the person
        address: String,
        /// The person's primary address, typed once more
        #[arg(long, value_name = "ADDRESS")]
        confirm: String,
        /// Who decided it
        #[arg(long, value_name = "NAME")]
        by: String,
        /// Why
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        asking: Asking,
    },
}

impl People {
    pub async fn run(self) -> Result<ExitCode> {
        let (asking, request) = match self.order {
            Order::List { asking } => return list::show(&asking).await,
            Order::Import { file, asking } => {
                let file = std::path::absolute(file).context("this path names no file")?;
                (asking, PeopleRequest::Import { file })
            }
            Order::Invite { address, app_password, activation: _, label, asking } => {
                (asking, PeopleRequest::Invite { address, app_password, label })
            }
            Order::Shred { address, confirm, by, reason, asking } => {
                (asking, PeopleRequest::Shred { address, confirm, by, reason })
            }
        };
        ask(&asking, Request::People(request)).await
    }
}
