//! What is wrong with a configuration: `file:line: key: message`.

use std::io;
use std::path::{Path, PathBuf};

use super::place;

/// Why a configuration is not used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {}: {cause}; name the configuration with -c FILE, or write one with `relais init DIR`", file.display())]
    Unreadable {
        /// Which one.
        file: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// The file is no TOML, or has a key that is unknown or has a wrong value.
    #[error("{}:{line}: {key}: {message}", file.display())]
    Wrong {
        /// Which one.
        file: PathBuf,
        /// Counted from 1.
        line: usize,
        /// With its section: `smtp.listen`.
        key: String,
        /// What is wrong, and what is allowed.
        message: String,
    },
}

impl ConfigError {
    pub(super) fn from_toml(error: &toml::de::Error, text: &str, file: &Path) -> Self {
        let (line, key) = place::of_offset(text, error.span().map_or(0, |span| span.start));
        let message = error.message().replace('\n', "; ");
        // The parser's words for what the file's comments call a list and a section.
        let message = message
            .replace("expected a sequence", "expected a list, as [\"...\"]")
            .replace("expected a map", "expected a section");
        Self::Wrong { file: file.to_owned(), line, key, message }
    }

    pub(super) fn at(file: &Path, text: &str, key: &str, message: &str) -> Self {
        let line = place::of_key(text, key);
        Self::Wrong { file: file.to_owned(), line, key: key.to_owned(), message: message.to_owned() }
    }
}
