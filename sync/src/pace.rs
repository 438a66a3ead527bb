//! How fast and how often we ask a primary that is still at work for others.

use std::time::Duration;

use mail::Timestamp;

/// Waiting longer after each failure, up to a limit, and not at all after a success.
///
/// ```text
///   failures   1    2    3    4 ...        wait = first * 2^(failures - 1), at most `longest`
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    first_ms: i64,
    longest_ms: i64,
    failures: u32,
}

impl Backoff {
    /// Nothing failed yet.
    #[must_use]
    pub fn new(first_ms: i64, longest_ms: i64) -> Self {
        Self { first_ms, longest_ms, failures: 0 }
    }

    /// It failed; when to try again.
    pub fn failed(&mut self, now: Timestamp) -> Timestamp {
        let wait_ms = self.first_ms.saturating_mul(1 << self.failures.min(20)).min(self.longest_ms);
        self.failures = self.failures.saturating_add(1);
        now.plus_ms(wait_ms)
    }

    /// It worked.
    pub fn worked(&mut self) {
        self.failures = 0;
    }

    /// How often it failed since it last worked.
    #[must_use]
    pub fn failures(&self) -> u32 {
        self.failures
    }
}

/// A limit on octets a second, shared by all connections to one primary.
#[derive(Debug)]
pub struct Pace {
    bytes_per_s: u64,
    free_at: std::sync::Mutex<Timestamp>,
}

impl Pace {
    /// At most so many octets a second; 0 for no limit.
    #[must_use]
    pub fn new(bytes_per_s: u64) -> Self {
        Self { bytes_per_s, free_at: std::sync::Mutex::new(Timestamp::default()) }
    }

    /// How long to wait after having taken so many octets.
    pub fn took(&self, bytes: u64, now: Timestamp) -> Duration {
        if self.bytes_per_s == 0 {
            return Duration::ZERO;
        }
        let cost_ms = i64::try_from(bytes.saturating_mul(1000) / self.bytes_per_s).unwrap_or(i64::MAX);
        let mut free_at = self.free_at.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *free_at = (*free_at).max(now).plus_ms(cost_ms);
        Duration::from_millis(u64::try_from(free_at.ms_since(now)).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn waiting_doubles_up_to_the_limit_and_starts_anew_after_success() {
        let now = Timestamp::from_ms(0);
        let mut backoff = Backoff::new(1000, 5000);
        let waits: Vec<i64> = (0..4).map(|_| backoff.failed(now).as_ms()).collect();
        assert_eq!(waits, [1000, 2000, 4000, 5000]);
        backoff.worked();
        assert_eq!(backoff.failed(now).as_ms(), 1000);
    }

    #[test]
    fn octets_are_paid_for_one_after_the_other() {
        let (pace, now) = (Pace::new(1000), Timestamp::from_ms(0));
        assert_eq!(pace.took(500, now), Duration::from_millis(500));
        assert_eq!(pace.took(500, now), Duration::from_secs(1));
        assert_eq!(Pace::new(0).took(u64::MAX, now), Duration::ZERO);
    }
}
