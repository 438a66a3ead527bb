//! `relais audit verify|settle|export`: the words, and the desk that answers them.
//!
//! ```text
//!   a server runs      it is asked                    no server runs     the store is opened for the moment of the command
//!   verify --file      an export, anywhere, with nothing but the public half of the key
//! ```

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow, bail};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use store::Store;
use store::directory::{AuditEntry, Chain};
use tokio::net::UnixStream;

use super::region::Signer;
use crate::audit::{Book, Format, Whose, exported, verified};
use crate::clock::now;
use crate::config::Config;
use crate::control::{Answer, Asking, AuditRequest, Refusal, Request, ask, show};
use crate::serve::{house_keys, open_store};
use crate::terminal::say;
use crate::witness::Witness;

/// Findings that are written out in the log.
const FOUND_MAX: usize = 50;
/// An export is longer than this in no case.
const EXPORT_MAX_BYTES: u64 = 4 << 30;

#[derive(Debug, Args)]
pub struct Audit {
    #[command(subcommand)]
    order: Order,
}

#[derive(Debug, Subcommand)]
enum Order {
    /// Whether the chain holds: exit status 1 when somebody changed it
    Verify {
        /// An export instead: it is read where it is, without a server, a store or a key of the house
        #[arg(long, value_name = "EXPORT")]
        file: Option<PathBuf>,
        /// With --file, the public half that the organisation handed out; without it, the export only proves that it is whole
        #[arg(long, value_name = "BASE64", requires = "file")]
        key: Option<String>,
        #[command(flatten)]
        asking: Asking,
    },
    /// Go on without what somebody else changed: such rows of the directory are removed, sources are read anew, and films are
    /// believed as they are now
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
    /// All of it, oldest first, signed: for an auditor
    Export {
        /// Only what came after this entry
        #[arg(long, value_name = "SEQ", default_value_t = 0)]
        since: i64,
        /// How it is written
        #[arg(long, value_enum, default_value_t)]
        format: Format,
        #[command(flatten)]
        asking: Asking,
    },
}

impl Audit {
    pub async fn run(self) -> Result<ExitCode> {
        match self.order {
            Order::Verify { file: Some(file), key, .. } => verify_file(&file, key.as_deref()),
            Order::Verify { asking, .. } => ask_or_open(&asking, AuditRequest::Verify).await,
            Order::Settle { by, reason, asking } => {
                ask(&asking, Request::Audit(AuditRequest::Settle { by, reason })).await
            }
            Order::Export { since, format, asking } => {
                ask_or_open(&asking, AuditRequest::Export { since, format }).await
            }
        }
    }
}

/// Asks the server; where none runs, looks into the store itself.
async fn ask_or_open(asking: &Asking, request: AuditRequest) -> Result<ExitCode> {
    let config = Config::load(&asking.file())?;
    if UnixStream::connect(config.control_socket()).await.is_ok() {
        return ask(asking, Request::Audit(request)).await;
    }
    let keys = house_keys(&config)?;
    let store = open_store(&config, keys.clone()).await.context("no relais answers, and its store does not open")?;
    let signer = Arc::new(Signer::new(&keys)?);
    let book = Book { directory: store.directory().clone(), signer, organisation: config.organisation.clone() };
    let witness = config.audit.witness_file.clone().map(|file| Witness { file });
    let desk = Desk { store, book, witness, host: config.hostname() };
    let answer = desk.answer(request).await.map_err(|Refusal { error, hint }| anyhow!("{error}\n  {hint}"))?;
    show(asking, answer)
}

fn verify_file(file: &Path, key: Option<&str>) -> Result<ExitCode> {
    use std::io::Read as _;
    let mut text = String::new();
    let opened = std::fs::File::open(file).with_context(|| format!("cannot read {}", file.display()))?;
    opened.take(EXPORT_MAX_BYTES).read_to_string(&mut text).with_context(|| format!("{}", file.display()))?;
    if text.is_empty() {
        bail!("{} is empty", file.display());
    }
    match verified(&text, key) {
        Ok(whole) => {
            let whose = match key {
                Some(_) => "that key",
                None => "the key below: compare it with what the organisation handed out",
            };
            let (first, last) = (whole.after + 1, whole.seq);
            let (at, checkpoints, public) = (whole.at, whole.checkpoints, whole.public);
            say(format_args!(
                "Entries {first} to {last}, each as it was written; {checkpoints} checkpoints, the last of {at}, \
                 signed by {whose}.\n{public}"
            ))?;
            Ok(ExitCode::SUCCESS)
        }
        Err(wrong) => {
            say(format_args!("{}: {wrong}", file.display()))?;
            Ok(ExitCode::FAILURE)
        }
    }
}

/// Answers `relais audit`.
#[derive(Clone)]
pub struct Desk {
    /// What is looked at and settled.
    pub store: Store,
    /// Holds the chain and signs it.
    pub book: Book,
    /// Its outside witness.
    pub witness: Option<Witness>,
    /// The name that this host has in logs.
    pub host: String,
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
            AuditRequest::Export { since, format } => self.export(since, format).await,
        }
    }

    async fn verify(&self) -> Result<Answer, Refusal> {
        let chain = self.book.directory.audit_verify().await?;
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
            Some(witness) => Some(witness.compare(&self.store).await?),
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
        let found = self.book.directory.findings().await?;
        let mut rows: Vec<String> =
            found.iter().map(|row| format!("{} {}: {}", row.table, row.row, row.what)).collect();
        for region in self.store.regions() {
            region.verify().await?;
            rows.extend(region.findings());
        }
        let findings = rows.len();
        rows.truncate(FOUND_MAX);
        let detail = json!({ "reason": reason, "findings": findings, "rows": rows }).to_string();
        self.book.directory.audit(now(), by.trim(), "audit.settle", &detail).await?;
        let removed = self.store.settle_findings(by.trim(), now()).await?;
        if let Some(witness) = &self.witness {
            let hint = "see that the file can be written, and settle again: until then it contradicts";
            let failed = |error| Refusal::new(format!("{}: {error}", witness.file.display()), hint);
            witness.settle(&self.book.directory).await.map_err(failed)?;
        }
        let text = format!(
            "{findings} findings, {removed} rows removed; every source is read anew, and each film is believed as far as its rows \
             verify. Runs and the log itself are never mended."
        );
        Ok(Answer::new(text, json!({ "findings": findings, "removed": removed })))
    }

    async fn export(&self, since: i64, format: Format) -> Result<Answer, Refusal> {
        let failed = |error: anyhow::Error| Refusal::new(format!("{error:#}"), "");
        let log = self.book.linked().await.map_err(failed)?;
        self.book.sign(&log, now()).await.map_err(failed)?;
        let signed = self.book.checkpoints().await.map_err(failed)?;
        let public = self.book.signer.public();
        let whose = Whose { organisation: &self.book.organisation, public: &public, host: &self.host };
        let text = exported(&log, &signed, since, &whose, format);
        let entries: Vec<_> =
            log.entries.iter().filter(|(entry, _)| entry.seq > since).map(|(entry, _)| in_json(entry)).collect();
        let exit = u8::from(matches!(log.chain, Chain::Broken { .. }));
        Ok(Answer { exit, ..Answer::new(text, json!({ "entries": entries, "checkpoints": signed, "public": public })) })
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
