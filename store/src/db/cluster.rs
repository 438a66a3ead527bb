//! A PostgreSQL that may move: which of its hosts is the primary, and what it tells.
//!
//! ```text
//!   postgres://user@one,two:5433/mail     hosts, asked in order; the first that is no replica is the primary
//!
//!   writer ── 1 connection ──┐
//!   readers ─ 4             ─┼─ all look for the primary again when the ear's connection ends
//!   ear ───── 1, LISTEN     ─┘          `pg_promote` on the replica is all that has to be done
//! ```
//!
//! A connection to a replica is refused, so that nothing old is read. What is committed is on every synchronous
//! standby that the server names (`synchronous_standby_names`): `synchronous_commit` is never weaker than `on` here, and
//! no time-out may cut its wait short, as PostgreSQL would then answer a commit that is not on the replica.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, PgConnection, PgPool};
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use zeroize::Zeroizing;

use crate::{Result, StoreError};

/// How long a connection is waited for; mail is answered 451 then.
const CONNECT: Duration = Duration::from_secs(5);
/// How long one host may take to say what it is.
const ASK: Duration = Duration::from_secs(2);
/// The breath between two looks for the primary.
const AGAIN: Duration = Duration::from_millis(500);
/// After as long without a word it is asked whether it is still there.
const SILENCE: Duration = Duration::from_secs(20);

/// Hosts of one database, and the pools that follow its primary.
pub(crate) struct Cluster {
    hosts: Vec<PgConnectOptions>,
    schema: String,
    pools: [PgPool; 3],
    lost: Notify,
}

/// What another node, or this one, has told.
pub(crate) enum Heard<'a> {
    /// Something may have been missed.
    Anything,
    /// A word of the triggers'.
    Word(&'a str),
}

/// A task that ends when this is dropped.
pub(crate) struct Task(AbortHandle);

