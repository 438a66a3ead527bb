//! The two engines behind one face: SQLite in a file, PostgreSQL over a socket.
//!
//! ```text
//!   query("SELECT ... WHERE id = ?1").bind(id).fetch_one(db)
//!        │                                         ├─ Sqlite    as it is written
//!        └─ args ──────────────────────────────────┴─ Postgres  $1, ON CONFLICT, one statement at a time (dialect)
//! ```
//!
//! SQL is written once, in the words that both have; where they differ in more than [`dialect`] bridges,
//! [`Sql`] holds one text an engine. Numbers are 64 bits wide in both, truth is 0 or 1.

mod arg;
mod cluster;
mod conn;
mod dialect;
mod query;
mod row;

pub(crate) use cluster::{Cluster, Heard, Task};
pub(crate) use conn::{Conn, Pool, Reading};
pub(crate) use query::{Insert, Made, Query, query, query_as, query_scalar};
pub(crate) use row::{Record, Row, record};

/// A statement that the engines have different words for.
#[derive(Clone, Copy)]
pub(crate) struct Sql {
    /// For SQLite.
    pub(crate) sqlite: &'static str,
    /// For PostgreSQL, with `?1` as SQLite has it.
    pub(crate) postgres: &'static str,
}
