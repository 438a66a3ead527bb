//! Days as people write them.

/// A day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day {
    /// Four digits.
    pub year: i16,
    /// From 1.
    pub month: i8,
    /// From 1.
    pub day: i8,
}

impl Day {
    /// Reads `2026-11-03`, `2026-11`, `2026`, `03/11/2026`, `3.11.2026` and `3.11.26`; the first day where none is
    /// named. Slashes are read the European way, the day first.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let numbers: Vec<&str> = text.split(['-', '/', '.']).filter(|part| !part.is_empty()).collect();
        let number = |at: usize| numbers.get(at).map_or(Some(1), |digits| digits.parse::<i16>().ok());
        let first_is_year = numbers.first()?.len() == 4;
        let (year, month, day) = match (first_is_year, numbers.len()) {
            (true, 1..=3) => (number(0)?, number(1)?, number(2)?),
            (false, 3) => (century(numbers.get(2)?)?, number(1)?, number(0)?),
            _ => return None,
        };
        let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
        let is_day =
            (1900..=2999).contains(&year) && (1..=12).contains(&month) && (1..=length(year, month)).contains(&day);
        is_day.then_some(Self { year, month, day })
    }
}

fn century(digits: &str) -> Option<i16> {
    let year: i16 = digits.parse().ok()?;
    match digits.len() {
        2 => Some(2000 + year),
        4 => Some(year),
        _ => None,
    }
}

fn length(year: i16, month: i8) -> i8 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_as_they_are_written() {
        let day = |year, month, day| Some(Day { year, month, day });
        assert_eq!(Day::parse("2026-11-03"), day(2026, 11, 3));
        assert_eq!(Day::parse("03/11/2026"), day(2026, 11, 3));
        assert_eq!(Day::parse("3.11.26"), day(2026, 11, 3));
        assert_eq!(Day::parse("2026-02"), day(2026, 2, 1));
        assert_eq!(Day::parse("2024"), day(2024, 1, 1));
        for wrong in ["", "hier", "2026-02-29", "31/04/2026", "1/2", "99999-1-1", "2026-11-03-04", "٣/١/٢٠٢٦"] {
            assert_eq!(Day::parse(wrong), None, "{wrong}");
        }
    }
}
