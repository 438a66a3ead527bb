//! A disk that loses what was not synced (`shims/powercut.c`), built with the machine's C compiler.

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
        let library = shim(&dir, "powercut")?;
        Ok(Self { library, watched: watched.to_path_buf(), disk: dir.join("disk") })
    }

    /// What a program has to be started under: `env` with these variables.
    pub fn wrapper(&self) -> Vec<String> {
        vec![
            "env".into(),
            format!("LD_PRELOAD={}", self.library.display()),
            format!("POWERCUT_DIR={}", self.watched.display()),
            format!("POWERCUT_DISK={}", self.disk.display()),
            format!("POWERCUT_FAIL={}", self.failing().display()),
        ]
    }

    /// From now on every sync fails, and loses what it should have kept.
    pub fn fail(&self) -> Result<()> {
        std::fs::write(self.failing(), "").context("cannot let the disk fail")
    }

    /// Syncs succeed again.
    pub fn mend(&self) -> Result<()> {
        std::fs::remove_file(self.failing()).context("the disk did not fail")
    }

    /// The file that lets syncs fail while it is there.
    pub fn failing(&self) -> PathBuf {
        self.disk.with_extension("fails")
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

/// Builds a shim of `shims` into a folder.
fn shim(dir: &Path, name: &str) -> Result<PathBuf> {
    let library = dir.join(format!("{name}.so"));
    let source = crate::folder().join("shims").join(format!("{name}.c"));
    let mut compile = Command::new("cc");
    compile.args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(source).args(["-ldl", "-lpthread"]);
    succeed(&mut compile).context("is there a C compiler?")?;
    Ok(library)
}

/// What a program has to be started under so that its time of day is `back_s` seconds ago.
pub fn clock_back(dir: &Path, back_s: u32) -> Result<Vec<String>> {
    let library = shim(dir, "yesterday")?;
    Ok(vec!["env".into(), format!("LD_PRELOAD={}", library.display()), format!("CLOCK_BACK_S={back_s}")])
}
