//! A small disk of its own for a folder: one that fills up, or turns read-only.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use super::run::succeed;

/// A mounted tmpfs. Dropping it unmounts it.
pub struct Disk {
    at: PathBuf,
}

impl Disk {
    /// Mounts a disk of `size_mb` at `at`. Whoever is started from now on sees it.
    pub fn mount(at: &Path, size_mb: u32) -> Result<Self> {
        std::fs::create_dir_all(at)?;
        succeed(Command::new("mount").args(["-t", "tmpfs", "-o", &format!("size={size_mb}m"), "tmpfs"]).arg(at))?;
        Ok(Self { at: at.to_path_buf() })
    }

    /// Changes it, also while it is in use: `size=64m`; `ro` only when nobody has a file open for writing.
    pub fn remount(&self, option: &str) -> Result<()> {
        succeed(Command::new("mount").args(["-o", &format!("remount,{option}")]).arg(&self.at)).map(drop)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _told_by_the_next_run = succeed(Command::new("umount").arg("-l").arg(&self.at));
    }
}
