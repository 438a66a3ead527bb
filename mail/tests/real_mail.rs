//! Mail that no one here wrote: every message has a summary whose parts lie within it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::path::{Path, PathBuf};

use mail::{Part, Summary};

/// The messages that come with a mail parser, and with Debian's Python where that is installed.
fn corpus() -> Vec<PathBuf> {
    let mut files = Vec::new();
    let cargo = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let cargo = cargo.unwrap_or_else(|| PathBuf::from(std::env::var_os("HOME").unwrap()).join(".cargo"));
    for registry in std::fs::read_dir(cargo.join("registry/src")).into_iter().flatten() {
        collect(&registry.unwrap().path().join("mail-parser-0.11.9/resources"), &mut files);
    }
    collect(Path::new("/usr/lib/python3.11/test/test_email/data"), &mut files);
    files
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() { collect(&path, files) } else { files.push(path) }
    }
}

fn check(part: &Part, raw: &[u8], file: &Path) {
    assert!(part.header_start <= part.body_start && part.body_start <= part.end, "{}", file.display());
    assert!(raw.get(part.header()).is_some() && raw.get(part.body()).is_some(), "{}", file.display());
    assert!(!part.kind.is_empty() && !part.subtype.is_empty() && !part.encoding.is_empty(), "{}", file.display());
    part.children.iter().for_each(|child| check(child, raw, file));
    if let Some(inner) = &part.inner {
        assert!(inner.root.header_start >= part.body_start && inner.root.end <= part.end, "{}", file.display());
        check(&inner.root, raw, file);
    }
}

#[test]
fn every_message_has_parts_that_lie_within_it() {
    let files = corpus();
    assert!(files.len() > 150, "only {} messages found", files.len());
    for file in files {
        let unix = std::fs::read(&file).unwrap();
        let wire = String::from_utf8_lossy(&unix).replace("\r\n", "\n").replace('\n', "\r\n").into_bytes();
        // However little of it arrived.
        for raw in [&unix[..], &wire, &wire[..wire.len() / 2], &wire[..wire.len() / 3]] {
            let summary = Summary::of(raw);
            check(&summary.root, raw, &file);
            assert_eq!(summary.root.end as usize, raw.len(), "{}", file.display());
            assert_eq!(Summary::decode(&summary.encode().unwrap()).unwrap(), summary, "{}", file.display());
            let _ = mail::readable_text(raw);
        }
    }
}
