//! Files with secrets in them: read whole, wiped when dropped, refused when others can read them.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

/// Why a secret is not used.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// It cannot be read or written.
    #[error("cannot use {}: {cause}; the file is named in relais.toml, holds the secret alone, and is readable by relais alone", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// Others can read it.
    #[error("{} can be read by others (mode {mode:03o}); run `chmod 600 {}`", path.display(), path.display())]
    Open {
        /// Which one.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It is not what it should be.
    #[error("{} holds no {what}", path.display())]
    Malformed {
        /// Which one.
        path: PathBuf,
        /// What was expected.
        what: &'static str,
    },
}

impl SecretError {
    /// Whether the file is not there.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::File { cause, .. } if cause.kind() == io::ErrorKind::NotFound)
    }

    pub(crate) fn file(path: &Path, cause: io::Error) -> Self {
        Self::File { path: path.to_owned(), cause }
    }
}

/// A key file's text without surrounding white space; refused when group or others can read it.
///
/// # Errors
/// [`SecretError`] says what to do.
pub fn read_key(path: &Path) -> Result<Zeroizing<String>, SecretError> {
    let file = File::open(path).map_err(|cause| SecretError::file(path, cause))?;
    let mode = file.metadata().map_err(|cause| SecretError::file(path, cause))?.mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(SecretError::Open { path: path.to_owned(), mode });
    }
    read(file, path)
}

/// A password file's text without surrounding white space. Readable by others it is used, with a warning:
/// such files are often laid down by deployment tools.
///
/// # Errors
/// [`SecretError::File`]
pub fn read_password(path: &Path) -> Result<Zeroizing<String>, SecretError> {
    let file = File::open(path).map_err(|cause| SecretError::file(path, cause))?;
    if file.metadata().is_ok_and(|it| it.mode() & 0o077 != 0) {
        tracing::warn!(path = %path.display(), "others on this machine can read this password file; run `chmod 600` on it");
    }
    read(file, path)
}

fn read(mut file: File, path: &Path) -> Result<Zeroizing<String>, SecretError> {
    let mut text = Zeroizing::new(String::new());
    file.read_to_string(&mut text).map_err(|cause| SecretError::file(path, cause))?;
    Ok(Zeroizing::new(text.trim().to_owned()))
}

/// Writes a new file that only its owner can read, and its folder entry, durably. Never overwrites.
///
/// # Errors
/// [`SecretError::File`]
pub fn write_new(path: &Path, text: &str) -> Result<(), SecretError> {
    let written = || {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
    };
    written().map_err(|cause| SecretError::file(path, cause))
}
