//! `relais audit verify|export`: the words, and the desk that answers them.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use store::Directory;
use store::directory::{AuditEntry, Chain};

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
        match order {
            AuditRequest::Verify => self.verify().await,
            AuditRequest::Export => self.export().await,
        }
    }

    async fn verify(&self) -> Result<Answer, Refusal> {
        let chain = self.directory.audit_verify().await?;
        let text = match &chain {
            Chain::Whole { count: 0, .. } => "The log is empty.".to_owned(),
            Chain::Whole { count, head } => {
                format!("{count} entries, each as it was written.\nhead {head}\nCompare the head with your witness.")
            }
            Chain::Broken { seq, what } => format!(
                "Entry {seq}: {what}. Entries before it are as they were written, it and those after it prove nothing.\n\
                 Compare with a backup and find out who wrote to the database."
            ),
        };
        let exit = u8::from(matches!(chain, Chain::Broken { .. }));
        let json = match chain {
            Chain::Whole { count, head } => json!({ "whole": true, "count": count, "head": head }),
            Chain::Broken { seq, what } => json!({ "whole": false, "broken_at": seq, "what": what }),
        };
        Ok(Answer { exit, ..Answer::new(text, json) })
    }

    async fn export(&self) -> Result<Answer, Refusal> {
        let entries = self.directory.audit_export().await?;
        let mut text = String::new();
        for entry in &entries {
            let (at, detail) = (entry.at.rfc3339(), printable(&entry.detail));
            text +=
                &format!("{}  {at}  {}  {}  {detail}\n", entry.seq, printable(&entry.actor), printable(&entry.what));
        }
        let entries: Vec<_> = entries.iter().map(in_json).collect();
        Ok(Answer::new(text, json!({ "entries": entries })))
    }
}

/// An entry with its particulars as JSON where they are JSON.
fn in_json(entry: &AuditEntry) -> Value {
    let detail = serde_json::from_str(&entry.detail).unwrap_or_else(|_| Value::from(entry.detail.as_str()));
    json!({
        "seq": entry.seq,
        "at": entry.at.rfc3339(),
        "actor": entry.actor,
        "what": entry.what,
        "detail": detail,
        "seal": entry.seal,
    })
}

/// Text as a terminal may show it.
fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}
