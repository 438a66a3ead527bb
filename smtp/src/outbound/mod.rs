//! What goes out: from the queue to the recipient's server, and back as a notice when that fails.
//!
//! ```text
//!   Queue::due ─> Item ... grouped by domain and message ─> hosts in MX order ─> Connection::send
//!                                                                                   │ one reply a recipient
//!   Queue::settle <── Delivered | Retry{at} | Failed ── Schedule <──────────────────┘
//!   Queue::notify <── notice (RFC 3464), before the failure is settled
//!        └ not now: Untold{at}; from then on only the notice is tried, never the delivery
//! ```
//!
//! Where the queue lies is the implementor's affair; so is resolving names. What a session takes on is leased when it
//! begins and the lease is renewed while it lasts: several runners may empty one queue.

mod conclude;
mod deliver;
mod grip;
mod memory;
mod notice;
mod route;
mod runner;
mod schedule;

use std::future::Future;
use std::net::IpAddr;

use mail::{Address, Domain, Failed, Reply, Timestamp, Waiting};

use crate::Error;

pub use memory::Memory;
pub use notice::{Notice, NoticeKind, compose as compose_notice};
pub use route::{Host, Route, Smarthost};
pub use runner::{Runner, Settings};
pub use schedule::Schedule;

/// One recipient of one message that waits to go out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The message; items of the same message share it.
    pub outgoing: i64,
    /// This recipient of it.
    pub recipient: i64,
    /// Who it is, and how far it has come.
    pub waiting: Waiting,
    /// Octets of the message.
    pub size_bytes: u64,
}

/// A stretch of the queue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Whose turn it is, oldest first.
    pub items: Vec<Item>,
    /// Where the next page begins, when there may be one.
    pub next: Option<Place>,
}

/// The last row of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Since when it has been due.
    pub at: Timestamp,
    /// Its number.
    pub recipient: i64,
}

/// What has become of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// The recipient's server has it.
    Delivered {
        /// What that server said.
        reply: Reply,
    },
    /// Not now.
    Retry {
        /// When to try again.
        at: Timestamp,
        /// What went wrong.
        reply: Reply,
    },
    /// Never, and the sender could not be told yet: it comes back as [`Waiting::failed`].
    Untold {
        /// When to try to tell again.
        at: Timestamp,
        /// When and why it failed.
        failed: Failed,
    },
    /// Never; the sender has been told where one wants to be.
    Failed {
        /// Why.
        reply: Reply,
    },
}

/// Where waiting mail lies.
pub trait Queue: Send + Sync + 'static {
    /// Items whose time has come and that nobody has leased, from the first `limit` behind `after`. A look only.
    fn due(
        &self,
        now: Timestamp,
        after: Option<Place>,
        limit: usize,
    ) -> impl Future<Output = Result<Page, Error>> + Send;

    /// Leases those of `recipients` that are still due and free, and answers them. A lease ends by itself after some
    /// minutes, so that a crash brings them back.
    fn lease(&self, recipients: &[i64], now: Timestamp) -> impl Future<Output = Result<Vec<i64>, Error>> + Send;

    /// Makes leases last longer, and answers those of `recipients` that are still leased to us.
    fn renew(&self, recipients: &[i64], now: Timestamp) -> impl Future<Output = Result<Vec<i64>, Error>> + Send;

    /// The content of a message.
    fn raw(&self, outgoing: i64) -> impl Future<Output = Result<Vec<u8>, Error>> + Send;

    /// Remembers what has become of an item.
    fn settle(&self, recipient: i64, settlement: Settlement) -> impl Future<Output = Result<(), Error>> + Send;

    /// Takes a notice for somebody, who may be one of ours or not. Durable when it returns.
    fn notify(&self, to: Address, raw: Vec<u8>) -> impl Future<Output = Result<(), Error>> + Send;

    /// Returns when something new may be due; may return for nothing, and may never return.
    fn changed(&self) -> impl Future<Output = ()> + Send;
}

/// What the MX records of a domain say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mx {
    /// Preference and host, in any order. Empty when the domain exists and has none.
    Hosts(Vec<(u16, String)>),
    /// There is no such domain.
    NoSuchDomain,
}

/// Finds servers. Errors are trouble of the resolver and always temporary.
pub trait MxResolver: Send + Sync + 'static {
    /// The MX records of `domain`.
    fn mx(&self, domain: &Domain) -> impl Future<Output = Result<Mx, Error>> + Send;

    /// The addresses of `host`; empty when it has none.
    fn addresses(&self, host: &str) -> impl Future<Output = Result<Vec<IpAddr>, Error>> + Send;
}
