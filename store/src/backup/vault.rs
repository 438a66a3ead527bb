//! A target behind its seals: pieces go in and come out by name, and what is there already is not put in again.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use mail::{Region, Timestamp};

use super::manifest::Manifest;
use super::{BackedUp, Target, list_backups, named};
use crate::mac;
use crate::seal::{self, Key};
use crate::{ContentId, HouseKeys, Result, StoreError};

/// The name of a chunk: its keyed hash.
pub(super) type ChunkName = [u8; 32];

/// A target with the keys to it.
pub(super) struct Vault {
    target: Target,
    /// Seals.
    key: Key,
    /// Names chunks.
    names: Key,
    there: Mutex<HashSet<String>>,
    /// What this backup needs.
    needed: Mutex<HashSet<String>>,
    figures: Mutex<BackedUp>,
}

impl Vault {
    /// Looks at what is there.
    pub(super) async fn open(target: &Target, keys: &HouseKeys) -> Result<Self> {
        let there = Mutex::new(pieces(target).await?);
        Ok(Self { there, ..Self::unlisted(target, keys) })
    }

    /// To read from.
    pub(super) fn unlisted(target: &Target, keys: &HouseKeys) -> Self {
        Self {
            target: target.clone(),
            key: keys.derived("backup"),
            names: keys.derived("backup names"),
            there: Mutex::default(),
            needed: Mutex::default(),
            figures: Mutex::default(),
        }
    }

    pub(super) async fn keep_chunk(&self, rows: &[u8]) -> Result<ChunkName> {
        let chunk = mac::code(&self.names, "chunk", &[rows.into()]);
        self.keep(&chunk_path(&chunk), || seal::seal(&self.key, &chunk_named(&chunk), rows)).await?;
        Ok(chunk)
    }

    /// Whether a body has to be brought: it never changes.
    pub(super) fn lacks_body(&self, region: &Region, body: ContentId) -> bool {
        !lock(&self.there).contains(&body_path(region, body))
    }

    pub(super) async fn keep_body(&self, region: &Region, body: ContentId, sealed: &[u8]) -> Result<()> {
        let seal = || seal::seal(&self.key, &body_named(region, body), sealed);
        self.keep(&body_path(region, body), seal).await
    }

    /// Counts a body that is there.
    pub(super) fn has_body(&self, region: &Region, body: ContentId) {
        lock(&self.figures).pieces += 1;
        lock(&self.needed).insert(body_path(region, body));
    }

    async fn keep(&self, path: &str, seal: impl FnOnce() -> Vec<u8>) -> Result<()> {
        lock(&self.figures).pieces += 1;
        lock(&self.needed).insert(path.to_owned());
        if lock(&self.there).contains(path) {
            return Ok(());
        }
        let sealed = seal();
        let size = u64::try_from(sealed.len()).unwrap_or(u64::MAX);
        self.target.put(path, sealed).await?;
        lock(&self.there).insert(path.to_owned());
        let mut figures = lock(&self.figures);
        figures.written += 1;
        figures.written_bytes += size;
        Ok(())
    }

    /// Names all that was kept: from here on it is a backup. Answers its name.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when somebody removed a piece meanwhile, such as another node that took this one for dead.
    pub(super) async fn conclude(&self, manifest: &Manifest, now: Timestamp) -> Result<String> {
        let tag = hex::encode(rand::random::<[u8; 4]>());
        let second = Timestamp::from_unix_s(now.as_unix_s()).rfc3339().replace([':', 'Z'], "");
        let name = format!("{second}.{:03}Z-{tag}", now.as_ms().rem_euclid(1000));
        let sealed = seal::seal(&self.key, &backup_named(&name), &manifest.encode()?);
        self.target.put(&named(&name), sealed).await?;
        let there = pieces(&self.target).await?;
        let missing = lock(&self.needed).iter().find(|piece| !there.contains(*piece)).cloned();
        if let Some(piece) = missing {
            self.target.remove(&named(&name)).await?;
            return Err(StoreError::Missing(format!("{piece}, which was removed while the backup was made,")));
        }
        Ok(name)
    }

