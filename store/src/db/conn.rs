//! Connections and pools of either engine.

use std::ops::{Deref, DerefMut};
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::{PgPool, Postgres, Sqlite, SqlitePool, Transaction};

use crate::Result;

/// Connections to one database.
#[derive(Clone)]
pub(crate) enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// One connection.
pub(crate) enum Conn {
    Sqlite(PoolConnection<Sqlite>),
    SqliteRead(Transaction<'static, Sqlite>),
    Postgres(PoolConnection<Postgres>),
    PostgresRead(Transaction<'static, Postgres>),
}

/// A connection on which several reads see one state of the database; ends when it is dropped.
pub(crate) struct Reading(Conn);

impl Pool {
    pub(crate) async fn acquire(&self) -> Result<Conn> {
        Ok(match self {
            Self::Sqlite(pool) => Conn::Sqlite(pool.acquire().await?),
            Self::Postgres(pool) => Conn::Postgres(pool.acquire().await?),
        })
    }

    pub(crate) async fn reading(&self) -> Result<Reading> {
        const SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        Ok(Reading(match self {
            Self::Sqlite(pool) => Conn::SqliteRead(pool.begin().await?),
            Self::Postgres(pool) => Conn::PostgresRead(pool.begin_with(SNAPSHOT).await?),
        }))
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

impl Conn {
    /// Ends a transaction that failed. A connection of which nobody knows how it stands is not used again.
    pub(crate) async fn give_up(mut self) {
        /// A server that is gone says nothing.
        const PATIENCE: Duration = Duration::from_secs(2);
        // SQLite has already rolled back by itself when the disk was full; then this finds nothing to do.
        let rolling = super::query("ROLLBACK").execute(&mut self);
        let rolled_back = matches!(tokio::time::timeout(PATIENCE, rolling).await, Ok(Ok(_)));
        if let (Self::Postgres(lost), false) = (self, rolled_back) {
            drop(lost.detach());
        }
    }
}

impl Deref for Reading {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        &self.0
    }
}

impl DerefMut for Reading {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.0
    }
}

/// Where a statement runs.
pub(crate) enum Place<'a> {
    Conn(&'a mut Conn),
    Pool(&'a Pool),
}

/// What a statement can be run on.
pub(crate) trait At<'a> {
    fn place(self) -> Place<'a>;
}

impl<'a> At<'a> for &'a mut Conn {
    fn place(self) -> Place<'a> {
        Place::Conn(self)
    }
}

impl<'a> At<'a> for &'a Pool {
    fn place(self) -> Place<'a> {
        Place::Pool(self)
    }
}
