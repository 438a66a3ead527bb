//! Figures beside a peer's, on this machine, in this run: `make bench [ONLY=ingest,switch]`.
//!
//! One line a figure, nothing hidden: `NAME ours=X peer=Y ratio=R goal=G unit=U runs=N`, medians of alternating runs.
//! Nothing here is a test: a slow machine prints slow figures and still ends well.

#![allow(clippy::disallowed_methods, reason = "outside the house there are only real clocks")]
#![allow(clippy::indexing_slicing, reason = "all of this is measuring")]

mod backfill;
mod corpus;
mod engine;
mod growth;
mod idle_memory;
mod inbox_page;
mod ingest;
mod layout;
mod search;
mod switch;

use std::process::ExitCode;

use anyhow::Result;
use tests::load::Figure;

use self::engine::Engine;

type Bench = fn() -> Result<Vec<Figure>>;

const BENCHES: [(&str, Bench); 12] = [
    ("ingest", || ingest::measure(Engine::Embedded)),
    ("ingest_postgres", || ingest::measure(Engine::Postgres)),
    ("backfill", backfill::measure),
    ("switch", switch::measure),
    ("inbox_page", inbox_page::measure),
    ("search", || search::measure(Engine::Embedded)),
    ("search_postgres", || search::measure(Engine::Postgres)),
    ("layout", || layout::measure(Engine::Embedded)),
    ("layout_postgres", || layout::measure(Engine::Postgres)),
    ("idle_memory", idle_memory::measure),
    ("corpus", corpus::measure),
    ("growth", growth::measure),
];

/// Runs of each side, alternating.
pub const RUNS: usize = 3;

fn main() -> ExitCode {
    let only: Vec<String> =
        std::env::args().skip(1).flat_map(|word| word.split(',').map(str::to_owned).collect::<Vec<_>>()).collect();
    let mut status = ExitCode::SUCCESS;
    for (name, measure) in BENCHES {
        if !only.is_empty() && !only.iter().any(|word| word == name) {
            continue;
        }
        match measure() {
            Ok(figures) => figures.iter().for_each(|figure| println!("{figure}")),
            Err(error) => {
                println!("{name} could not be measured: {error:?}");
                status = ExitCode::FAILURE;
            }
        }
    }
    status
}

/// A folder for one run.
pub fn place() -> Result<tempfile::TempDir> {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::Builder::new().prefix("relais-load-").tempdir_in("/tmp")?;
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755))?;
    Ok(dir)
}
