//! The repository as the house's own checks read it.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// The folder of the workspace.
pub fn root() -> Result<PathBuf> {
    Ok(tests::folder().parent().context("no parent")?.to_path_buf())
}

/// Every Rust file of every room, with its text.
pub fn rust_files() -> Result<Vec<(PathBuf, String)>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(root()?)? {
        let room = entry?.path();
        if room.join("Cargo.toml").is_file() {
            collect(&room, &mut found)?;
        }
    }
    Ok(found)
}

fn collect(dir: &Path, found: &mut Vec<(PathBuf, String)>) -> Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if path.is_dir() && !hidden && !path.ends_with("target") {
            collect(&path, found)?;
        } else if path.extension().is_some_and(|end| end == "rs") {
            let text = std::fs::read_to_string(&path)?;
            found.push((path, text));
        }
    }
    Ok(())
}
