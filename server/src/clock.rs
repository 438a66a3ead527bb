//! The one place where `server` reads the clock.

use std::time::SystemTime;

use mail::Timestamp;

/// This moment.
#[expect(clippy::disallowed_methods, reason = "the wiring reads the clock and hands it down")]
pub fn now() -> Timestamp {
    Timestamp::from_system(SystemTime::now())
}
