//! The one place where `dns` reads the clock: TSIG dates what it signs (RFC 8945 §4.2).

use std::time::SystemTime;

/// Seconds since the Unix epoch.
#[expect(clippy::disallowed_methods, reason = "drivers may read the clock")]
pub(crate) fn now_s() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
