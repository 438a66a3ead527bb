//! Mail that nobody here wrote: that of a mail parser's own tests, that of Python's, and whatever folder
//! `RELAIS_CORPUS` names. Each opens, through the router: its page, its frame, the page to be printed, the original.

use std::path::{Path, PathBuf};
use std::process::Command;

use axum::http::StatusCode;
use mail::FolderRole;

use super::super::letter::{Letter, files, pages};
use super::super::{html, text};
use super::looked_at;
use crate::Lang;
use crate::testing::{Test, skipped};

/// Messages in the resources of the mail parser that the workspace pins.
const OF_THE_PARSER: usize = 113;
/// Messages in Debian's `libpython3.11-testsuite`.
const OF_PYTHON: usize = 47;

#[tokio::test]
async fn every_letter_of_a_mail_parser_opens() {
    let found = messages(&crate_folder("mail-parser").join("resources"));
    assert_eq!(found.len(), OF_THE_PARSER);
    all_open(&found).await;
}

#[tokio::test]
async fn every_letter_of_python_opens() {
    let found = messages(Path::new("/usr/lib/python3.11/test/test_email/data"));
    if found.is_empty() {
        return skipped::skip("every_letter_of_python_opens", "libpython3.11-testsuite is not installed");
    }
    assert_eq!(found.len(), OF_PYTHON);
    all_open(&found).await;
}

#[tokio::test]
async fn every_letter_of_a_named_folder_opens() {
    let mut found = Vec::new();
    if let Some(folder) = std::env::var_os("RELAIS_CORPUS") {
        everything(Path::new(&folder), &mut found);
    }
    all_open(&found).await;
}

async fn all_open(found: &[PathBuf]) {
    let test = Test::new().await;
    let inbox = test.folder(FolderRole::Inbox).await;
    let mut intricate = 0;
    for (uid, file) in (1..).zip(found) {
        let raw = std::fs::read(file).unwrap();
        intricate += usize::from(!is_washed(file, &raw));
        test.receive_octets(raw, uid).await;
        for end in ["", "?view=text", "/html", "/print", "/raw"] {
            let answer = test.get(&format!("/f/{inbox}/m/{uid}{end}")).await;
            assert_eq!(answer.status, StatusCode::OK, "{}{end}: {}", file.display(), answer.text);
        }
    }
    println!("{} messages opened, {intricate} of them as words only", found.len());
    assert!(intricate * 200 <= found.len(), "{intricate} of {} are too intricate", found.len());
}

/// Whether the page, if there is one, could be shown; and nothing in it is live.
fn is_washed(file: &Path, raw: &[u8]) -> bool {
    let summary = mail::Summary::of(raw);
    let letter = Letter::of(&summary, raw);
    assert!(!text::html(&letter.words, Lang::Fr).contains("<script"));
    for file in &letter.files {
        files::taken(&summary.root, raw, file.number).expect("what is listed can be taken");
    }
    let (sources, images) = pages(&summary, raw);
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
    let why = String::from_utf8_lossy(&said.stderr);
    assert!(said.status.success(), "not every crate of the workspace is here; run cargo fetch --locked: {why}");
    let said: serde_json::Value = serde_json::from_slice(&said.stdout).unwrap();
    let package = said["packages"].as_array().unwrap().iter().find(|package| package["name"] == name).unwrap();
    Path::new(package["manifest_path"].as_str().unwrap()).parent().unwrap().to_path_buf()
}

/// The messages below a folder: files that are called so, and those of a maildir.
fn messages(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    everything(folder, &mut all);
    all.retain(|path| {
        let parent =
            path.parent().and_then(|parent| parent.file_name()).and_then(|name| name.to_str()).unwrap_or_default();
        matches!(path.extension().and_then(|end| end.to_str()), Some("eml" | "txt")) || matches!(parent, "cur" | "new")
    });
    all.sort();
    all
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
