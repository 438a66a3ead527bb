//! Opens a database and brings it to this release: a file for SQLite, a URL for PostgreSQL.
//!
//! ```text
//!   Address::File(path)  WAL, synchronous=FULL, one writer behind a committer, a few readers
//!   Address::Schema      a schema of its own name; synchronous_commit as the server has it, on or stronger (db::cluster)
//! ```

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, SqliteConnection};

use tokio::sync::oneshot;
use zeroize::Zeroizing;

use crate::committer::Committer;
use crate::db::{Cluster, Heard, Pool, Task};
use crate::{Result, StoreError};

/// How large the pages of a database are.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pages {
    /// 4 KiB, for rows of a line or two.
    Small,
    /// 16 KiB: a smaller page has room for one message, and a third of it stays empty.
    OfMail,
}

impl Pages {
    const fn bytes(self) -> u32 {
        match self {
            Self::Small => 4096,
            Self::OfMail => 16_384,
        }
    }

    /// Pages of the write-ahead log after which they go where they belong: 16 MiB.
    const fn in_log(self) -> &'static str {
        match self {
            Self::Small => "4000",
            Self::OfMail => "1000",
        }
    }
}

/// Connections that read at the same time.
const READERS: u32 = 4;
/// Kibibytes of pages that each of them keeps: what it lacks, the system's own cache has.
const READER_CACHE: &str = "-2000";
/// How long the opening of a database waits until it is told of changes.
const LISTENING: Duration = Duration::from_secs(5);
/// Rows that an engine's thread finds before whoever reads them has to take some.
const ROWS_AHEAD: usize = 500;

/// Where a database is.
#[derive(Clone)]
pub(crate) enum Address {
    /// A file of SQLite's.
    File(PathBuf),
    /// A schema of a PostgreSQL database.
    Schema {
        /// `postgres://...`
        url: Zeroizing<String>,
        /// Its name: lower-case letters, digits and `_`.
        schema: String,
    },
}

/// The migrations of one kind of database, for either engine.
#[derive(Clone, Copy)]
pub(crate) struct Migrations {
    /// For SQLite.
    pub(crate) sqlite: &'static Migrator,
    /// For PostgreSQL.
    pub(crate) postgres: &'static Migrator,
}

/// An open database.
#[derive(Clone)]
pub(crate) struct Engine {
    /// Where every write goes.
    pub(crate) committer: Committer,
    /// Where reads go; they see all that was answered.
    pub(crate) readers: Pool,
    /// PostgreSQL's hosts.
    cluster: Option<Arc<Cluster>>,
}

impl Engine {
    /// Opens or makes the database and brings it to the newest version.
    ///
    /// # Errors
    /// [`StoreError::NewerVersion`], [`StoreError::Corrupt`], [`StoreError::ReadOnly`], [`StoreError::Full`].
    pub(crate) async fn open(address: &Address, migrations: Migrations, pages: Pages) -> Result<Self> {
        match address {
            Address::File(path) => Self::open_file(path, migrations.sqlite, pages).await,
            Address::Schema { url, schema } => Self::open_schema(url, schema, migrations.postgres).await,
        }
    }

    async fn open_file(path: &Path, migrations: &Migrator, pages: Pages) -> Result<Self> {
        let options = options(path, pages);
        migrate_file(&options, migrations).await?;
        let pool = || SqlitePoolOptions::new().test_before_acquire(false).idle_timeout(None).max_lifetime(None);
        let writer = pool().max_connections(1).connect_with(options.clone()).await?;
        let options = options.pragma("cache_size", READER_CACHE).row_buffer_size(ROWS_AHEAD);
        let readers = pool().max_connections(READERS).connect_lazy_with(options);
        let committer = Committer::start(Pool::Sqlite(writer), None);
        Ok(Self { committer, readers: Pool::Sqlite(readers), cluster: None })
    }

    async fn open_schema(url: &str, schema: &str, migrations: &Migrator) -> Result<Self> {
        let cluster = Arc::new(Cluster::open(url, schema, READERS).await?);
        migrate_schema(cluster.connect().await?, schema, migrations).await?;
        let committer = Committer::start(Pool::Postgres(cluster.writer()), Some(Arc::clone(&cluster)));
        Ok(Self { committer, readers: Pool::Postgres(cluster.readers()), cluster: Some(cluster) })
    }

