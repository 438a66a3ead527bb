//! Connectors that read the primary's directory, and how what they saw is taken in.
//!
//! ```text
//!   connector.look(cursor) ──> Look { sightings, unchanged, whole, cursor }
//!                                │ whole: what is neither sighted nor unchanged is gone
//!   take_in ─────────────────────┴──> Directory::observe ──> provision
//! ```
//!
//! An attacker who empties the directory must not empty ours: a look that would remove more than a share of it at once
//! removes nobody and is a finding.

pub mod csv;
pub mod ldap;
mod recipient;
mod take_in;

use std::collections::HashSet;

use store::EntryId;
use store::directory::Sighting;

pub use take_in::{TakenIn, provision, take_in};

/// What one look at a directory showed.
#[derive(Debug, Default)]
pub struct Look {
    /// What is new or changed, and what the source itself says is gone.
    pub sightings: Vec<Sighting>,
    /// Entries that are there and look as before.
    pub unchanged: HashSet<EntryId>,
    /// Whether all entries were shown: then what was not is gone.
    pub whole: bool,
    /// Where the source stands after this look.
    pub cursor: Option<Vec<u8>>,
    /// Entries that could not be understood, and why.
    pub skipped: Vec<String>,
}

impl Look {
    /// Everything that was seen to be there.
    pub fn present(&self) -> impl Iterator<Item = &EntryId> {
        let sighted = self.sightings.iter().filter_map(|sighting| match sighting {
            Sighting::Present(entry) => Some(&entry.id),
            Sighting::Gone(_) => None,
        });
        sighted.chain(&self.unchanged)
    }
}
