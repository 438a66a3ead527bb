//! One process a data folder: an advisory lock on `<data>/lock`, let go by the kernel when the process ends.

use std::fs::{File, TryLockError};
use std::path::Path;

use crate::{Result, StoreError};

/// The held lock.
#[derive(Debug)]
pub(crate) struct FolderLock(#[expect(dead_code, reason = "open as long as the lock is held")] File);

impl FolderLock {
    /// Makes the folder where it is missing and takes its lock.
    ///
    /// # Errors
    /// [`StoreError::Locked`] when another process has it.
    pub(crate) fn take(data: &Path) -> Result<Self> {
        make_private(data)?;
        let path = data.join("lock");
        let open = File::options().create(true).truncate(false).write(true).open(&path);
        let file = open.map_err(|cause| StoreError::file(&path, cause))?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(StoreError::Locked(data.to_owned())),
            Err(TryLockError::Error(cause)) => Err(StoreError::file(&path, cause)),
        }
    }
}

/// Makes a folder that only its owner may enter.
pub(crate) fn make_private(folder: &Path) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|cause| StoreError::file(folder, cause))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn a_folder_has_one_holder() {
        let folder = tempfile::tempdir().unwrap();
        let held = FolderLock::take(folder.path()).unwrap();
        assert!(matches!(FolderLock::take(folder.path()), Err(StoreError::Locked(_))));
        drop(held);
        FolderLock::take(folder.path()).unwrap();
    }
}
