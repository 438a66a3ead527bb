//! Opens one SQLite database: WAL, `synchronous=FULL`, one writer behind a committer, a few readers.

use std::path::Path;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, SqliteConnection, SqlitePool};

use crate::committer::Committer;
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
/// Rows that an engine's thread finds before whoever reads them has to take some.
const ROWS_AHEAD: usize = 500;

/// An open database.
#[derive(Clone)]
pub(crate) struct Engine {
    /// Where every write goes.
    pub(crate) committer: Committer,
    /// Where reads go; they see all that was answered.
    pub(crate) readers: SqlitePool,
}

impl Engine {
    /// Opens or makes the database at `path` and brings it to the newest version.
    ///
    /// # Errors
    /// [`StoreError::NewerVersion`], [`StoreError::Corrupt`], [`StoreError::ReadOnly`], [`StoreError::Full`].
    pub(crate) async fn open(path: &Path, migrations: &Migrator, pages: Pages) -> Result<Self> {
        let options = options(path, pages);
        migrate(&options, migrations).await?;
        let pool = || SqlitePoolOptions::new().test_before_acquire(false).idle_timeout(None).max_lifetime(None);
        let writer = pool().max_connections(1).connect_with(options.clone()).await?;
        let options = options.pragma("cache_size", READER_CACHE).row_buffer_size(ROWS_AHEAD);
        let readers = pool().max_connections(READERS).connect_lazy_with(options);
        Ok(Self { committer: Committer::start(writer), readers })
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

async fn migrate(options: &SqliteConnectOptions, migrations: &Migrator) -> Result<()> {
    let mut db = SqliteConnection::connect_with(options).await.map_err(unopenable)?;
    refuse_newer(&mut db, migrations).await?;
    migrations.run(&mut db).await.map_err(|error| match error {
        MigrateError::Execute(cause) => cause.into(),
        MigrateError::ExecuteMigration(cause, _) => cause.into(),
        other => StoreError::Corrupt(other.to_string()),
    })?;
    db.close().await.map_err(StoreError::from)
}

/// SQLite says only "cannot open" (14) of a folder that may not be written.
fn unopenable(error: sqlx::Error) -> StoreError {
    match &error {
        sqlx::Error::Database(cause) if cause.code().as_deref() == Some("14") => StoreError::ReadOnly,
        _ => error.into(),
    }
}

async fn refuse_newer(db: &mut SqliteConnection, migrations: &Migrator) -> Result<()> {
    let made = "SELECT count(*) FROM sqlite_master WHERE name = '_sqlx_migrations'";
    if sqlx::query_scalar::<_, i64>(made).fetch_one(&mut *db).await? == 0 {
        return Ok(());
    }
    let newest = "SELECT coalesce(max(version), 0) FROM _sqlx_migrations";
    let found: i64 = sqlx::query_scalar(newest).fetch_one(&mut *db).await?;
    let known = migrations.iter().map(|migration| migration.version).max().unwrap_or(0);
    if found > known { Err(StoreError::NewerVersion { found, known }) } else { Ok(()) }
}
