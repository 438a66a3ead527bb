//! The side of a failback that talks to the primary, as the executor calls it.

use std::pin::Pin;

use failover::Says;

/// Where a long step says how far it is.
pub type Say<'a> = &'a (dyn Fn(Says) + Send + Sync);

/// A step under way; it ends with a note such as `12 messages pushed`.
pub type Working<'a> = Pin<Box<dyn Future<Output = anyhow::Result<String>> + Send + 'a>>;

/// What `failback` does at the primary. Every call can be repeated after a crash and changes nothing that is done.
pub trait Returning: Send + Sync + 'static {
    /// Takes into the film what the primary has that we have not.
    fn take_delta<'a>(&'a self, say: Say<'a>) -> Working<'a>;

    /// Brings to the primary what we have that it has not; all of the history when it is new or wiped.
    fn push<'a>(&'a self, full: bool, say: Say<'a>) -> Working<'a>;

    /// How many messages and changes were not brought back.
    fn left<'a>(&'a self, full: bool) -> Pin<Box<dyn Future<Output = anyhow::Result<usize>> + Send + 'a>>;

    /// Counts every mailbox at the primary: the reconciliation, one line a mailbox, differences named.
    fn reconcile<'a>(&'a self, say: Say<'a>) -> Working<'a>;
}