    pub(super) fn figures(&self) -> BackedUp {
        lock(&self.figures).clone()
    }

    /// The backup of this name, or the newest.
    pub(super) async fn manifest(&self, name: Option<&str>) -> Result<(String, Manifest)> {
        let listed = list_backups(&self.target).await?;
        // Names begin with their moment.
        let Some(name) = listed.into_iter().rfind(|listed| name.is_none_or(|name| name == listed)) else {
            return Err(StoreError::NoSuch(format!(
                "backup{}",
                name.map(|name| format!(" {name}")).unwrap_or_default()
            )));
        };
        let path = named(&name);
        let encoded = self.open_piece(&path, &backup_named(&name)).await?;
        Ok((name, Manifest::decode(&encoded)?))
    }

    pub(super) async fn chunk(&self, chunk: &ChunkName) -> Result<Vec<u8>> {
        let path = chunk_path(chunk);
        let rows = self.open_piece(&path, &chunk_named(chunk)).await?;
        if mac::same(chunk, &mac::code(&self.names, "chunk", &[rows.as_slice().into()])) {
            return Ok(rows);
        }
        Err(StoreError::Tampered(format!("{path} of the backup")))
    }

    pub(super) async fn body(&self, region: &Region, body: ContentId) -> Result<Vec<u8>> {
        self.open_piece(&body_path(region, body), &body_named(region, body)).await
    }

    async fn open_piece(&self, path: &str, named: &[u8]) -> Result<Vec<u8>> {
        let sealed = self.target.read(path).await?;
        let sealed = sealed.ok_or_else(|| StoreError::Missing(format!("{path} of the backup")))?;
        seal::open(&self.key, named, &sealed)
            .ok_or_else(|| StoreError::Tampered(format!("{path} of the backup (or these are other house keys)")))
    }
}

/// All pieces that are there.
async fn pieces(target: &Target) -> Result<HashSet<String>> {
    let mut there = HashSet::new();
    for kind in ["chunks", "bodies"] {
        there.extend(target.list(kind).await?.into_keys().map(|name| format!("{kind}/{name}")));
    }
    Ok(there)
}

pub(super) fn chunk_path(chunk: &ChunkName) -> String {
    let name = hex::encode(chunk);
    format!("chunks/{}/{name}", name.get(..2).unwrap_or_default())
}

pub(super) fn body_path(region: &Region, body: ContentId) -> String {
    let name = body.to_string();
    format!("bodies/{region}/{}/{name}", name.get(30..).unwrap_or_default())
}

fn chunk_named(chunk: &ChunkName) -> Vec<u8> {
    mac::encode("backup chunk", &[chunk.into()])
}

fn body_named(region: &Region, body: ContentId) -> Vec<u8> {
    mac::encode("backup body", &[region.as_str().into(), (&body.0).into()])
}

fn backup_named(name: &str) -> Vec<u8> {
    mac::encode("backup", &[name.into()])
}

fn lock<T>(held: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[tokio::test]
    async fn a_piece_that_is_removed_meanwhile_leaves_no_backup_without_it() {
        let folder = tempfile::tempdir().unwrap();
        let (target, keys) = (Target::folder(folder.path()), HouseKeys::generate());
        let chunk = Vault::open(&target, &keys).await.unwrap().keep_chunk(b"rows").await.unwrap();
        let vault = Vault::open(&target, &keys).await.unwrap();
        vault.keep_chunk(b"rows").await.unwrap();
        assert_eq!(vault.figures().written, 0, "it is there");
        target.remove(&chunk_path(&chunk)).await.unwrap();
        let manifest = Manifest { at_ms: 0, release: "test".to_owned(), databases: Vec::new() };
        let concluded = vault.conclude(&manifest, Timestamp::from_ms(0)).await;
        assert!(matches!(concluded, Err(StoreError::Missing(_))), "{concluded:?}");
        assert!(list_backups(&target).await.unwrap().is_empty());
        let again = Vault::open(&target, &keys).await.unwrap();
        again.keep_chunk(b"rows").await.unwrap();
        assert!(again.conclude(&manifest, Timestamp::from_ms(0)).await.is_ok());
    }
}
