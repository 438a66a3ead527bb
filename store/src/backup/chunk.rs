//! Rows cut into chunks where the rows themselves say, so that a row more or less changes one chunk and not all after it.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::manifest::Table;
use super::vault::{ChunkName, Vault};
use crate::{Result, StoreError};

/// How long a chunk is on the average.
const USUAL: u64 = 128 * 1024;
/// No row joins a chunk that is longer.
const LONG: usize = 1024 * 1024;

/// A value of a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Cell {
    Null,
    Number(i64),
    Text(String),
    Blob(Vec<u8>),
}

/// Gathers the rows of a table.
pub(super) struct Chunker<'v> {
    vault: &'v Vault,
    rows: u64,
    gathered: Vec<u8>,
    chunks: Vec<ChunkName>,
}

impl<'v> Chunker<'v> {
    pub(super) fn new(vault: &'v Vault) -> Self {
        Self { vault, rows: 0, gathered: Vec::new(), chunks: Vec::new() }
    }

    pub(super) async fn push(&mut self, row: &[Cell]) -> Result<()> {
        let row = postcard::to_stdvec(row).map_err(|error| StoreError::Refused(error.to_string()))?;
        self.gathered.extend_from_slice(&row);
        self.rows += 1;
        if ends_here(&row) || self.gathered.len() > LONG { self.cut().await } else { Ok(()) }
    }

    async fn cut(&mut self) -> Result<()> {
        self.chunks.push(self.vault.keep_chunk(&self.gathered).await?);
        self.gathered.clear();
        Ok(())
    }

    pub(super) async fn end(mut self, name: &str, columns: Vec<String>) -> Result<Table> {
        if !self.gathered.is_empty() {
            self.cut().await?;
        }
        Ok(Table { name: name.to_owned(), columns, chunks: self.chunks, rows: self.rows })
    }
}

/// As likely as the row is long.
fn ends_here(row: &[u8]) -> bool {
    let [a, b, c, d, ..]: [u8; 32] = Sha256::digest(row).into();
    let length = u64::try_from(row.len()).unwrap_or(u64::MAX);
    u64::from(u32::from_be_bytes([a, b, c, d])) < length.saturating_mul(u64::from(u32::MAX) / USUAL)
}

/// The rows of a chunk.
pub(super) fn rows_of(mut chunk: &[u8]) -> Result<Vec<Vec<Cell>>> {
    let mut rows = Vec::new();
    while !chunk.is_empty() {
        let (row, rest) = postcard::take_from_bytes(chunk).map_err(|error| StoreError::Corrupt(error.to_string()))?;
        rows.push(row);
        chunk = rest;
    }
    Ok(rows)
}
