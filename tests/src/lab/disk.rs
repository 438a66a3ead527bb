//! A small disk of its own for a folder: one that fills up, or turns read-only, by hand or by itself.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::run::{run, succeed};

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

/// A file system of ext4 in a file, which makes itself read-only when it meets an error. Dropping it unmounts it.
pub struct Ext4 {
    image: PathBuf,
    at: PathBuf,
    /// The folder around it, mounted on itself.
    around: PathBuf,
}

impl Ext4 {
    /// Makes one of `size_mb` in `image` and mounts it at `at`. Whoever is started from now on sees it.
    pub fn mount(image: &Path, at: &Path, size_mb: u64) -> Result<Self> {
        std::fs::create_dir_all(at)?;
        std::fs::File::create(image)?.set_len(size_mb << 20)?;
        succeed(Command::new("mkfs.ext4").arg("-q").arg(image))?;
        // Every host of the lab has mounts of its own (ip-netns(8)): only below a shared one do they follow ours.
        let around = at.parent().context("the root is no disk")?.to_path_buf();
        succeed(Command::new("mount").arg("--bind").arg(&around).arg(&around))?;
        let disk = Self { image: image.to_path_buf(), at: at.to_path_buf(), around };
        succeed(Command::new("mount").arg("--make-shared").arg(&disk.around))?;
        disk.mount_again().map(|()| disk)
    }

    /// `dioread_lock`: without it Linux (seen in 6.18) may answer fsync with success for a page whose extent it could not
    /// convert, because the journal was aborted in that moment; no program on top of it can notice.
    fn mount_again(&self) -> Result<()> {
        let options = "loop,errors=remount-ro,dioread_lock";
        succeed(Command::new("mount").args(["-o", options]).arg(&self.image).arg(&self.at)).map(drop)
    }

    /// The kernel meets an error in it, and does what it does then.
    pub fn meet_an_error(&self) -> Result<()> {
        let device = succeed(Command::new("findmnt").args(["-n", "-o", "SOURCE"]).arg(&self.at))?;
        let device = device.trim().strip_prefix("/dev/").context("no device")?.to_owned();
        let switch = Path::new("/sys/fs/ext4").join(&device).join("trigger_fs_error");
        std::fs::write(&switch, "as a failing disk would").with_context(|| switch.display().to_string())?;
        ensure!(std::fs::write(self.at.join("probe"), "").is_err(), "{device} is still written to");
        Ok(())
    }

    /// What a machine does when it starts: looks the file system over, mends it, and mounts it. Nobody uses it now.
    pub fn check_and_mount(&self) -> Result<()> {
        succeed(Command::new("umount").arg(&self.at))?;
        let said = run(Command::new("e2fsck").args(["-f", "-p"]).arg(&self.image))?;
        // e2fsck(8): 1 is "errors corrected".
        ensure!(said.code <= 1, "e2fsck ended with {}: {}", said.code, said.all());
        self.mount_again()
    }
}

impl Drop for Ext4 {
    fn drop(&mut self) {
        for at in [&self.at, &self.around] {
            let _told_by_the_next_run = succeed(Command::new("umount").arg("-l").arg(at));
        }
    }
}
