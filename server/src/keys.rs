//! The keys of the house as files.
//!
//! ```text
//!   <secrets>/integrity.key  hash.key  transit.key     made at the first start, needed at every one
//!   <anywhere but here>/unlock.key                     needed to unseal only; its public half is pinned in [seal]
//! ```
//!
//! Each file is 32 random bytes in base64, mode 0600. A missing one is made only while none of the three is
//! there: with one lost, a fresh one would silently distrust all that the old one vouched for.

mod desk;
pub mod handover;
pub mod quorum;
pub mod share;
pub mod split;
mod unlock;

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use store::HouseKeys;
use store::seal::UnlockKey;
use zeroize::Zeroizing;

pub use desk::Desk;
pub use unlock::{Source, Unlock};

use crate::config::Seal;
use crate::secrets::{SecretError, read_key, write_new};

/// The three key files.
#[derive(Clone, Debug)]
pub struct HouseKeyFiles {
    folder: PathBuf,
    files: [PathBuf; 3],
}

impl HouseKeyFiles {
    /// Where they lie.
    #[must_use]
    pub fn in_folder(secrets: &Path) -> Self {
        let files = ["integrity.key", "hash.key", "transit.key"].map(|name| secrets.join(name));
        Self { folder: secrets.to_owned(), files }
    }

    /// Reads them; makes them where there are none yet, and no database that was written under others.
    ///
    /// # Errors
    /// When one is missing, malformed, or readable by others.
    pub fn load_or_make(&self, data: &Path) -> Result<HouseKeys> {
        if self.files.iter().all(|path| !path.exists()) {
            let database = data.join("directory.db");
            ensure!(
                !database.exists(),
                "{} was written under keys that are missing in {}: restore them from the backup of that folder; under fresh \
                 ones nothing in it could be trusted",
                database.display(),
                self.folder.display()
            );
            self.make()?;
        }
        self.load()
    }

    /// Reads them.
    ///
    /// # Errors
    /// When one is missing, malformed, or readable by others.
    pub fn load(&self) -> Result<HouseKeys> {
        let [integrity, hash, transit] = &self.files;
        Ok(HouseKeys { integrity: self.read(integrity)?, hash: self.read(hash)?, transit: self.read(transit)? })
    }

    fn make(&self) -> Result<()> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&self.folder);
        made.with_context(|| format!("cannot make the secrets folder {}", self.folder.display()))?;
        let fresh = HouseKeys::generate();
        for (path, key) in self.files.iter().zip([fresh.integrity, fresh.hash, fresh.transit]) {
            write_new(path, &format!("{}\n", *Zeroizing::new(STANDARD.encode(*key))))?;
        }
        Ok(())
    }

    fn read(&self, path: &Path) -> Result<Zeroizing<[u8; 32]>> {
        let text = match read_key(path) {
            Err(error) if error.is_absent() => bail!(
                "{} is missing while others of its kind are there; restore it from the backup of {}",
                path.display(),
                self.folder.display()
            ),
            other => other?,
        };
        Ok(Zeroizing::new(thirty_two_bytes(&text, path)?))
    }
}

fn thirty_two_bytes(text: &str, path: &Path) -> Result<[u8; 32], SecretError> {
    let decoded = STANDARD.decode(text).map(Zeroizing::new).ok();
    let key = decoded.and_then(|bytes| <[u8; 32]>::try_from(bytes.as_slice()).ok());
    key.ok_or_else(|| SecretError::Malformed { path: path.to_owned(), what: "key of 32 bytes in base64" })
}

/// The pinned public half of the unlock key.
///
/// # Errors
/// When it is not set, or no key.
pub fn unlock_public(seal: &Seal) -> Result<[u8; 32]> {
    let Some(text) = &seal.unlock_public else {
        bail!("seal.unlock_public is not set: run `relais keys new --out DIR`, and put the line it prints under [seal]")
    };
    let key = STANDARD.decode(text.trim()).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    key.context("seal.unlock_public is no 32 bytes in base64: take the line that `relais keys new` printed")
}

/// The private half of the unlock key, if its file is there now.
///
/// # Errors
/// When the file is there and cannot be used.
pub fn unlock_key(file: &Path) -> Result<Option<UnlockKey>> {
    match read_key(file) {
        Err(error) if error.is_absent() => Ok(None),
        Err(error) => Err(error.into()),
        Ok(text) => Ok(Some(UnlockKey::from_base64(&text).with_context(|| format!("{}", file.display()))?)),
    }
}

