//! Reads a database of SQLite's into chunks: its statements, and its tables in the order of their keys.

use futures_util::TryStreamExt as _;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row as _, SqliteConnection, TypeInfo as _, ValueRef as _};

use super::OF_POSTGRES;
use super::chunk::{Cell, Chunker};
use super::manifest::{Database, Table};
use super::vault::Vault;
use crate::db::{Conn, Reading};
use crate::{ContentId, RegionStore, Result, StoreError};

/// Counts what `AUTOINCREMENT` gave away; SQLite makes it by itself.
const GIVEN: &str = "sqlite_sequence";

/// Copies what `reading` sees.
pub(super) async fn database(
    reading: &mut Reading,
    vault: &Vault,
    name: &str,
    bodies: Option<Table>,
) -> Result<Database> {
    let db = sqlite(reading)?;
    let page_bytes = sqlx::query_scalar("PRAGMA page_size").fetch_one(&mut *db).await?;
    let schema = "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid";
    let schema: Vec<(String, String, String)> = sqlx::query_as(schema).fetch_all(&mut *db).await?;
    let (mut makes, mut finishes, mut rows) = (Vec::new(), Vec::new(), Vec::new());
    for (kind, table, statement) in schema {
        match kind.as_str() {
            "table" if table == GIVEN => rows.push(self::table(db, vault, &table).await?),
            "table" => {
                makes.push(statement);
                rows.push(self::table(db, vault, &table).await?);
            }
            _ => finishes.push(statement),
        }
    }
    Ok(Database { name: name.to_owned(), page_bytes, makes, finishes, rows, bodies })
}

fn sqlite(reading: &mut Reading) -> Result<&mut SqliteConnection> {
    match &mut **reading {
        Conn::SqliteRead(db) => Ok(&mut *db),
        _ => Err(StoreError::Refused(OF_POSTGRES.to_owned())),
    }
}

async fn table(db: &mut SqliteConnection, vault: &Vault, name: &str) -> Result<Table> {
    let columns = "SELECT name, pk FROM pragma_table_info(?) ORDER BY cid";
    let columns: Vec<(String, i64)> = sqlx::query_as(columns).bind(name).fetch_all(&mut *db).await?;
    let without_number: i64 = sqlx::query_scalar("SELECT wr FROM pragma_table_list(?) WHERE schema = 'main'")
        .bind(name)
        .fetch_one(&mut *db)
        .await?;
    let mut keys: Vec<_> = columns.iter().filter(|(_, place)| *place > 0).collect();
    keys.sort_by_key(|(_, place)| *place);
    let keys: Vec<String> = keys.into_iter().map(|(column, _)| quoted(column)).collect();
    let order = if without_number == 0 { "rowid".to_owned() } else { keys.join(", ") };
    let columns: Vec<String> = columns.into_iter().map(|(column, _)| column).collect();
    let list: Vec<String> = columns.iter().map(|column| quoted(column)).collect();
    let select = format!("SELECT {} FROM {} ORDER BY {order}", list.join(", "), quoted(name));
    let mut chunker = Chunker::new(vault);
    let mut rows = sqlx::query(AssertSqlSafe(select)).fetch(db);
    while let Some(row) = rows.try_next().await? {
        let row = (0..columns.len()).map(|column| cell(&row, column)).collect::<Result<Vec<_>>>()?;
        chunker.push(&row).await?;
    }
    chunker.end(name, columns).await
}

/// A name as part of a statement.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn cell(row: &SqliteRow, column: usize) -> Result<Cell> {
    let value = row.try_get_raw(column)?;
    if value.is_null() {
        return Ok(Cell::Null);
    }
    let kind = value.type_info();
    Ok(match kind.name() {
        "TEXT" => Cell::Text(row.try_get_unchecked(column)?),
        "BLOB" => Cell::Blob(row.try_get_unchecked(column)?),
        "REAL" => return Err(StoreError::Corrupt("a number with a fraction, where none is written".to_owned())),
        _ => Cell::Number(row.try_get_unchecked(column)?),
    })
}

impl RegionStore {
    /// Copies the bodies beside the database; those that are there already cost no reading.
    pub(super) async fn dump_bodies(&self, reading: &mut Reading, vault: &Vault) -> Result<Table> {
        let select =
            "SELECT id FROM content WHERE raw IS NULL UNION SELECT id FROM draft_part WHERE body IS NULL ORDER BY id";
        let ids: Vec<Vec<u8>> = sqlx::query_scalar(select).fetch_all(sqlite(reading)?).await?;
        let mut chunker = Chunker::new(vault);
        for id in ids {
            let body = id.as_slice().try_into().map(ContentId);
            let body = body.map_err(|_| StoreError::Tampered("a content id".to_owned()))?;
            if vault.lacks_body(self.name(), body) {
                let Some(sealed) = self.body(body).await? else { return Err(self.lost_body(body)) };
                vault.keep_body(self.name(), body, &sealed).await?;
            } else {
                vault.has_body();
            }
            chunker.push(&[Cell::Blob(id)]).await?;
        }
        chunker.end("bodies", vec!["id".to_owned()]).await
    }
}
