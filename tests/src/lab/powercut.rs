//! A disk that loses what was not synced (`powercut/powercut.c`), built with the machine's C compiler.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use super::run::succeed;

/// The shim, and the folder it watches.
pub struct PowerCut {
    library: PathBuf,
    watched: PathBuf,
    disk: PathBuf,
}

impl PowerCut {
    /// Builds the shim in `dir`; it will watch `watched`.
    pub fn build(dir: &Path, watched: &Path) -> Result<Self> {
        let dir = dir.join("powercut");
        std::fs::create_dir_all(&dir)?;
        let library = dir.join("powercut.so");
        let source = crate::folder().join("powercut/powercut.c");
        let mut compile = Command::new("cc");
        compile.args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(source).args(["-ldl", "-lpthread"]);
        succeed(&mut compile).context("is there a C compiler?")?;
        Ok(Self { library, watched: watched.to_path_buf(), disk: dir.join("disk") })
    }

    /// What a program has to be started under: `env` with these variables.
    pub fn wrapper(&self) -> Vec<String> {
        vec![
            "env".into(),
            format!("LD_PRELOAD={}", self.library.display()),
            format!("POWERCUT_DIR={}", self.watched.display()),
            format!("POWERCUT_DISK={}", self.disk.display()),
        ]
    }

    /// Cuts the power of a program that has just been killed: what was not synced is gone from `parts`.
    pub fn cut(&self, parts: &[&str]) -> Result<()> {
        for part in parts {
            let (now, disk) = (self.watched.join(part), self.disk.join(part));
            std::fs::rename(&now, self.watched.join(format!("{part}.before-the-cut")))?;
            if disk.exists() {
                succeed(Command::new("cp").arg("-a").arg(&disk).arg(&now))?;
            } else {
                std::fs::create_dir_all(&now)?;
            }
        }
        Ok(())
    }
}
