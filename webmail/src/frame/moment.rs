//! Moments as people read them. Lists say "14:02", "Tue 14:02" or "3 Nov"; pages say all of it.

use jiff::Zoned;
use jiff::tz::TimeZone;
use mail::Timestamp;

use crate::Lang;

const MONTHS: [[&str; 12]; 3] = [
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
    ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."],
    ["Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez."],
];
const DAYS: [[&str; 7]; 3] = [
    ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
    ["lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim."],
    ["Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"],
];

const fn row(lang: Lang) -> usize {
    match lang {
        Lang::En => 0,
        Lang::Fr => 1,
        Lang::De => 2,
    }
}

/// A moment where the organisation is.
#[must_use]
pub fn local(moment: Timestamp, zone: &TimeZone) -> Zoned {
    let moment = jiff::Timestamp::from_millisecond(moment.as_ms()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    moment.to_zoned(zone.clone())
}

/// The shortest form that is clear at `now`.
#[must_use]
pub fn short(lang: Lang, moment: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (then, today) = (local(moment, zone), local(now, zone));
    let days = today.date().since(then.date()).map_or(i32::MAX, |span| span.get_days());
    match days {
        0 => clock(&then),
        1..=6 => format!("{} {}", day_name(lang, &then), clock(&then)),
        _ if then.year() == today.year() => day(lang, &then),
        _ => format!("{} {}", day(lang, &then), then.year()),
    }
}

/// Day, date and time.
#[must_use]
pub fn long(lang: Lang, moment: Timestamp, zone: &TimeZone) -> String {
    let then = local(moment, zone);
    format!("{} {} {}, {}", day_name(lang, &then), day(lang, &then), then.year(), clock(&then))
}

fn clock(then: &Zoned) -> String {
    format!("{:02}:{:02}", then.hour(), then.minute())
}

fn day_name(lang: Lang, then: &Zoned) -> &'static str {
    let number = usize::try_from(then.weekday().to_monday_zero_offset()).unwrap_or_default();
    DAYS.get(row(lang)).and_then(|days| days.get(number)).copied().unwrap_or_default()
}

fn day(lang: Lang, then: &Zoned) -> String {
    let number = usize::try_from(then.month() - 1).unwrap_or_default();
    let month = MONTHS.get(row(lang)).and_then(|months| months.get(number)).copied().unwrap_or_default();
    match lang {
        Lang::De => format!("{}. {month}", then.day()),
        Lang::Fr if then.day() == 1 => format!("1er {month}"),
        _ => format!("{} {month}", then.day()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearer_the_shorter() {
        let now = Timestamp::parse_rfc3339("2026-11-20T14:30:00Z").unwrap_or_default();
        let ago = |s: i64| now.plus_s(-s);
        let short = |lang, moment| short(lang, moment, now, &TimeZone::UTC);
        assert_eq!(short(Lang::Fr, ago(60)), "14:29");
        assert_eq!(short(Lang::De, ago(86_400)), "Do 14:30");
        assert_eq!(short(Lang::En, ago(19 * 86_400)), "1 Nov");
        assert_eq!(short(Lang::Fr, ago(19 * 86_400)), "1er nov.");
        assert_eq!(short(Lang::De, ago(365 * 86_400)), "20. Nov. 2025");
        assert_eq!(long(Lang::Fr, now, &TimeZone::UTC), "ven. 20 nov. 2026, 14:30");
    }
}
