//! A database of SQLite's: its statements, and its tables in the order of their keys.

use futures_util::TryStreamExt as _;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row as _, SqliteConnection, TypeInfo as _, ValueRef as _};

use super::{GIVEN, quoted};
use crate::backup::chunk::{Cell, Chunker};
use crate::backup::manifest::{Database, Table};
use crate::backup::vault::Vault;
use crate::{Result, StoreError};

/// Copies what `db` sees.
pub(super) async fn database(
    db: &mut SqliteConnection,
    vault: &Vault,
    name: &str,
    bodies: Option<Table>,
) -> Result<Database> {
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
