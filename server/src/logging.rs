//! Log lines on standard error: text for people, JSON for programs. Secrets are never fields of a line, and a
//! cause is logged once, where it is handled.

use anyhow::{Context as _, Result, ensure};
use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat};

/// Begins logging; the first call of a process counts.
///
/// # Errors
/// When `log.level` is not understood.
pub fn start(log: &Log) -> Result<()> {
    let example = "log.level takes error, warn, info, debug or trace, or a level a room: \"info,smtp=debug\"";
    // A word alone would be taken for a room's name, and silence all others.
    let levels = ["error", "warn", "info", "debug", "trace", "off"];
    let is_understood = |part: &str| part.contains('=') || levels.contains(&part.trim().to_ascii_lowercase().as_str());
    ensure!(log.level.split(',').all(is_understood), "{example}; not \"{}\"", log.level);
    let filter = EnvFilter::try_new(&log.level).context(example)?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let _ = match log.format {
        LogFormat::Text => lines.with_ansi(false).try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
    Ok(())
}
