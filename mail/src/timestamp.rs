//! A moment. Cores never ask for the time: they are told.

use std::fmt;

use serde::{Deserialize, Serialize};
use time::format_description::well_known::{Rfc2822, Rfc3339};
use time::macros::format_description;
use time::{OffsetDateTime, UtcOffset};

/// Milliseconds since the Unix epoch, UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Timestamp(i64);

/// 9999-12-31T23:59:59Z, the last moment that mail's date formats can write.
const LAST_S: i64 = 253_402_300_799;

impl Timestamp {
    /// From milliseconds since the Unix epoch.
    #[must_use]
    pub const fn from_ms(ms: i64) -> Self {
        Self(ms)
    }

    /// From seconds since the Unix epoch.
    #[must_use]
    pub const fn from_unix_s(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// From a system clock reading, for drivers and `server`.
    #[must_use]
    pub fn from_system(clock: std::time::SystemTime) -> Self {
        let ms = |d: std::time::Duration| i64::try_from(d.as_millis()).unwrap_or(i64::MAX);
        match clock.duration_since(std::time::UNIX_EPOCH) {
            Ok(after) => Self(ms(after)),
            Err(before) => Self(-ms(before.duration())),
        }
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn as_ms(self) -> i64 {
        self.0
    }

    /// Whole seconds since the Unix epoch.
    #[must_use]
    pub const fn as_unix_s(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// This moment moved by so many milliseconds, forward or back.
    #[must_use]
    pub const fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// This moment moved by so many seconds, forward or back.
    #[must_use]
    pub const fn plus_s(self, seconds: i64) -> Self {
        self.plus_ms(seconds.saturating_mul(1000))
    }

    /// Milliseconds from `earlier` to this moment; negative when it lies behind.
    #[must_use]
    pub const fn ms_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Reads an RFC 3339 moment such as `2026-11-22T02:00:00+01:00`.
    #[must_use]
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        OffsetDateTime::parse(text, &Rfc3339).ok().map(Self::from_datetime)
    }

    /// Reads IMAP's date-time such as `22-Nov-2026 02:00:00 +0100` (RFC 9051 §9, `date-time` without quotes).
    #[must_use]
    pub fn parse_imap(text: &str) -> Option<Self> {
        const SHAPE: &[time::format_description::BorrowedFormatItem<'_>] = format_description!(
            "[day padding:none]-[month repr:short case_sensitive:false]-[year] [hour]:[minute]:[second] [offset_hour sign:mandatory][offset_minute]"
        );
        OffsetDateTime::parse(text.trim(), SHAPE).ok().map(Self::from_datetime)
    }

    fn from_datetime(moment: OffsetDateTime) -> Self {
        let ms = moment.unix_timestamp_nanos() / 1_000_000;
        Self(i64::try_from(ms).unwrap_or(i64::MAX))
    }

    /// As RFC 3339 in UTC with seconds, for logs and screens.
    #[must_use]
    pub fn rfc3339(self) -> String {
        self.datetime().format(&Rfc3339).unwrap_or_default()
    }

    /// As a mail header writes it (RFC 5322 §3.3), in UTC.
    #[must_use]
    pub fn rfc5322(self) -> String {
        self.datetime().format(&Rfc2822).unwrap_or_default()
    }

    /// As IMAP writes it, in UTC and without quotes: `22-Nov-2026 01:00:00 +0000`.
    #[must_use]
    pub fn imap_date_time(self) -> String {
        let shape = format_description!("[day padding:space]-[month repr:short]-[year] [hour]:[minute]:[second] +0000");
        self.datetime().format(shape).unwrap_or_default()
    }

    /// As a calendar moment in UTC at whole seconds, kept within the years 1 to 9999.
    #[must_use]
    pub fn datetime(self) -> OffsetDateTime {
        let seconds = self.as_unix_s().clamp(-62_135_596_800, LAST_S);
        OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH).to_offset(UtcOffset::UTC)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc3339())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn the_three_spellings_name_one_moment() {
        let moment = Timestamp::parse_rfc3339("2026-11-02T02:00:00+01:00").unwrap();
        assert_eq!(moment.rfc3339(), "2026-11-02T01:00:00Z");
        assert_eq!(moment.rfc5322(), "Mon, 02 Nov 2026 01:00:00 +0000");
        assert_eq!(moment.imap_date_time(), " 2-Nov-2026 01:00:00 +0000");
        assert_eq!(Timestamp::parse_imap(" 2-Nov-2026 02:00:00 +0100"), Some(moment));
        assert_eq!(Timestamp::parse_imap("02-nov-2026 01:00:00 +0000"), Some(moment));
    }

    #[test]
    fn no_moment_is_too_far_to_print() {
        for ms in [i64::MIN, -1, 0, i64::MAX] {
            assert!(!Timestamp::from_ms(ms).imap_date_time().is_empty());
        }
    }
}
