//! A schema of PostgreSQL's: its tables in the order of their keys, and which numbers were given away. Its statements are those of the
//! migrations, by their last number.

use futures_util::TryStreamExt as _;
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, PgConnection, Row as _, TypeInfo as _, ValueRef as _};

use super::{GIVEN, quoted};
use crate::backup::chunk::{Cell, Chunker};
use crate::backup::manifest::{Database, Table};
use crate::backup::vault::Vault;
use crate::{Result, StoreError};

/// Copies what `db` sees.
pub(super) async fn database(
    db: &mut PgConnection,
    vault: &Vault,
    name: &str,
    bodies: Option<Table>,
) -> Result<Database> {
    let tables = "SELECT table_name::text FROM information_schema.tables
                  WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' ORDER BY table_name";
    let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&mut *db).await?;
    let mut rows = Vec::with_capacity(tables.len() + 1);
    for table in tables {
        rows.push(self::table(db, vault, &table).await?);
    }
    rows.push(given(db, vault).await?);
    Ok(Database { name: name.to_owned(), page_bytes: 0, makes: Vec::new(), finishes: Vec::new(), rows, bodies })
}

async fn table(db: &mut PgConnection, vault: &Vault, name: &str) -> Result<Table> {
    // The migrations' own table has columns of other types; the number is what counts.
    let columns = "SELECT column_name::text FROM information_schema.columns
                   WHERE table_schema = current_schema() AND table_name = $1
                   AND (table_name <> '_sqlx_migrations' OR column_name = 'version') ORDER BY ordinal_position";
    let columns: Vec<String> = sqlx::query_scalar(columns).bind(name).fetch_all(&mut *db).await?;
    let keys = "SELECT a.attname::text FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
                JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = current_schema()
                CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k (number, place)
                JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number
                WHERE i.indisprimary AND c.relname = $1 ORDER BY k.place";
    let keys: Vec<String> = sqlx::query_scalar(keys).bind(name).fetch_all(&mut *db).await?;
    let list = |names: &[String]| names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ");
    let order = if keys.is_empty() { "ctid".to_owned() } else { list(&keys) };
    let select = format!("SELECT {} FROM {} ORDER BY {order}", list(&columns), quoted(name));
    let mut chunker = Chunker::new(vault);
    let mut rows = sqlx::query(AssertSqlSafe(select)).fetch(db);
    while let Some(row) = rows.try_next().await? {
        let row = (0..columns.len()).map(|column| cell(&row, column)).collect::<Result<Vec<_>>>()?;
        chunker.push(&row).await?;
    }
    chunker.end(name, columns).await
}

/// The last number that each table gave away.
async fn given(db: &mut PgConnection, vault: &Vault) -> Result<Table> {
    let select = "SELECT c.table_name::text, s.last_value FROM information_schema.columns c JOIN pg_sequences s
                  ON s.schemaname = c.table_schema AND format('%I.%I', s.schemaname, s.sequencename)::regclass
                     = pg_get_serial_sequence(format('%I.%I', c.table_schema, c.table_name), c.column_name)::regclass
                  WHERE c.table_schema = current_schema() AND c.is_identity = 'YES' AND s.last_value IS NOT NULL
                  ORDER BY c.table_name";
    let mut chunker = Chunker::new(vault);
    let given: Vec<(String, i64)> = sqlx::query_as(select).fetch_all(db).await?;
    for (table, number) in given {
        chunker.push(&[Cell::Text(table), Cell::Number(number)]).await?;
    }
    chunker.end(GIVEN, vec!["name".to_owned(), "seq".to_owned()]).await
}

fn cell(row: &PgRow, column: usize) -> Result<Cell> {
    let value = row.try_get_raw(column)?;
    if value.is_null() {
        return Ok(Cell::Null);
    }
    let kind = value.type_info();
    Ok(match kind.name() {
        "INT8" => Cell::Number(row.try_get(column)?),
        "TEXT" => Cell::Text(row.try_get(column)?),
        "BYTEA" => Cell::Blob(row.try_get(column)?),
        other => return Err(StoreError::Corrupt(format!("a value of the type {other}, which no table has"))),
    })
}
