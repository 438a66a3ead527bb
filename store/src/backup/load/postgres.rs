//! Fills a schema of PostgreSQL's from chunks, whichever engine they are of: the migrations make the tables, rows are put back without
//! triggers, and nothing has the schema's name before all of it is there.

use std::collections::HashMap;

use sqlx::migrate::Migrator;
use sqlx::postgres::PgArguments;
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Postgres};
use zeroize::Zeroizing;

use crate::backup::chunk::{Cell, rows_of};
use crate::backup::dump::{GIVEN, quoted};
use crate::backup::manifest::{Database, Table};
use crate::backup::vault::Vault;
use crate::db::Cluster;
use crate::engine::migrate_schema;
use crate::{Result, StoreError};

/// Rows of nodes that are no more, and of what makes tables.
const LEFT_OUT: [&str; 4] = ["_sqlx_migrations", GIVEN, "node", "lease"];
/// Connections that the cluster keeps besides.
const READERS: u32 = 1;

/// What is put where.
pub(in crate::backup) struct Filling<'a> {
    pub(in crate::backup) database: &'a Database,
    pub(in crate::backup) url: Zeroizing<String>,
    pub(in crate::backup) schema: String,
    pub(in crate::backup) migrations: &'static Migrator,
}

impl Filling<'_> {
    /// Refuses what cannot be, before anything is written anywhere.
    pub(in crate::backup) async fn check(&self, vault: &Vault) -> Result<()> {
        let (name, schema) = (&self.database.name, &self.schema);
        let known = self.migrations.iter().map(|migration| migration.version).max().unwrap_or(0);
        let of_backup = version(vault, self.database).await?;
        if of_backup != known {
            let why = format!(
                "{name} is of version {of_backup}, and this release's is {known}: restore it with the release that wrote it, or into a \
                 folder, start this release there once, and make another backup"
            );
            return Err(StoreError::Refused(why));
        }
        let mut db = self.connect(schema).await?;
        let there = "SELECT count(*) FROM information_schema.schemata WHERE schema_name = $1";
        let there: i64 = sqlx::query_scalar(there).bind(schema).fetch_one(&mut db).await?;
        db.close().await?;
        if there > 0 {
            let why = format!("the schema {schema} is there already, and nothing is ever overwritten");
            return Err(StoreError::Refused(why));
        }
        Ok(())
    }

    /// Puts the rows back under another name.
    pub(in crate::backup) async fn fill(&self, vault: &Vault) -> Result<()> {
        let unfinished = self.unfinished();
        let mut db = self.connect(&self.schema).await?;
        execute(&mut db, format!("DROP SCHEMA IF EXISTS {unfinished} CASCADE")).await?;
        db.close().await?;
        migrate_schema(self.connect(&unfinished).await?, &unfinished, self.migrations).await?;
        let mut filling = self.connect(&unfinished).await?;
        let mut transaction = filling.begin().await?;
        for table in self.database.tables().filter(|table| !LEFT_OUT.contains(&table.name.as_str())) {
            fill(&mut transaction, vault, table).await?;
        }
        give(&mut transaction, vault, self.database).await?;
        transaction.commit().await?;
        Ok(filling.close().await?)
    }

    fn unfinished(&self) -> String {
        format!("{}_restoring", self.schema)
    }

    async fn connect(&self, schema: &str) -> Result<PgConnection> {
        Cluster::open(&self.url, schema, READERS).await?.connect().await
    }
}

