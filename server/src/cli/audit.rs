//! `relais audit verify|export`: the words, and the desk that answers them.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use store::Directory;
use store::directory::{AuditEntry, Chain};

use crate::clock::now;
use crate::control::{Answer, Asking, AuditRequest, Refusal, Request, ask};
use crate::witness::Witness;

/// Findings that are written out in the log.
const FOUND_MAX: usize = 50;

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
    /// Go on without what somebody else changed in the directory: such rows are removed, sources are read anew
    Settle {
        /// Who has looked at the findings of `relais check`
        #[arg(long, value_name = "NAME")]
        by: String,
        /// What was found out about them
        #[arg(long)]
        reason: String,
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
            Order::Settle { by, reason, asking } => (asking, AuditRequest::Settle { by, reason }),
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
    /// Its outside witness.
    pub witness: Option<Witness>,
}

impl Desk {
    /// Does what is asked.
    ///
    /// # Errors
    /// A [`Refusal`] says what to do next.
    pub async fn answer(&self, order: AuditRequest) -> Result<Answer, Refusal> {
        match order {
            AuditRequest::Verify => self.verify().await,
            AuditRequest::Settle { by, reason } => self.settle(&by, &reason).await,
            AuditRequest::Export => self.export().await,
        }
    }

    async fn verify(&self) -> Result<Answer, Refusal> {
        let chain = self.directory.audit_verify().await?;
        let text = match &chain {
            Chain::Whole { count: 0, .. } => "The log is empty.".to_owned(),
            Chain::Whole { count, head } => {
                format!("{count} entries, each as it was written.\nhead {head}")
            }
            Chain::Broken { seq, what } => format!(
                "Entry {seq}: {what}. Entries before it are as they were written, it and those after it prove nothing.\n\
                 Compare with a backup and find out who wrote to the database."
            ),
        };
        let witness = match &self.witness {
            Some(witness) => Some(witness.compare(&self.directory).await?),
            None => None,
        };
        let witnessed = match &witness {
            None => "Compare the head with your witness; `[audit] witness_file` keeps one.".to_owned(),
            Some(Ok(heads)) => format!("The witness agrees: {heads} heads compared."),
            Some(Err(what)) => format!("The witness contradicts: {what}. Somebody put an older or another log here."),
        };
        let exit = u8::from(matches!(chain, Chain::Broken { .. }) || matches!(witness, Some(Err(_))));
        let mut json = match chain {
            Chain::Whole { count, head } => json!({ "whole": true, "count": count, "head": head }),
            Chain::Broken { seq, what } => json!({ "whole": false, "broken_at": seq, "what": what }),
        };
        if let (Some(object), Some(witness)) = (json.as_object_mut(), witness) {
            object
                .insert("witness".to_owned(), json!({ "heads": witness.as_ref().ok(), "contradicts": witness.err() }));
        }
        Ok(Answer { exit, ..Answer::new(format!("{text}\n{witnessed}"), json) })
    }

    /// What was found stays in the log, with who goes on without it and why.
    async fn settle(&self, by: &str, reason: &str) -> Result<Answer, Refusal> {
        if by.trim().is_empty() || reason.trim().is_empty() {
            return Err(Refusal::new("a name and a reason are needed", "give --by NAME and --reason TEXT"));
        }
        let found = self.directory.findings().await?;
        let rows: Vec<String> =
            found.iter().take(FOUND_MAX).map(|row| format!("{} {}: {}", row.table, row.row, row.what)).collect();
        let detail = json!({ "reason": reason, "findings": found.len(), "rows": rows }).to_string();
        self.directory.audit(now(), by.trim(), "audit.settle", &detail).await?;
        let removed = self.directory.settle_findings(by.trim(), now()).await?;
        let text = format!(
            "{} findings, {removed} rows removed; every source is read anew. Runs and the log itself are never mended.",
            found.len()
        );
        Ok(Answer::new(text, json!({ "findings": found.len(), "removed": removed })))
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
