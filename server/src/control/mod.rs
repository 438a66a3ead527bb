//! The control socket: how commands reach a running server.
//!
//! ```text
//!   <data>/control.sock, mode 0600
//!   command ── one line: Request as JSON ──> server
//!           <── any number of lines: Line::Progress ── one line: Line::Done | Line::Failed ── end
//! ```
//!
//! Whoever can open the socket is the operator. What a request does is its family's affair ([`Desks`]).

mod client;
mod desks;
mod request;
mod server;

use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

pub use client::{Asking, ask, converse, show};
pub use desks::Desks;
pub use request::{
    AdminRequest, AuditRequest, BackupRequest, FailbackRequest, FailoverRequest, HistoryRequest, KeysRequest,
    PeopleRequest, QueueRequest, Request, Secret, SyncRequest,
};
pub use server::{bind, serve};

/// What a command hands back: for people, for programs, and as an exit status.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// For people; may have several lines.
    pub text: String,
    /// One object, for `--json`.
    pub json: serde_json::Value,
    /// The exit status of the command.
    pub exit: u8,
}

impl Answer {
    /// An answer of a command that succeeded.
    pub fn new(text: impl Into<String>, json: serde_json::Value) -> Self {
        Self { text: text.into(), json, exit: 0 }
    }
}

/// One line from the server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "line")]
pub enum Line {
    /// What is happening.
    Progress {
        /// In one sentence.
        says: String,
    },
    /// The end.
    Done(Answer),
    /// The end, and it did not work.
    Failed {
        /// Why.
        error: String,
        /// What to do next.
        hint: String,
    },
}

/// Where a long request says what is happening. Saying never waits and never fails.
#[derive(Clone, Debug)]
pub struct Progress(mpsc::UnboundedSender<String>);

impl Progress {
    /// Nobody listens.
    pub fn to_nobody() -> Self {
        Self(mpsc::unbounded_channel().0)
    }

    /// One sentence.
    pub fn say(&self, says: impl Into<String>) {
        let _ = self.0.send(says.into());
    }

    /// Whether the command has gone away.
    pub fn is_alone(&self) -> bool {
        self.0.is_closed()
    }
}

/// Why a request was not done.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct Refusal {
    /// Why.
    pub error: String,
    /// What to do next; may be empty.
    pub hint: String,
}

impl Refusal {
    /// A refusal with what to do next.
    pub fn new(error: impl ToString, hint: impl Into<String>) -> Self {
        Self { error: error.to_string(), hint: hint.into() }
    }
}

impl From<store::StoreError> for Refusal {
    fn from(error: store::StoreError) -> Self {
        Self::new(&error, error.hint())
    }
}