/// Gives those of each server their names at once: from here on they are there. The server of the directory, which is the first,
/// comes last, as nothing starts without it.
pub(in crate::backup) async fn name_all(fillings: &[Filling<'_>]) -> Result<()> {
    let mut servers: Vec<Vec<&Filling<'_>>> = Vec::new();
    for filling in fillings {
        match servers.iter_mut().find(|server| server.iter().any(|other| other.url == filling.url)) {
            Some(server) => server.push(filling),
            None => servers.push(vec![filling]),
        }
    }
    for server in servers.into_iter().rev() {
        let Some(first) = server.first() else { continue };
        let mut db = first.connect(&first.schema).await?;
        let mut transaction = db.begin().await?;
        for filling in &server {
            let rename = format!("ALTER SCHEMA {} RENAME TO {}", filling.unfinished(), filling.schema);
            execute(&mut transaction, rename).await?;
        }
        transaction.commit().await?;
        db.close().await?;
    }
    Ok(())
}

async fn execute(db: &mut PgConnection, statement: String) -> Result<()> {
    sqlx::query(AssertSqlSafe(statement)).execute(db).await?;
    Ok(())
}

/// The number of the last migration that the backup's tables are of.
async fn version(vault: &Vault, database: &Database) -> Result<i64> {
    let table = database.tables().find(|table| table.name == "_sqlx_migrations");
    let table = table.ok_or_else(|| StoreError::Corrupt(format!("{} has no version", database.name)))?;
    let column = table.columns.iter().position(|column| column == "version").unwrap_or(0);
    let mut newest = 0;
    for row in rows(vault, table).await? {
        if let Some(Cell::Number(version)) = row.get(column) {
            newest = newest.max(*version);
        }
    }
    Ok(newest)
}

/// All rows of a small table.
async fn rows(vault: &Vault, table: &Table) -> Result<Vec<Vec<Cell>>> {
    let mut rows = Vec::new();
    for chunk in &table.chunks {
        rows.extend(rows_of(&vault.chunk(chunk).await?)?);
    }
    Ok(rows)
}

async fn fill(db: &mut PgConnection, vault: &Vault, table: &Table) -> Result<()> {
    let name = quoted(&table.name);
    let types = "SELECT column_name::text, data_type::text FROM information_schema.columns
                 WHERE table_schema = current_schema() AND table_name = $1";
    let types: Vec<(String, String)> = sqlx::query_as(types).bind(&table.name).fetch_all(&mut *db).await?;
    let types: HashMap<String, String> = types.into_iter().collect();
    let kinds: Vec<&str> = table.columns.iter().map(|column| types.get(column).map_or("", |kind| kind)).collect();
    // Migrations may have left rows, and triggers would act on what is only put back.
    execute(db, format!("ALTER TABLE {name} DISABLE TRIGGER USER")).await?;
    execute(db, format!("DELETE FROM {name}")).await?;
    let columns: Vec<String> = table.columns.iter().map(|column| quoted(column)).collect();
    let marks: Vec<String> = (1..=columns.len()).map(|number| format!("${number}")).collect();
    let insert =
        format!("INSERT INTO {name} ({}) OVERRIDING SYSTEM VALUE VALUES ({})", columns.join(", "), marks.join(", "));
    let mut filled = 0;
    for chunk in &table.chunks {
        for row in rows_of(&vault.chunk(chunk).await?)? {
            let statement = sqlx::query(AssertSqlSafe(insert.clone()));
            row.into_iter().zip(&kinds).fold(statement, bind).execute(&mut *db).await?;
            filled += 1;
        }
    }
    execute(db, format!("ALTER TABLE {name} ENABLE TRIGGER USER")).await?;
    if filled == table.rows {
        return Ok(());
    }
    Err(StoreError::Corrupt(format!("{filled} of {} rows of {} are in the backup", table.rows, table.name)))
}

fn bind<'q>(
    statement: Query<'q, Postgres, PgArguments>,
    (cell, kind): (Cell, &&str),
) -> Query<'q, Postgres, PgArguments> {
    match (cell, *kind) {
        (Cell::Null, "bytea") => statement.bind(None::<Vec<u8>>),
        (Cell::Null, "text") => statement.bind(None::<String>),
        (Cell::Null, _) => statement.bind(None::<i64>),
        (Cell::Number(number), _) => statement.bind(number),
        (Cell::Text(text), _) => statement.bind(text),
        (Cell::Blob(bytes), _) => statement.bind(bytes),
    }
}

/// No number is given a second time: each table goes on behind the last that was.
async fn give(db: &mut PgConnection, vault: &Vault, database: &Database) -> Result<()> {
    let mut given = HashMap::new();
    if let Some(table) = database.tables().find(|table| table.name == GIVEN) {
        for row in rows(vault, table).await? {
            if let [Cell::Text(name), Cell::Number(number)] = row.as_slice() {
                given.insert(name.clone(), *number);
            }
        }
    }
    let identities = "SELECT table_name::text, column_name::text FROM information_schema.columns
                      WHERE table_schema = current_schema() AND is_identity = 'YES'";
    let identities: Vec<(String, String)> = sqlx::query_as(identities).fetch_all(&mut *db).await?;
    for (table, column) in identities {
        let newest = format!("SELECT coalesce(max({}), 0) FROM {}", quoted(&column), quoted(&table));
        let newest: i64 = sqlx::query_scalar(AssertSqlSafe(newest)).fetch_one(&mut *db).await?;
        let last = given.get(&table).copied().unwrap_or(0).max(newest);
        let set = "SELECT setval(pg_get_serial_sequence(format('%I.%I', current_schema(), $1::text), $2), greatest($3, 1), $3 > 0)";
        sqlx::query(set).bind(&table).bind(&column).bind(last).execute(&mut *db).await?;
    }
    Ok(())
}