impl Task {
    pub(crate) fn spawn(work: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(tokio::spawn(work).abort_handle())
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Cluster {
    /// Finds the primary and makes the pools: the writer's and the readers' are answered by [`Self::writer`] and
    /// [`Self::readers`].
    pub(crate) async fn open(url: &str, schema: &str, readers: u32) -> Result<Self> {
        let hosts = hosts(url)?.iter().map(|url| options(url, schema)).collect::<Result<Vec<_>>>()?;
        let primary = match primary_of(&hosts).await {
            Some(primary) => primary.clone(),
            // Nobody answers: whoever connects to the first says why.
            None => hosts.first().cloned().ok_or(StoreError::Closed)?,
        };
        let writing = PgPoolOptions::new().max_connections(1).acquire_timeout(CONNECT);
        let writer =
            writing.clone().after_connect(|db, _| Box::pin(settle(db, true))).connect_lazy_with(primary.clone());
        let ear = writing.after_connect(|db, _| Box::pin(settle(db, false))).connect_lazy_with(primary.clone());
        let reading = PgPoolOptions::new().max_connections(readers).acquire_timeout(CONNECT);
        let readers = reading.after_connect(|db, _| Box::pin(settle(db, false))).connect_lazy_with(primary);
        Ok(Self { hosts, schema: schema.to_owned(), pools: [writer, readers, ear], lost: Notify::new() })
    }

    /// A connection of its own to the primary.
    pub(crate) async fn connect(&self) -> Result<PgConnection> {
        let [writer, ..] = &self.pools;
        Ok(PgConnection::connect_with(&writer.connect_options()).await?)
    }

    pub(crate) fn writer(&self) -> PgPool {
        let [writer, ..] = &self.pools;
        writer.clone()
    }

    pub(crate) fn readers(&self) -> PgPool {
        let [_, readers, _] = &self.pools;
        readers.clone()
    }

    /// A statement got no answer: the primary is looked for.
    pub(crate) fn lost(&self) {
        self.lost.notify_one();
    }

    /// Tells what is told until it is stopped, connecting again as often as it takes.
    pub(crate) async fn listen(&self, tell: impl Fn(Heard<'_>) + Send + Sync) {
        loop {
            if let Err(error) = self.listen_once(&tell).await {
                tracing::warn!(schema = self.schema, %error, "PostgreSQL does not answer; looking for its primary");
            }
            self.seek().await;
            tokio::time::sleep(AGAIN).await;
        }
    }

    async fn listen_once(&self, tell: &(impl Fn(Heard<'_>) + Send + Sync)) -> Result<()> {
        let [.., ear] = &self.pools;
        let mut ear = PgListener::connect_with(ear).await?;
        ear.eager_reconnect(false);
        ear.listen(&self.schema).await?;
        tell(Heard::Anything);
        loop {
            tokio::select! {
                heard = ear.try_recv() => match heard? {
                    Some(heard) => tell(Heard::Word(heard.payload())),
                    None => return Ok(()),
                },
                () = self.lost.notified() => return Ok(()),
                () = tokio::time::sleep(SILENCE) => {
                    let asked = tokio::time::timeout(ASK, sqlx::query("SELECT 1").execute(&mut ear)).await;
                    asked.map_err(|_| StoreError::Busy)??;
                }
            }
        }
    }

    /// Turns the pools to whichever host is the primary now.
    async fn seek(&self) {
        if let Some(primary) = primary_of(&self.hosts).await {
            for pool in &self.pools {
                pool.set_connect_options(primary.clone());
            }
        }
    }
}

/// What every connection has to be and to hold.
async fn settle(db: &mut PgConnection, writes: bool) -> sqlx::Result<()> {
    const WRITES: &str = "SELECT set_config('lock_timeout', '20s', false), set_config('statement_timeout', '0', false),
        set_config('idle_in_transaction_session_timeout', '15s', false), set_config('tcp_keepalives_idle', '10', false),
        CASE WHEN current_setting('synchronous_commit') IN ('off', 'local', 'remote_write')
             THEN set_config('synchronous_commit', 'on', false) END";
    if sqlx::query_scalar("SELECT pg_is_in_recovery()").fetch_one(&mut *db).await? {
        return Err(sqlx::Error::Configuration("a replica that was not promoted".into()));
    }
    if writes {
        sqlx::query(WRITES).execute(db).await?;
    }
    Ok(())
}

async fn primary_of(hosts: &[PgConnectOptions]) -> Option<&PgConnectOptions> {
    for host in hosts {
        if let Ok(Ok(true)) = tokio::time::timeout(ASK, is_primary(host)).await {
            return Some(host);
        }
    }
    None
}

async fn is_primary(host: &PgConnectOptions) -> sqlx::Result<bool> {
    let mut db = PgConnection::connect_with(host).await?;
    let is_replica: bool = sqlx::query_scalar("SELECT pg_is_in_recovery()").fetch_one(&mut db).await?;
    db.close().await?;
    Ok(!is_replica)
}

fn options(url: &str, schema: &str) -> Result<PgConnectOptions> {
    let options: PgConnectOptions = url.parse()?;
    Ok(options
        .application_name("relais")
        .options([("search_path", schema)])
        .statement_cache_capacity(200)
        .disable_statement_logging())
}

/// One URL a host: several are parted by commas, as libpq has it (PostgreSQL manual, 34.1.1.3).
fn hosts(url: &str) -> Result<Vec<Zeroizing<String>>> {
    let wrong = || StoreError::Refused("a database URL reads postgres://user:password@host,host/database".to_owned());
    let (scheme, rest) = url.split_once("://").ok_or_else(wrong)?;
    let ends = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(ends);
    let (user, hosts) = match authority.rsplit_once('@') {
        Some((user, hosts)) => (format!("{user}@"), hosts),
        None => (String::new(), authority),
    };
    Ok(hosts.split(',').map(|host| Zeroizing::new(format!("{scheme}://{user}{host}{path}"))).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn several_hosts_are_one_url_each() {
        let urls = hosts("postgres://relais:p%40w@one,two:5433/mail?sslmode=require").unwrap();
        assert_eq!(*urls[0], "postgres://relais:p%40w@one/mail?sslmode=require");
        assert_eq!(*urls[1], "postgres://relais:p%40w@two:5433/mail?sslmode=require");
        assert_eq!(*hosts("postgres://one").unwrap()[0], "postgres://one");
        assert!(hosts("one").is_err());
    }
}
