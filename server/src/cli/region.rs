//! `relais region report|verify|move`: where mailboxes are kept, on paper and in fact.
//!
//! ```text
//!   report   a running server states and signs       verify   anybody with the file and the public half, offline
//!   move     works on the store itself, like `keys rotate`: relais is stopped meanwhile
//! ```

mod desk;
mod moving;
mod signed;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};

pub use desk::Desk;
pub use signed::{Signer, is_signed};

use crate::control::{Asking, Request, ask};
use crate::terminal::say;

/// A report is longer than this in no case.
const REPORT_MAX_BYTES: u64 = 64 << 20;

#[derive(Debug, Args)]
pub struct Regions {
    #[command(subcommand)]
    order: Order,
}

#[derive(Debug, Subcommand)]
enum Order {
    /// What is kept where, under which key, and every move: signed, for an auditor
    Report {
        #[command(flatten)]
        asking: Asking,
    },
    /// Whether a report is as it was signed: exit status 1 when it is not
    Verify {
        /// The report
        file: PathBuf,
        /// The public half that the organisation handed out; without it, the report only proves that it is whole
        #[arg(long, value_name = "BASE64")]
        public: Option<String>,
    },
    /// Move a mailbox to another region while relais is stopped; again, when it was interrupted
    Move(moving::Move),
}

impl Regions {
    pub async fn run(self) -> Result<ExitCode> {
        match self.order {
            Order::Report { asking } => ask(&asking, Request::Region).await,
            Order::Verify { file, public } => verify(&file, public.as_deref()),
            Order::Move(order) => order.run().await,
        }
    }
}

fn verify(file: &std::path::Path, public: Option<&str>) -> Result<ExitCode> {
    use std::io::Read as _;
    let mut text = String::new();
    let opened = std::fs::File::open(file).with_context(|| format!("cannot read {}", file.display()))?;
    opened.take(REPORT_MAX_BYTES).read_to_string(&mut text).with_context(|| format!("{}", file.display()))?;
    match signed::verified(&text, public) {
        Ok(verified) => {
            say(verified)?;
            Ok(ExitCode::SUCCESS)
        }
        Err(wrong) => {
            say(format_args!("{}: {wrong}", file.display()))?;
            Ok(ExitCode::FAILURE)
        }
    }
}
