//! Waiting for the world: ask again until it says yes, or say what it never said.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// How long the world may take for anything on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(40);

/// Between two questions. The one pause in this package: the answer ends the wait, not the clock.
const PAUSE: Duration = Duration::from_millis(40);

/// Asks until `question` answers `Some`; the last error, if there was one, is part of the complaint.
pub fn until<T>(what: &str, mut question: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    within(PATIENCE, what, &mut question)
}

/// Like [`until`], with a patience of its own.
pub fn within<T>(patience: Duration, what: &str, mut question: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let end = Instant::now() + patience;
    loop {
        let said = match question() {
            Ok(Some(answer)) => return Ok(answer),
            Ok(None) => "not yet".to_owned(),
            Err(error) => format!("{error:#}"),
        };
        if Instant::now() >= end {
            bail!("waited {} s in vain for: {what} (last: {said})", patience.as_secs());
        }
        std::thread::park_timeout(PAUSE);
    }
}

/// Lets a moment pass that means nothing, for who strikes at random.
pub fn moment(length: Duration) {
    let end = Instant::now() + length;
    while let Some(left) = end.checked_duration_since(Instant::now()) {
        std::thread::park_timeout(left);
    }
}

/// Like [`until`] for a plain condition.
pub fn until_true(what: &str, mut question: impl FnMut() -> Result<bool>) -> Result<()> {
    until(what, || Ok(question()?.then_some(())))
}