    /// Tells what other nodes change, and this one, as long as the task lives; on SQLite nobody else changes anything.
    /// It listens already when this answers: what is remembered from then on is not forgotten for nothing.
    pub(crate) async fn listen(&self, tell: impl Fn(Heard<'_>) + Send + Sync + 'static) -> Option<Task> {
        let cluster = Arc::clone(self.cluster.as_ref()?);
        let (begun, listening) = oneshot::channel();
        let begun = Mutex::new(Some(begun));
        let told = move |heard: Heard<'_>| {
            tell(heard);
            if let Some(begun) = begun.lock().unwrap_or_else(PoisonError::into_inner).take() {
                // Whoever opened may have given up waiting.
                let _ = begun.send(());
            }
        };
        let task = Task::spawn(async move { cluster.listen(told).await });
        // A server that went away just now is looked for by the task.
        let _ = tokio::time::timeout(LISTENING, listening).await;
        Some(task)
    }
}

fn options(path: &Path, pages: Pages) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(false)
        .statement_cache_capacity(200)
        // Holds for databases that are made now; one that exists keeps its own.
        .page_size(pages.bytes())
        .pragma("wal_autocheckpoint", pages.in_log())
        .pragma("cache_size", "-8000")
        .pragma("temp_store", "memory")
        .disable_statement_logging()
}

async fn migrate_file(options: &SqliteConnectOptions, migrations: &Migrator) -> Result<()> {
    let mut db = SqliteConnection::connect_with(options).await.map_err(unopenable)?;
    let made = "SELECT count(*) FROM sqlite_master WHERE name = '_sqlx_migrations'";
    if sqlx::query_scalar::<_, i64>(made).fetch_one(&mut db).await? > 0 {
        refuse_newer(sqlx::query_scalar(NEWEST).fetch_one(&mut db).await?, migrations)?;
    }
    migrations.run(&mut db).await.map_err(unmigrated)?;
    db.close().await.map_err(StoreError::from)
}

pub(crate) async fn migrate_schema(mut db: PgConnection, schema: &str, migrations: &Migrator) -> Result<()> {
    if !schema.bytes().all(|octet| octet.is_ascii_lowercase() || octet.is_ascii_digit() || octet == b'_') {
        return Err(StoreError::Refused(format!("{schema:?} cannot be the name of a schema")));
    }
    // Nodes that start together make it once. The lock goes with the connection.
    sqlx::query("SELECT pg_advisory_lock(1380272201, 0)").execute(&mut db).await?;
    sqlx::query(AssertSqlSafe(format!("CREATE SCHEMA IF NOT EXISTS {schema}"))).execute(&mut db).await?;
    let made = "SELECT count(*) FROM information_schema.tables
                WHERE table_schema = current_schema() AND table_name = '_sqlx_migrations'";
    if sqlx::query_scalar::<_, i64>(made).fetch_one(&mut db).await? > 0 {
        refuse_newer(sqlx::query_scalar(NEWEST).fetch_one(&mut db).await?, migrations)?;
    }
    migrations.run(&mut db).await.map_err(unmigrated)?;
    db.close().await.map_err(StoreError::from)
}

const NEWEST: &str = "SELECT coalesce(max(version), 0) FROM _sqlx_migrations";

fn refuse_newer(found: i64, migrations: &Migrator) -> Result<()> {
    let known = migrations.iter().map(|migration| migration.version).max().unwrap_or(0);
    if found > known { Err(StoreError::NewerVersion { found, known }) } else { Ok(()) }
}

fn unmigrated(error: MigrateError) -> StoreError {
    match error {
        MigrateError::Execute(cause) => cause.into(),
        MigrateError::ExecuteMigration(cause, _) => cause.into(),
        other => StoreError::Corrupt(other.to_string()),
    }
}

/// SQLite says only "cannot open" (14) of a folder that may not be written.
fn unopenable(error: sqlx::Error) -> StoreError {
    match &error {
        sqlx::Error::Database(cause) if cause.code().as_deref() == Some("14") => StoreError::ReadOnly,
        _ => error.into(),
    }
}
