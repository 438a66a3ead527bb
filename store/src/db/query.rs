//! A statement with its arguments, and running it.

use std::marker::PhantomData;

use sqlx::postgres::PgArguments;
use sqlx::query::Query as Bound;
use sqlx::sqlite::SqliteArguments;
use sqlx::{AssertSqlSafe, Postgres, Sqlite};

use super::Sql;
use super::arg::{Arg, Bind};
use super::conn::{At, Conn, Place, Pool};
use super::dialect::{self, Statement};
use super::row::{Cell, Record, Row};
use crate::{Result, StoreError};

/// A statement put together of parts of the program, never of values: saying so takes this word.
pub(crate) struct Made(pub(crate) String);

/// The text of a statement.
pub(crate) enum Text {
    /// Part of the program.
    Fixed(Sql),
    /// Put together.
    Made(String),
}

impl From<&'static str> for Text {
    fn from(both: &'static str) -> Self {
        Self::Fixed(Sql { sqlite: both, postgres: both })
    }
}

impl From<Sql> for Text {
    fn from(sql: Sql) -> Self {
        Self::Fixed(sql)
    }
}

impl From<Made> for Text {
    fn from(made: Made) -> Self {
        Self::Made(made.0)
    }
}

/// A statement with its arguments.
pub(crate) struct Query {
    text: Text,
    args: Vec<Arg>,
}

/// The same, whose rows are read as `T`.
pub(crate) struct QueryAs<T> {
    query: Query,
    kind: PhantomData<fn() -> T>,
}

/// The same, whose first column is read as `T`.
pub(crate) struct QueryScalar<T> {
    query: Query,
    kind: PhantomData<fn() -> T>,
}

/// What a change came to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Done {
    changed: u64,
}

impl Done {
    /// Rows that the last statement changed.
    pub(crate) const fn rows_affected(self) -> u64 {
        self.changed
    }
}

pub(crate) fn query(sql: impl Into<Text>) -> Query {
    Query { text: sql.into(), args: Vec::new() }
}

pub(crate) fn query_as<T: Record>(sql: impl Into<Text>) -> QueryAs<T> {
    QueryAs { query: query(sql), kind: PhantomData }
}

pub(crate) fn query_scalar<T: Cell>(sql: impl Into<Text>) -> QueryScalar<T> {
    QueryScalar { query: query(sql), kind: PhantomData }
}

impl Query {
    pub(crate) fn bind(mut self, value: impl Bind) -> Self {
        self.args.push(value.arg());
        self
    }

    /// Reads the first column as `T`.
    pub(crate) fn scalar<T: Cell>(self) -> QueryScalar<T> {
        QueryScalar { query: self, kind: PhantomData }
    }

    pub(crate) async fn execute<'a>(self, at: impl At<'a>) -> Result<Done> {
        match at.place() {
            Place::Pool(pool) => self.execute_on(&mut pool.acquire().await?).await,
            Place::Conn(conn) => self.execute_on(conn).await,
        }
    }

    /// Runs a text without arguments, begin and end of transactions, as a whole: PostgreSQL gets it in one trip.
    pub(crate) async fn steer(self, conn: &mut Conn) -> Result<()> {
        match (conn, self.text) {
            (Conn::Postgres(db), Text::Fixed(sql)) => sqlx::raw_sql(sql.postgres).execute(&mut **db).await.map(drop)?,
            (conn, text) => Self { text, args: self.args }.execute_on(conn).await.map(drop)?,
        }
        Ok(())
    }

    async fn execute_on(self, conn: &mut Conn) -> Result<Done> {
        let changed = match conn {
            Conn::Sqlite(db) => self.for_sqlite().execute(&mut **db).await?.rows_affected(),
            Conn::SqliteRead(db) => self.for_sqlite().execute(&mut **db).await?.rows_affected(),
            Conn::Postgres(db) => {
                let mut changed = 0;
                for statement in self.for_postgres() {
                    changed = statement.execute(&mut **db).await?.rows_affected();
                }
                changed
            }
            Conn::PostgresRead(_) => return Err(StoreError::ReadOnly),
        };
        Ok(Done { changed })
    }

    async fn rows<'a>(self, at: impl At<'a>) -> Result<Vec<Row>> {
        match at.place() {
            Place::Pool(Pool::Sqlite(pool)) => Ok(own_sqlite(self.for_sqlite().fetch_all(pool).await?)),
            Place::Pool(Pool::Postgres(pool)) => {
                let mut rows = Vec::new();
                for statement in self.for_postgres() {
                    rows = statement.fetch_all(pool).await?;
                }
                Ok(rows.into_iter().map(Row::Postgres).collect())
            }
            Place::Conn(Conn::Sqlite(db)) => Ok(own_sqlite(self.for_sqlite().fetch_all(&mut **db).await?)),
            Place::Conn(Conn::SqliteRead(db)) => Ok(own_sqlite(self.for_sqlite().fetch_all(&mut **db).await?)),
            Place::Conn(Conn::Postgres(db)) => self.postgres_rows(&mut *db).await,
            Place::Conn(Conn::PostgresRead(db)) => self.postgres_rows(&mut *db).await,
        }
    }

    async fn postgres_rows(self, db: &mut sqlx::PgConnection) -> Result<Vec<Row>> {
        let mut rows = Vec::new();
        for statement in self.for_postgres() {
            rows = statement.fetch_all(&mut *db).await?;
        }
        Ok(rows.into_iter().map(Row::Postgres).collect())
    }

    fn for_sqlite(self) -> Bound<'static, Sqlite, SqliteArguments> {
        let made = match self.text {
            Text::Fixed(sql) => sqlx::query(sql.sqlite),
            Text::Made(sql) => sqlx::query(AssertSqlSafe(sql)),
        };
        self.args.into_iter().fold(made, |made, arg| match arg {
            Arg::Number(number) => made.bind(number),
            Arg::Text(text) => made.bind(text),
            Arg::Blob(bytes) => made.bind(bytes),
        })
    }

    fn for_postgres(self) -> Vec<Bound<'static, Postgres, PgArguments>> {
        let args = &self.args;
        let filled = |statement: &Statement| {
            let made = sqlx::query(AssertSqlSafe(statement.sql.clone()));
            let named = statement.args.iter().filter_map(|number| args.get(*number));
            named.fold(made, |made, arg| match arg.clone() {
                Arg::Number(number) => made.bind(number),
                Arg::Text(text) => made.bind(text),
                Arg::Blob(bytes) => made.bind(bytes),
            })
        };
        match &self.text {
            Text::Fixed(sql) => dialect::translated(sql.postgres).iter().map(filled).collect(),
            Text::Made(sql) => dialect::statements(sql).iter().map(filled).collect(),
        }
    }
}

