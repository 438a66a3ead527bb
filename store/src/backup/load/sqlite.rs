//! Makes a database of SQLite's anew from its chunks. Indexes and triggers come last: rows are put back, not written.

use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, SqliteConnection};

use crate::backup::chunk::{Cell, rows_of};
use crate::backup::dump::{GIVEN, quoted};
use crate::backup::manifest::{Database, Table};
use crate::backup::vault::Vault;
use crate::{Result, StoreError};

/// Writes the database to `path`, where there is none.
pub(in crate::backup) async fn database(vault: &Vault, database: &Database, path: &Path) -> Result<()> {
    let page_bytes = u32::try_from(database.page_bytes).unwrap_or(4096);
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .page_size(page_bytes)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(false)
        .disable_statement_logging();
    let mut db = SqliteConnection::connect_with(&options).await?;
    for statement in &database.makes {
        sqlx::query(AssertSqlSafe(statement.clone())).execute(&mut db).await?;
    }
    let (given, tables): (Vec<_>, Vec<_>) = database.tables().partition(|table| table.name == GIVEN);
    for table in tables {
        load(&mut db, vault, table).await?;
    }
    // SQLite counted while rows were put back, and a second line for a table is one that it never reads.
    for table in given {
        sqlx::query("DELETE FROM sqlite_sequence").execute(&mut db).await?;
        load(&mut db, vault, table).await?;
    }
    for statement in &database.finishes {
        sqlx::raw_sql(AssertSqlSafe(statement.clone())).execute(&mut db).await?;
    }
    db.close().await?;
    Ok(())
}

async fn load(db: &mut SqliteConnection, vault: &Vault, table: &Table) -> Result<()> {
    let columns: Vec<String> = table.columns.iter().map(|column| quoted(column)).collect();
    let marks = vec!["?"; columns.len()].join(", ");
    let insert = format!("INSERT INTO {} ({}) VALUES ({marks})", quoted(&table.name), columns.join(", "));
    let mut loaded = 0;
    for chunk in &table.chunks {
        let rows = rows_of(&vault.chunk(chunk).await?)?;
        let mut transaction = db.begin().await?;
        for row in rows {
            let statement = sqlx::query(AssertSqlSafe(insert.clone()));
            let statement = row.into_iter().fold(statement, |statement, cell| match cell {
                Cell::Null => statement.bind(None::<i64>),
                Cell::Number(number) => statement.bind(number),
                Cell::Text(text) => statement.bind(text),
                Cell::Blob(bytes) => statement.bind(bytes),
            });
            statement.execute(&mut *transaction).await?;
            loaded += 1;
        }
        transaction.commit().await?;
    }
    if loaded == table.rows {
        return Ok(());
    }
    Err(StoreError::Corrupt(format!("{loaded} of {} rows of {} are in the backup", table.rows, table.name)))
}
