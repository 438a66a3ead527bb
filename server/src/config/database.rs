//! `[database]` and `[blobs]`: where rows and large bodies are kept when several nodes share them.
//!
//! ```text
//!   neither             one node: SQLite and a folder, both in the data folder
//!   [database] [blobs]  any number of nodes: PostgreSQL and a bucket
//! ```

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use store::BlobStore;

use crate::secrets;

/// `[database]`
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Database {
    /// The file that holds the URL of a PostgreSQL database, with its password.
    pub url_file: Option<PathBuf>,
    /// What the names of our schemas begin with.
    pub prefix: String,
}

impl Default for Database {
    fn default() -> Self {
        Self { url_file: None, prefix: "relais".to_owned() }
    }
}

/// `[blobs]`
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Blobs {
    /// A bucket and what names in it begin with.
    pub url: Option<String>,
    /// The file that holds the bucket's options, one `name = value` a line.
    pub options_file: Option<PathBuf>,
}

impl Database {
    /// As the store wants it.
    ///
    /// # Errors
    /// When the file cannot be read, or by others too.
    pub fn opened(&self) -> Result<store::Database> {
        let Some(file) = &self.url_file else { return Ok(store::Database::Folder) };
        let url = secrets::read_password(file).context("database.url_file")?;
        Ok(store::Database::Postgres { url: url.trim().to_owned().into(), prefix: self.prefix.clone() })
    }

    /// Whether schemas can be called so.
    pub fn is_wrong(&self) -> bool {
        let is_letter = |octet: u8| octet.is_ascii_lowercase() || octet.is_ascii_digit() || octet == b'_';
        self.prefix.is_empty() || self.prefix.len() > 20 || !self.prefix.bytes().all(is_letter)
    }
}

impl Blobs {
    /// As the store wants them.
    ///
    /// # Errors
    /// When the file cannot be read, or by others too.
    pub fn opened(&self) -> Result<BlobStore> {
        let Some(url) = self.url.clone() else { return Ok(BlobStore::Folder) };
        let text =
            self.options_file.as_deref().map(secrets::read_password).transpose().context("blobs.options_file")?;
        let lines = text.as_ref().map(|text| text.lines()).into_iter().flatten();
        let options = lines.filter_map(|line| line.split_once('='));
        let options = options.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())).collect();
        Ok(BlobStore::Bucket { url, options })
    }
}
