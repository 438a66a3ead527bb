//! What can go wrong with a store, as diagnoses that somebody treats differently.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sqlx::postgres::PgDatabaseError;

use crate::{EntryId, MailboxId};

/// Why the store could not do what it was asked. Nothing of a failed write is kept.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No room on the disk.
    #[error("the disk of the data folder is full")]
    Full,
    /// The data folder or a file in it cannot be written.
    #[error("the data folder cannot be written")]
    ReadOnly,
    /// Another writer held the database too long.
    #[error("the database is busy")]
    Busy,
    /// A newer release made this database.
    #[error("the database is of version {found}, this release knows up to {known}")]
    NewerVersion {
        /// The version found in the database.
        found: i64,
        /// The newest version this release knows.
        known: i64,
    },
    /// Another process works in the data folder.
    #[error("another process uses the data folder {0}")]
    Locked(PathBuf),
    /// Content was asked for whose mailbox is sealed.
    #[error("mailbox {0} is sealed")]
    Sealed(MailboxId),
    /// A view was asked for while there is no clean point: standby has no view.
    #[error("mailbox {0} has no view: no clean point is set")]
    NoView(MailboxId),
    /// The private half does not belong to the pinned public half.
    #[error("this unlock key is not the one that region {0} is sealed for")]
    WrongUnlockKey(String),
    /// Bytes that are not as Relais wrote them.
    #[error("{0} was changed by somebody else and is not used")]
    Tampered(String),
    /// Nothing has this name.
    #[error("there is no {0}")]
    NoSuch(String),
    /// Something has this name already.
    #[error("{0} exists already")]
    Exists(String),
    /// A request that no state of the store could grant.
    #[error("{0}")]
    Refused(String),
    /// The mailbox is pinned to another region, and nothing of it is kept here.
    #[error("the mailbox of {owner} is pinned to region {pinned}; region {here} keeps nothing of it")]
    PinnedElsewhere {
        /// Whose mailbox.
        owner: EntryId,
        /// Where it is kept.
        pinned: String,
        /// Who was asked to keep it.
        here: String,
    },
    /// The mailbox is on its way to another region: nothing is added to it here.
    #[error("the mailbox is being moved to another region")]
    Moving,
    /// The region cannot be used now; what is kept in the others can.
    #[error("region {region} is closed: {why}")]
    RegionClosed {
        /// Which one.
        region: String,
        /// Why.
        why: String,
    },
    /// Where things are kept is not where they were said to be kept.
    #[error("region {region} is declared in {declared}, and {found}")]
    WrongPlace {
        /// Which region.
        region: String,
        /// The place of the configuration.
        declared: String,
        /// What the store says of itself, as half a sentence.
        found: String,
    },
    /// Another node has taken this work over; nothing was written.
    #[error("another node has taken over: {0}")]
    Fenced(String),
    /// The activity is at its end: nothing comes in any more.
    #[error("no mail is taken any more")]
    NotTaking,
    /// The history is frozen: nothing expires.
    #[error("the history is frozen")]
    Frozen,
    /// A legal hold keeps all of the mailbox.
    #[error("mailbox {0} is under a legal hold")]
    Held(MailboxId),
    /// The database file is damaged or none.
    #[error("the database is damaged: {0}")]
    Corrupt(String),
    /// A row is there, and what it names is not.
    #[error("{0} is missing")]
    Missing(String),
    /// A file beside the database could not be read or written.
    #[error("file {path}: {cause}")]
    File {
        /// Which one.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// The blob store does not do what it should.
    #[error("blob store: {0}")]
    Blob(String),
    /// The store is shutting down.
    #[error("the store is closed")]
    Closed,
    /// The commit that this write was part of failed.
    #[error(transparent)]
    Commit(Arc<StoreError>),
    /// Any other trouble of the engine.
    #[error("database: {0}")]
    Engine(#[source] sqlx::Error),
}

impl StoreError {
    /// Whether the same request may succeed later without anybody changing it.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Commit(cause) => cause.is_transient(),
            Self::NotTaking | Self::Full | Self::ReadOnly | Self::Busy | Self::Sealed(_) | Self::NoView(_) => true,
            Self::Frozen | Self::Closed | Self::Fenced(_) | Self::File { .. } | Self::Blob(_) | Self::Engine(_) => true,
            Self::RegionClosed { .. } | Self::PinnedElsewhere { .. } | Self::Moving => true,
            _ => false,
        }
    }

    /// What to do about it, for whoever reads it on a terminal; empty when the message says all.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Commit(cause) => cause.hint(),
            Self::Full => "free space on the disk of the data folder; mail is answered 451 until then",
            Self::ReadOnly => {
                "make the data folder writable for the user that runs relais, and remount its disk read-write"
            }
            Self::NewerVersion { .. } => "start the release that last ran here, or a newer one",
            Self::Locked(_) => "stop the other relais, or give this one a data folder of its own",
            Self::WrongUnlockKey(_) => {
                "use the private half that `relais keys new` wrote together with the pinned public half"
            }
            Self::Tampered(_) => "compare with a backup and find out who wrote to the database",
            Self::Corrupt(_) => "restore the data folder from a backup; keep this one for inquiry",
            Self::Missing(_) => "put it back from a backup; `relais check` names all that is missing",
            Self::Blob(_) => {
                "look whether the bucket answers and the key still opens it; mail is answered 451 until then"
            }
            Self::PinnedElsewhere { .. } => {
                "ask the region that it is pinned to; only `relais region move` changes that"
            }
            Self::RegionClosed { .. } => "`relais check` says what to do about it; its mail is answered 451 until then",
            Self::Held(_) => "`relais history release` ends the hold; nothing of the mailbox was removed",
            Self::Moving => "`relais region move` again finishes it; to the region where it is, it gives it up",
            Self::WrongPlace { .. } => {
                "name the place where the store really is, or the store that is really there; nothing was written"
            }
            Self::Sealed(_) => "unseal the mailbox with the region's unlock key",
            _ => "",
        }
    }

    pub(crate) fn file(path: &Path, cause: io::Error) -> Self {
        match cause.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => Self::ReadOnly,
            _ => Self::File { path: path.to_owned(), cause },
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(cause) if cause.try_downcast_ref::<PgDatabaseError>().is_some() => {
                diagnose_postgres(cause.code().as_deref().unwrap_or_default(), cause.message())
            }
            sqlx::Error::Database(cause) => diagnose(cause.code().as_deref(), cause.message()),
            sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => Some(Self::Closed),
            sqlx::Error::PoolTimedOut => Some(Self::Busy),
            _ => None,
        }
        .unwrap_or(Self::Engine(error))
    }
}