/// Whether the right unlock key lies where the configuration says; `false` when nothing lies there.
///
/// # Errors
/// What to do about a key that cannot be used.
pub fn is_at_hand(seal: &Seal) -> Result<bool, String> {
    let Some(file) = &seal.unlock_key_file else {
        return Err(
            "name the file of the unlock key in `seal.unlock_key_file`, bring the key there, and restart".to_owned()
        );
    };
    let said = |error: anyhow::Error| format!("{error:#}");
    let Some(key) = unlock_key(file).map_err(said)? else { return Ok(false) };
    if key.public() == unlock_public(seal).map_err(said)? {
        return Ok(true);
    }
    Err(format!(
        "{} holds another key than the one the mailboxes are sealed for: replace it with the key whose public half \
         is `seal.unlock_public`",
        file.display()
    ))
}

/// Makes `DIR/unlock.key` and hands back the public half for the configuration.
///
/// # Errors
/// When the file is there already, or cannot be written.
pub fn new_unlock_pair(dir: &Path) -> Result<String> {
    let file = dir.join("unlock.key");
    if file.exists() {
        bail!("{} exists already and is never overwritten: mail sealed for it would be lost", file.display());
    }
    let made = DirBuilder::new().recursive(true).mode(0o700).create(dir);
    made.with_context(|| format!("cannot make {}", dir.display()))?;
    let key = UnlockKey::generate();
    let text = Zeroizing::new(format!("{}\n", *key.to_base64()));
    write_new(&file, &text)?;
    Ok(STANDARD.encode(key.public()))
}

/// What to do with the private half.
#[must_use]
pub fn advice(dir: &Path) -> String {
    format!(
        "{} opens every mailbox. Move it off this machine now, to two places that you reach without your own\n\
         network, and bring it back only for a failover. Without it sealed mail can never be read again.",
        dir.join("unlock.key").display()
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn keys_are_made_once_and_for_their_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let files = HouseKeyFiles::in_folder(&folder.path().join("secrets"));
        let made = files.load_or_make(folder.path()).unwrap();
        assert_eq!(made.integrity, files.load_or_make(folder.path()).unwrap().integrity);
        assert_ne!(made.integrity, made.hash);
        let mode = std::fs::metadata(&files.files[0]).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_lost_key_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let files = HouseKeyFiles::in_folder(folder.path());
        files.load_or_make(folder.path()).unwrap();
        std::fs::remove_file(&files.files[1]).unwrap();
        assert!(files.load_or_make(folder.path()).unwrap_err().to_string().contains("hash.key is missing"));
    }

    #[test]
    fn fresh_keys_are_not_made_for_a_database_of_others() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("directory.db"), b"").unwrap();
        let files = HouseKeyFiles::in_folder(&folder.path().join("secrets"));
        let refused = files.load_or_make(folder.path()).unwrap_err().to_string();
        assert!(refused.contains("restore them"), "{refused}");
        assert!(!folder.path().join("secrets").exists(), "nothing was made");
    }

    #[test]
    fn a_key_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let files = HouseKeyFiles::in_folder(folder.path());
        files.load_or_make(folder.path()).unwrap();
        std::fs::set_permissions(&files.files[2], std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(files.load_or_make(folder.path()).unwrap_err().to_string().contains("chmod 600"));
    }

    #[test]
    fn an_unlock_pair_belongs_together_and_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let public = new_unlock_pair(folder.path()).unwrap();
        let key = unlock_key(&folder.path().join("unlock.key")).unwrap().unwrap();
        assert_eq!(STANDARD.encode(key.public()), public);
        assert!(new_unlock_pair(folder.path()).is_err());
        assert!(unlock_key(&folder.path().join("elsewhere.key")).unwrap().is_none());
    }

    #[test]
    fn another_key_than_the_pinned_one_is_told_apart_from_none() {
        let folder = tempfile::tempdir().unwrap();
        let public = new_unlock_pair(folder.path()).unwrap();
        let other = folder.path().join("other");
        new_unlock_pair(&other).unwrap();
        let seal = |file| Seal { unlock_public: Some(public.clone()), unlock_key_file: file, ..Seal::default() };
        assert_eq!(is_at_hand(&seal(Some(folder.path().join("unlock.key")))), Ok(true));
        assert_eq!(is_at_hand(&seal(Some(folder.path().join("nowhere")))), Ok(false));
        assert!(is_at_hand(&seal(Some(other.join("unlock.key")))).unwrap_err().contains("holds another key"));
        assert!(is_at_hand(&seal(None)).unwrap_err().contains("seal.unlock_key_file"));
    }
}
