//! Mail that nobody here wrote: that of a mail parser's own tests, that of Python's, and whatever folder
//! `RELAIS_CORPUS` names. Each opens.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::super::letter::{Letter, files, pages};
use super::super::{html, text};
use super::looked_at;
use crate::Lang;

#[test]
fn real_mail_opens() {
    let mut found = Vec::new();
    collect(&crate_folder("mail-parser").join("resources"), &mut found);
    assert!(found.len() >= 100, "only {} messages of mail-parser", found.len());
    for name in ["/usr/lib/python3.11/test/test_email/data", "/usr/lib/python3/test/test_email/data"] {
        collect(Path::new(name), &mut found);
    }
    if let Some(folder) = std::env::var_os("RELAIS_CORPUS") {
        everything(Path::new(&folder), &mut found);
    }
    let mut intricate = 0;
    for file in &found {
        intricate += usize::from(!opens(file));
    }
    println!("{} messages opened, {intricate} of them as words only", found.len());
    assert!(intricate * 200 <= found.len(), "{intricate} of {} are too intricate", found.len());
}

/// Whether the page, if there is one, could be shown.
fn opens(file: &Path) -> bool {
    let raw = std::fs::read(file).unwrap();
    let summary = mail::Summary::of(&raw);
    let letter = Letter::of(&summary, &raw);
    assert!(!text::html(&letter.words, Lang::Fr).contains("<script"));
    for file in &letter.files {
        files::taken(&summary.root, &raw, file.number).expect("what is listed can be taken");
    }
    let (sources, images) = pages(&summary, &raw);
    let clean = html::cleaned(&sources, images, "picture");
    clean.as_ref().inspect(|clean| drop(looked_at(&file.display().to_string(), &clean.html))).is_some()
}

/// Where cargo keeps the source of a crate that the workspace uses.
fn crate_folder(name: &str) -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    // What only other platforms need was never fetched.
    let platform = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let mut metadata = Command::new(cargo);
    metadata.args(["metadata", "--format-version", "1", "--locked", "--offline", "--filter-platform", &platform]);
    let said = metadata.output().unwrap();
    let said: serde_json::Value = serde_json::from_slice(&said.stdout).unwrap();
    let package = said["packages"].as_array().unwrap().iter().find(|package| package["name"] == name).unwrap();
    Path::new(package["manifest_path"].as_str().unwrap()).parent().unwrap().to_path_buf()
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut all = Vec::new();
    everything(folder, &mut all);
    found.extend(all.into_iter().filter(|path| {
        let parent =
            path.parent().and_then(|parent| parent.file_name()).and_then(|name| name.to_str()).unwrap_or_default();
        matches!(path.extension().and_then(|end| end.to_str()), Some("eml" | "txt")) || matches!(parent, "cur" | "new")
    }));
}

fn everything(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            everything(&path, found);
        } else {
            found.push(path);
        }
    }
}
