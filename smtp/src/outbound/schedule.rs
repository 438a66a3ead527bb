//! When to try again (RFC 5321 §4.5.4.1).

use mail::Timestamp;

/// Waiting times after each attempt; the last one repeats until the message is too old.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// Seconds to wait after the first, second ... attempt.
    pub retry_s: Vec<u64>,
    /// Age at which a message fails: at least 4 to 5 days.
    pub give_up_s: u64,
    /// Age at which its sender hears that it is late.
    pub late_s: u64,
}

impl Default for Schedule {
    /// Three tries in the first quarter of an hour, for peers that greylist and for a primary that blinks;
    /// then every hour or two for five days.
    fn default() -> Self {
        Self { retry_s: vec![60, 300, 600, 1800, 3600, 3600, 7200], give_up_s: 5 * 86_400, late_s: 4 * 3600 }
    }
}

impl Schedule {
    /// When the attempt after `attempts` failed ones comes, `None` when there is none.
    #[must_use]
    pub fn next(&self, attempts: u32, queued_at: Timestamp, now: Timestamp) -> Option<Timestamp> {
        let at = now.plus_s(seconds(self.wait_s(attempts)));
        (at.ms_since(queued_at) <= seconds(self.give_up_s).saturating_mul(1000)).then_some(at)
    }

    /// Whether the attempt that has just failed, after `attempts` earlier ones, is the first one past `late_s`.
    #[must_use]
    pub fn is_late_now(&self, attempts: u32) -> bool {
        let begun_s = |attempts: u32| (0..attempts).map(|n| self.wait_s(n)).fold(0, u64::saturating_add);
        begun_s(attempts) >= self.late_s && attempts.checked_sub(1).is_none_or(|before| begun_s(before) < self.late_s)
    }

    fn wait_s(&self, attempts: u32) -> u64 {
        let at = usize::try_from(attempts).unwrap_or(usize::MAX);
        self.retry_s.get(at).or(self.retry_s.last()).copied().unwrap_or(3600).max(1)
    }
}

fn seconds(s: u64) -> i64 {
    i64::try_from(s).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn it_goes_on_for_days_and_ends() {
        let schedule = Schedule::default();
        let (start, mut now, mut attempts) = (Timestamp::from_unix_s(0), Timestamp::from_unix_s(0), 0);
        let mut late = Vec::new();
        while let Some(next) = schedule.next(attempts, start, now) {
            if schedule.is_late_now(attempts) {
                late.push(now.as_unix_s());
            }
            assert!(next > now);
            (now, attempts) = (next, attempts + 1);
        }
        assert!((60..80).contains(&attempts), "{attempts}");
        assert!(now.as_unix_s() > 4 * 86_400);
        assert_eq!(late.len(), 1);
        assert!((4 * 3600..6 * 3600).contains(&late[0]), "{late:?}");
    }
}
