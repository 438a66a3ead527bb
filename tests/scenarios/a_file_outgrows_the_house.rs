//! The sizes of the house: a file that nobody reads to its end, a function that no screen holds.

use std::path::Path;

use anyhow::{Result, ensure};

use crate::house::{root, rust_files};

const FILE_LINES_MAX: usize = 800;
const FILE_LINES_P90: usize = 400;
const FILE_LINES_MEDIAN: usize = 150;
const FUNCTION_LINES_MAX: usize = 70;

pub fn play(_: &Path) -> Result<()> {
    let root = root()?;
    let mut lengths = Vec::new();
    let mut complaints = Vec::new();
    for (path, text) in rust_files()? {
        let name = path.strip_prefix(&root)?.display().to_string();
        let lines = text.lines().count();
        lengths.push(lines);
        if lines > FILE_LINES_MAX {
            complaints.push(format!("{name} has {lines} lines"));
        }
        complaints.extend(long_functions(&text).map(|(what, lines)| format!("{name}: `{what}` has {lines} lines")));
    }
    ensure!(complaints.is_empty(), "outgrown:\n{}", complaints.join("\n"));
    lengths.sort_unstable();
    let part = |percent: usize| lengths.get(lengths.len() * percent / 100).copied().unwrap_or_default();
    ensure!(part(50) <= FILE_LINES_MEDIAN, "half of the files have more than {} lines", part(50));
    ensure!(part(90) <= FILE_LINES_P90, "a tenth of the files have more than {} lines", part(90));
    Ok(())
}

/// Functions over the limit: rustfmt closes them at the indentation they were opened at.
fn long_functions(text: &str) -> impl Iterator<Item = (String, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut long = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let bare = line.trim_start();
        let indent = line.len() - bare.len();
        if !opens_function(bare) {
            continue;
        }
        let closing = format!("{}}}", " ".repeat(indent));
        let length = lines.iter().skip(start).position(|line| *line == closing).unwrap_or(0) + 1;
        if length > FUNCTION_LINES_MAX {
            long.push((bare.to_owned(), length));
        }
    }
    long.into_iter()
}

fn opens_function(line: &str) -> bool {
    let words = line.split_whitespace().take(5);
    let before = words.take_while(|word| *word != "fn").all(|word| {
        matches!(word, "pub" | "const" | "async" | "unsafe") || word.starts_with("pub(")
    });
    before && line.split_whitespace().take(5).any(|word| word == "fn") && line.ends_with('{')
}
