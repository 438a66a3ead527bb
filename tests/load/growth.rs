//! Mail taken in by a store in which a million messages lie, beside an empty one: `store/examples/growth.rs`.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use tests::lab::run::succeed;
use tests::load::{Figure, median};

use crate::place;

const MESSAGES: &str = "1000000";
/// More than elsewhere: both sides are ours, so that a tenth counts.
const RUNS: usize = 5;

pub fn measure() -> Result<Vec<Figure>> {
    let program = std::env::var("RELAIS_GROWTH").context("RELAIS_GROWTH names the program; make bench sets it")?;
    let dir = place()?;
    let said = succeed(Command::new(program).arg(dir.path()).args([MESSAGES, &RUNS.to_string()]))?;
    let rates = |of: &str| -> Vec<f64> {
        let said = said.lines().filter_map(|line| line.strip_prefix(of));
        said.filter_map(|rate| rate.trim().parse().ok()).collect()
    };
    let (empty, full) = (rates("empty "), rates("full "));
    ensure!(empty.len() == RUNS && full.len() == RUNS, "the program said {said}");
    let (ours, peer) = (median(full), Some(median(empty)));
    Ok(vec![Figure { name: "growth", ours, peer, goal: "0.9x", unit: "messages/s", runs: RUNS }])
}
