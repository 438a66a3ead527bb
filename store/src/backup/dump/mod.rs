//! Reads a database into chunks, in one view of it.

mod postgres;
mod sqlite;

use super::chunk::{Cell, Chunker};
use super::manifest::{Database, Table};
use super::vault::Vault;
use crate::db::{Conn, Reading};
use crate::{ContentId, RegionStore, Result, StoreError};

/// The table that counts which numbers were given away. SQLite makes it by itself.
pub(super) const GIVEN: &str = "sqlite_sequence";

/// Copies what `reading` sees.
pub(super) async fn database(
    reading: &mut Reading,
    vault: &Vault,
    name: &str,
    bodies: Option<Table>,
) -> Result<Database> {
    match &mut **reading {
        Conn::SqliteRead(db) => sqlite::database(db, vault, name, bodies).await,
        Conn::PostgresRead(db) => postgres::database(db, vault, name, bodies).await,
        Conn::Sqlite(_) | Conn::Postgres(_) => Err(StoreError::Closed),
    }
}

/// A name as part of a statement.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

impl RegionStore {
    /// Copies the bodies beside the database; those that are there already cost no reading, and those that are nowhere are `lost`.
    pub(super) async fn dump_bodies(
        &self,
        reading: &mut Reading,
        vault: &Vault,
        lost: &mut Vec<ContentId>,
    ) -> Result<Table> {
        let select =
            "SELECT id FROM content WHERE raw IS NULL UNION SELECT id FROM draft_part WHERE body IS NULL ORDER BY id";
        let ids: Vec<Vec<u8>> = crate::db::query_scalar(select).fetch_all(&mut **reading).await?;
        let mut chunker = Chunker::new(vault);
        for id in ids {
            let body = id.as_slice().try_into().map(ContentId);
            let body = body.map_err(|_| StoreError::Tampered("a content id".to_owned()))?;
            if vault.lacks_body(self.name(), body) {
                let Some(sealed) = self.body(body).await? else {
                    self.lost_body(body);
                    lost.push(body);
                    continue;
                };
                vault.keep_body(self.name(), body, &sealed).await?;
            } else {
                vault.has_body(self.name(), body);
            }
            chunker.push(&[Cell::Blob(id)]).await?;
        }
        chunker.end("bodies", vec!["id".to_owned()]).await
    }
}
