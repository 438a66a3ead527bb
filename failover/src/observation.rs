//! Everything a decision rests on, as it was seen just now.

use mail::Timestamp;

use crate::{Phase, Run};

/// Something that could be seen, or why it could not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact<T> {
    /// Seen.
    Known(T),
    /// Could not be told, and why.
    Unknown(String),
}

impl<T> Default for Fact<T> {
    fn default() -> Self {
        Self::Unknown("it was not looked at".to_owned())
    }
}

/// What one name server shows of the record plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shows {
    /// The records of the primary.
    Before,
    /// Our records.
    After,
    /// Neither.
    Other(String),
    /// It does not answer, and why.
    Silent(String),
}

/// A name server and what it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerSeen {
    /// Its address.
    pub server: String,
    /// What it shows.
    pub shows: Shows,
}

/// The record plan and the servers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Records {
    /// Whether the run has its record plan.
    pub drawn: bool,
    /// The longest time to live of what the plan replaces, in seconds.
    pub old_ttl_s: u32,
    /// The longest time to live of what the plan puts in its place, in seconds.
    pub new_ttl_s: u32,
    /// Every authoritative server; the one that takes updates is the first.
    pub servers: Vec<ServerSeen>,
}

/// Mailboxes, open and closed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SealState {
    /// How many there are.
    pub mailboxes: u64,
    /// How many are unsealed here.
    pub unsealed: u64,
    /// How many are laid out for the run's clean point.
    pub laid_out: u64,
    /// Whether the unlock key can be reached; what to do when not.
    pub key: Option<Result<(), String>>,
}

/// The outbound queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueState {
    /// Recipients not tried yet.
    pub fresh: u64,
    /// Recipients that wait for another try.
    pub waiting: u64,
}

/// The world as the executor saw it.
#[derive(Clone, Debug, Default)]
pub struct Observation {
    /// The stored phase.
    pub phase: Phase,
    /// The run that is under way.
    pub run: Option<Run>,
    /// Whether sync is frozen.
    pub sync_frozen: bool,
    /// Whether the primary's identity provider is refused and no session of it is left.
    pub identity_refused: bool,
    /// Whether mail is accepted here.
    pub accepting: bool,
    /// Messages accepted since the run began.
    pub accepted: u64,
    /// The record plan at the servers.
    pub records: Records,
    /// Mailboxes.
    pub seal: SealState,
    /// The outbound queue.
    pub queue: QueueState,
    /// Messages seen to reach the primary since the records were switched.
    pub reached_primary: Option<u64>,
    /// Whether we can tell staff ourselves.
    pub can_tell_staff: bool,
    /// What readiness rests on, once it was looked at.
    pub readiness: Option<Readiness>,
}

/// When something last moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Age {
    /// How many there are.
    pub count: u64,
    /// The last progress.
    pub last: Option<Timestamp>,
}

/// The host that our MX names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MxHost {
    /// Its name.
    pub name: String,
    /// Its addresses.
    pub addresses: Vec<String>,
    /// Whether it is an alias, which it must not be.
    pub is_alias: bool,
}

/// The certificate that SMTP shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Whether it names the MX host.
    pub names_host: bool,
    /// Whether it is one we made ourselves.
    pub self_signed: bool,
    /// When it ends.
    pub ends_at: Timestamp,
}

/// Who could sign in today.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SignIn {
    /// People with a mailbox.
    pub people: u64,
    /// Of whom have a way to sign in without the primary.
    pub able: u64,
}

/// What readiness rests on. Every part can be unknown.
#[derive(Clone, Debug, Default)]
pub struct Readiness {
    /// A write that changes nothing: fine, or what is wrong and what to do.
    pub dns_write: Fact<Result<(), (String, String)>>,
    /// The time to live of the MX now, in seconds.
    pub mx_ttl_s: Fact<u32>,
    /// Servers that do not answer or do not agree, each with what is wrong.
    pub authorities: Fact<Vec<String>>,
    /// A domain whose MX names us while the house stands by.
    pub mx_is_ours: Fact<Option<String>>,
    /// Our MX host.
    pub mx_host: Fact<MxHost>,
    /// Our certificate.
    pub certificate: Fact<Certificate>,
    /// The directory.
    pub directory: Fact<Age>,
    /// History.
    pub history: Fact<Age>,
    /// People without a mailbox.
    pub mailboxes_missing: Fact<u64>,
    /// Who could sign in.
    pub sign_in: Fact<SignIn>,
    /// Who was refused at sign-in today, and how often; the most often refused first.
    pub refused_sign_ins: Fact<Vec<(String, u64)>>,
    /// What hindered the last look at the primary's mailboxes, and what to do.
    pub history_trouble: Fact<Option<(String, String)>>,
    /// Whether the unlock key is at hand, or what to do.
    pub unlock_key: Fact<Result<(), String>>,
    /// Where the unlock key lies on this machine although nobody needs it.
    pub unlock_lies_at: Fact<Option<String>>,
    /// Addresses that mail cannot be delivered to as they stand in the directory, each with why.
    pub addresses: Fact<Vec<String>>,
    /// Whether all mailboxes open with one key.
    pub rotation: Fact<Rotation>,
    /// Rows that somebody changed behind our back.
    pub tampered: Fact<Vec<String>>,
    /// Regions that cannot be used, each with what to do.
    pub closed_regions: Fact<Vec<(String, String)>>,
    /// Why what was last written was not kept, each with what to do.
    pub unwritable: Fact<Vec<(String, String)>>,
    /// What the disk lost.
    pub damaged: Fact<Vec<String>>,
    /// The moment of the last thing written.
    pub written_at: Fact<Timestamp>,
    /// Backups of the store.
    pub backups: Fact<Backups>,
    /// What of the audit log waits for a collector of logs for too long.
    pub unshipped: Fact<Option<String>>,
    /// The last drill.
    pub last_drill: Option<Timestamp>,
}

/// Whether all mailboxes open with one unlock key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rotation {
    /// One was begun, and not ended.
    pub unfinished: bool,
    /// How many did not open with the key that was brought.
    pub misfits: u64,
}

/// Backups of the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Backups {
    /// Rows are in a database server, and whoever runs it backs it up.
    Elsewhere,
    /// We make them.
    Here {
        /// Regions that are copied nowhere.
        without: Vec<String>,
        /// When the last one was begun that is whole.
        last: Option<Timestamp>,
        /// How often one is made, in milliseconds.
        every_ms: i64,
        /// What hindered the last try.
        trouble: Option<String>,
    },
}
