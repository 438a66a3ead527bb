//! `relais people list|import|invite`: the words, and the desk that answers them.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};
use store::Store;

use crate::control::{Answer, Asking, PeopleRequest, Progress, Refusal, Request, ask};

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
        /// What it is for, such as a device
        #[arg(long, default_value = "")]
        label: String,
        #[command(flatten)]
        asking: Asking,
    },
}

impl People {
    pub async fn run(self) -> Result<ExitCode> {
        let (asking, request) = match self.order {
            Order::List { asking } => (asking, PeopleRequest::List),
            Order::Import { file, asking } => {
                let file = std::path::absolute(file).context("this path names no file")?;
                (asking, PeopleRequest::Import { file })
            }
            Order::Invite { address, app_password, label, asking } => {
                (asking, PeopleRequest::Invite { address, app_password, label })
            }
        };
        ask(&asking, Request::People(request)).await
    }
}

/// Answers `relais people`.
#[derive(Clone)]
pub struct Desk {
    /// The directory is part of it.
    pub store: Store,
}

impl Desk {
    /// Does what is asked.
    ///
    /// # Errors
    /// A [`Refusal`] says what to do next.
    pub async fn answer(&self, order: PeopleRequest, _progress: Progress) -> Result<Answer, Refusal> {
        Err(Refusal::new(format!("{order:?} is not answered yet"), ""))
    }
}
