//! What can be asked of a running server, one enum a command family. `cli` makes them, [`super::Desks`] answers.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use store::EntryId;

/// A request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "ask", content = "with")]
pub enum Request {
    /// `relais status`
    Status,
    /// `relais check`
    Check,
    /// `relais failover ...`
    Failover(FailoverRequest),
    /// `relais failback ...`
    Failback(FailbackRequest),
    /// `relais sync ...`
    Sync(SyncRequest),
    /// `relais people ...`
    People(PeopleRequest),
    /// `relais admin ...`
    Admin(AdminRequest),
    /// `relais queue ...`
    Queue(QueueRequest),
    /// `relais keys unseal`
    Keys(KeysRequest),
    /// `relais region report`
    Region,
    /// `relais audit ...`
    Audit(AuditRequest),
    /// `relais history ...`
    History(HistoryRequest),
    /// `relais backup ...`
    Backup(BackupRequest),
}

/// `relais failover ...`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "order")]
pub enum FailoverRequest {
    /// What would be done, the record plan as a diff; changes nothing.
    Plan,
    /// Take over.
    Start {
        /// RFC 3339, `unknown` or `everything`.
        clean_point: String,
        /// Why, in the admin's words.
        reason: String,
        /// Answer at once instead of when the switch is done.
        detach: bool,
    },
    /// Sign.
    Approve {
        /// Who signs.
        by: String,
        /// The step that is declared done, such as `fence`; the whole run when absent.
        #[serde(default)]
        step: Option<String>,
    },
    /// Walk back; only before the first accepted message.
    Abort,
}

/// `relais failback ...`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "order")]
pub enum FailbackRequest {
    /// What would be pushed; changes nothing.
    Plan,
    /// Go back.
    Start {
        /// The primary is new or wiped: the full history is pushed.
        full: bool,
        /// Who signs the clean-primary checklist.
        approved_by: Vec<String>,
        /// Answer at once instead of when the reconciliation is there.
        detach: bool,
    },
    /// Withdraw it while it waits for signatures.
    Abort,
    /// End it after the reconciliation.
    Finish {
        /// Answer at once instead of when it has ended.
        detach: bool,
    },
}

/// `relais sync ...`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "order")]
pub enum SyncRequest {
    /// How far it is.
    Status,
    /// Look at the primary now, all of it, and answer when that is done.
    Now,
    /// Copy nothing more until told otherwise.
    Freeze,
}

/// `relais people ...`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "order")]
pub enum PeopleRequest {
    /// People and how they sign in, a page at a time: a directory may be larger than an answer should be.
    List {
        /// The `next` of the page before; none for the first page.
        after: Option<EntryId>,
    },
    /// Takes people from a CSV file, read by the server.
    Import {
        /// An absolute path.
        file: PathBuf,
    },
    /// A way to sign in for a person.
    Invite {
        /// Any address of the person.
        address: String,
        /// An app password instead of an activation code.
        app_password: bool,
        /// What it is for, such as a device.
        label: String,
    },
    /// Deletes a mailbox's private key.
    Shred {
        /// Any address of the person.
        address: String,
        /// The primary address, typed again.
        confirm: String,
        /// Who decided it.
        by: String,
        /// Why.
        reason: String,
    },
}

/// `relais backup ...`
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "order")]
pub enum BackupRequest {
    /// Copies everything now.
    Make,
    /// The names of those that there are.
    List,
}

/// `relais history ...`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "order")]
pub enum HistoryRequest {
    /// Windows, holds and the account.
    Status {
        /// Any address of a person; everybody's when absent.
        #[serde(default)]
        address: Option<String>,
    },
    /// Sets a legal hold.
    Hold {
        /// Any address of the person; every mailbox when absent.
        #[serde(default)]
        address: Option<String>,
        /// Who decided it.
        by: String,
        /// Why.
        reason: String,
    },
    /// Ends one.
    Release {
        /// Any address of the person; every mailbox when absent.
        #[serde(default)]
        address: Option<String>,
        /// Who decided it.
        by: String,
        /// Why.
        reason: String,
    },
}

/// `relais admin ...`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "order")]
pub enum AdminRequest {
    /// An activation code for the console.
    Add {
        /// The name to sign in with.
        name: String,
        /// Second factors are taken away, sessions end.
        forget: bool,
    },
    /// Who there is.
    List,
    /// Ends everything they sign in with.
    Remove {
        /// The name.
        name: String,
    },
}

/// `relais queue ...`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "order")]
pub enum QueueRequest {
    /// What waits.
    List,
    /// Try now.
    Retry {
        /// The number that `queue list` shows; all when absent.
        id: Option<i64>,
    },
    /// Do not try until told otherwise.
    Hold {
        /// The number that `queue list` shows.
        id: i64,
    },
}

/// `relais keys unseal`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "order")]
pub enum KeysRequest {
    /// How many shares are here.
    Gathered,
    /// A share.
    Give {
        /// The line that age decrypted.
        share: Secret,
    },
    /// All shares are wiped.
    Forget,
}

/// Text that is wiped when dropped and never printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, zeroize::ZeroizeOnDrop, zeroize::Zeroize)]
#[serde(transparent)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

/// `relais audit ...`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "order")]
pub enum AuditRequest {
    /// Whether the chain holds.
    Verify,
    /// Go on without the rows that somebody else changed.
    Settle {
        /// Who has looked at them.
        by: String,
        /// Why.
        reason: String,
    },
    /// What came after an entry.
    Export {
        /// The entry; 0 for all of it.
        since: i64,
        /// How it is written.
        format: crate::audit::Format,
    },
}