fn own_sqlite(rows: Vec<sqlx::sqlite::SqliteRow>) -> Vec<Row> {
    rows.into_iter().map(Row::Sqlite).collect()
}

fn only<T>(mut all: Vec<T>) -> Result<T> {
    if all.is_empty() { Err(StoreError::Engine(sqlx::Error::RowNotFound)) } else { Ok(all.swap_remove(0)) }
}

impl<T: Record> QueryAs<T> {
    pub(crate) fn bind(mut self, value: impl Bind) -> Self {
        self.query = self.query.bind(value);
        self
    }

    pub(crate) async fn fetch_all<'a>(self, at: impl At<'a>) -> Result<Vec<T>> {
        self.query.rows(at).await?.iter().map(T::of).collect()
    }

    pub(crate) async fn fetch_optional<'a>(self, at: impl At<'a>) -> Result<Option<T>> {
        self.query.rows(at).await?.first().map(T::of).transpose()
    }

    pub(crate) async fn fetch_one<'a>(self, at: impl At<'a>) -> Result<T> {
        only(self.fetch_all(at).await?)
    }
}

impl<T: Cell> QueryScalar<T> {
    pub(crate) fn bind(mut self, value: impl Bind) -> Self {
        self.query = self.query.bind(value);
        self
    }

    pub(crate) async fn fetch_all<'a>(self, at: impl At<'a>) -> Result<Vec<T>> {
        self.query.rows(at).await?.iter().map(|row| row.at(0)).collect()
    }

    pub(crate) async fn fetch_optional<'a>(self, at: impl At<'a>) -> Result<Option<T>> {
        self.query.rows(at).await?.first().map(|row| row.at(0)).transpose()
    }

    pub(crate) async fn fetch_one<'a>(self, at: impl At<'a>) -> Result<T> {
        only(self.fetch_all(at).await?)
    }
}

/// One INSERT of many rows.
pub(crate) struct Insert {
    query: Query,
    columns: usize,
}

impl Insert {
    /// `head` ends where `VALUES` comes.
    pub(crate) fn new(head: &'static str, columns: usize, rows: usize) -> Self {
        let row = format!("({})", vec!["?"; columns].join(", "));
        let sql = format!("{head} VALUES {}", vec![row; rows].join(", "));
        Self { query: query(Made(sql)), columns }
    }

    /// Binds the next value, row by row.
    pub(crate) fn bind(mut self, value: impl Bind) -> Self {
        self.query = self.query.bind(value);
        self
    }

    /// Ends it with more words, as about rows that are there already.
    pub(crate) fn ending(mut self, words: &'static str) -> Self {
        if let Text::Made(sql) = &mut self.query.text {
            sql.push_str(words);
        }
        self
    }

    /// Runs it, and answers the rows' numbers in the order of the rows.
    pub(crate) async fn ids<'a>(mut self, at: impl At<'a>) -> Result<Vec<i64>> {
        if let Text::Made(sql) = &mut self.query.text {
            sql.push_str(" RETURNING id");
        }
        // Both number rows in the order of `VALUES`, and may answer them in any.
        let mut ids = self.query.scalar().fetch_all(at).await?;
        ids.sort_unstable();
        Ok(ids)
    }

    pub(crate) async fn execute<'a>(self, at: impl At<'a>) -> Result<Done> {
        debug_assert_eq!(self.query.args.len() % self.columns, 0, "rows are whole");
        self.query.execute(at).await
    }
}
