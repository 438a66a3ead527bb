//! What the benchmarks share: alternating runs, medians and the one line a figure.

use std::fmt;

/// A figure beside its peer's.
pub struct Figure {
    /// Its name in DESIGN's table.
    pub name: &'static str,
    /// Medians of the runs, ours and the peer's.
    pub ours: f64,
    /// See `ours`; absent when there is no peer for this figure.
    pub peer: Option<f64>,
    /// What is to be reached: a ratio to the peer (`8x`) or a plain figure (`3`).
    pub goal: &'static str,
    /// Unit of `ours` and `peer`.
    pub unit: &'static str,
    /// How many runs of each.
    pub runs: usize,
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let peer = self.peer.map_or_else(|| "none".to_owned(), |peer| format!("{peer:.2}"));
        let ratio = self.peer.map_or_else(|| "none".to_owned(), |peer| format!("{:.2}", self.ours / peer));
        let Self { name, ours, goal, unit, runs, .. } = self;
        write!(f, "{name} ours={ours:.2} peer={peer} ratio={ratio} goal={goal} unit={unit} runs={runs}")
    }
}

/// The middle of an odd number of runs.
pub fn median(mut runs: Vec<f64>) -> f64 {
    runs.sort_by(f64::total_cmp);
    runs.get(runs.len() / 2).copied().unwrap_or(f64::NAN)
}
