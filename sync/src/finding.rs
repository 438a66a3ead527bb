//! A named fact about the primary that somebody should look at.

use serde::{Deserialize, Serialize};

/// A finding of a connector.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Finding {
    /// Its lasting name, such as `history_down`.
    pub name: String,
    /// What was found.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
}

impl Finding {
    /// A finding.
    #[must_use]
    pub fn new(name: &str, what: String, remedy: &str) -> Self {
        Self { name: name.to_owned(), what, remedy: remedy.to_owned() }
    }
}