/// Reads PostgreSQL's SQLSTATE (its manual, appendix A).
fn diagnose_postgres(code: &str, message: &str) -> Option<StoreError> {
    match code {
        // serialization_failure, deadlock_detected, lock_not_available, too_many_connections
        "40001" | "40P01" | "55P03" | "53300" => Some(StoreError::Busy),
        // admin_shutdown, crash_shutdown, cannot_connect_now, idle_in_transaction_session_timeout: it comes back
        "57P01" | "57P02" | "57P03" | "25P03" => Some(StoreError::Busy),
        // read_only_sql_transaction: a replica that was not promoted
        "25006" => Some(StoreError::ReadOnly),
        // disk_full, out_of_memory
        "53100" | "53200" => Some(StoreError::Full),
        "23505" => Some(StoreError::Exists("a row of this name".to_owned())),
        // ours: migrations/postgres/region/0050
        "RE001" => Some(StoreError::Moving),
        // data_corrupted, index_corrupted
        "XX001" | "XX002" => Some(StoreError::Corrupt(message.to_owned())),
        _ => None,
    }
}

/// Reads SQLite's result code; the low byte of an extended one is the primary one.
fn diagnose(code: Option<&str>, message: &str) -> Option<StoreError> {
    let code: i32 = code?.parse().ok()?;
    match code & 0xff {
        5 | 6 => Some(StoreError::Busy),
        8 => Some(StoreError::ReadOnly),
        11 | 26 => Some(StoreError::Corrupt(message.to_owned())),
        13 => Some(StoreError::Full),
        // 1811: a trigger raised, and says why
        19 if code == 1811 && message == "the mailbox is moving" => Some(StoreError::Moving),
        // 1555, 2067: a primary key or a unique index
        19 if matches!(code, 1555 | 2067) => Some(StoreError::Exists("a row of this name".to_owned())),
        _ => None,
    }
}
