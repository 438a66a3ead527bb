//! An invitation, as words (RFC 5545). Nothing in it is a page: descriptions in HTML (`X-ALT-DESC`) are not read.

use crate::message::plain;

/// Octets of a calendar that are read.
const CALENDAR_MAX_BYTES: usize = 512 * 1024;
/// Characters of a description.
const DESCRIPTION_CHARS: usize = 4000;

/// The first appointment of a calendar.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Invitation {
    /// What it is about.
    pub summary: String,
    /// From when: date and time as they are written, the zone behind.
    pub starts: String,
    /// Until when.
    pub ends: String,
    /// Where.
    pub place: String,
    /// Who invites.
    pub organiser: String,
    /// More about it.
    pub description: String,
    /// It is called off.
    pub is_cancelled: bool,
    /// It comes again and again.
    pub is_recurring: bool,
}

impl Invitation {
    /// Reads a calendar.
    #[must_use]
    pub fn read(calendar: &str) -> Option<Self> {
        let calendar = plain::cut(calendar, CALENDAR_MAX_BYTES).replace("\r\n", "\n");
        // RFC 5545 §3.1: long lines are folded.
        let unfolded = calendar.replace("\n ", "").replace("\n\t", "");
        let mut found = Self::default();
        let mut inside = Vec::new();
        let mut seen = false;
        for line in unfolded.lines().take(20_000) {
            let Some((field, value)) = parted(line) else { continue };
            let (name, parameters) = field.split_once(';').unwrap_or((field, ""));
            let name = name.trim().to_ascii_uppercase();
            match name.as_str() {
                "BEGIN" => inside.push(value.trim().to_ascii_uppercase()),
                "END" if inside.len() == 2 && seen => break,
                "END" => drop(inside.pop()),
                "METHOD" => found.is_cancelled |= value.trim().eq_ignore_ascii_case("cancel"),
                name if inside.len() == 2 && inside.last().is_some_and(|kind| kind == "VEVENT") => {
                    seen = true;
                    found.take(name, parameters, value);
                }
                _ => {}
            }
        }
        seen.then_some(found)
    }

    fn take(&mut self, name: &str, parameters: &str, value: &str) {
        let words = |value: &str, chars: usize| plain::line(&unescaped(value).replace('\n', " "), chars);
        match name {
            "SUMMARY" => self.summary = words(value, 300),
            "LOCATION" => self.place = words(value, 300),
            "DESCRIPTION" => {
                self.description = plain::lines(&unescaped(value)).chars().take(DESCRIPTION_CHARS).collect()
            }
            "DTSTART" => self.starts = moment(parameters, value),
            "DTEND" => self.ends = moment(parameters, value),
            "ORGANIZER" => self.organiser = words(&organiser(parameters, value), 300),
            "RRULE" => self.is_recurring = true,
            "STATUS" => self.is_cancelled |= value.trim().eq_ignore_ascii_case("cancelled"),
            _ => {}
        }
    }
}

/// Name and value of a line, parted at the first colon that is not quoted.
fn parted(line: &str) -> Option<(&str, &str)> {
    let mut quoted = false;
    let at = line.char_indices().find(|(_, c)| {
        quoted ^= *c == '"';
        *c == ':' && !quoted
    })?;
    Some((line.get(..at.0)?, line.get(at.0 + 1..)?))
}

fn parameter<'p>(parameters: &'p str, wanted: &str) -> Option<&'p str> {
    let found =
        parameters.split(';').filter_map(|one| one.split_once('=')).find(|(name, _)| name.eq_ignore_ascii_case(wanted));
    found.map(|(_, value)| value.trim_matches('"'))
}

fn organiser(parameters: &str, value: &str) -> String {
    let address = value.trim();
    let address = address
        .get(..7)
        .filter(|start| start.eq_ignore_ascii_case("mailto:"))
        .map_or(address, |_| address.get(7..).unwrap_or_default());
    match parameter(parameters, "CN") {
        Some(name) => format!("{name} <{address}>"),
        None => address.to_owned(),
    }
}

/// `20261124T140000` as `2026-11-24 14:00`, with its zone.
fn moment(parameters: &str, value: &str) -> String {
    let value = value.trim();
    let digits = |range: std::ops::Range<usize>| {
        value.get(range).filter(|part| part.bytes().all(|octet| octet.is_ascii_digit()))
    };
    let Some(((year, month), day)) = digits(0..4).zip(digits(4..6)).zip(digits(6..8)) else {
        return plain::line(value, 40);
    };
    let date = format!("{year}-{month}-{day}");
    let Some((hour, minute)) = digits(9..11).zip(digits(11..13)) else { return date };
    let zone = if value.ends_with('Z') {
        "UTC".to_owned()
    } else {
        plain::line(parameter(parameters, "TZID").unwrap_or_default(), 60)
    };
    format!("{date} {hour}:{minute} {zone}").trim_end().to_owned()
}

/// RFC 5545 §3.3.11
fn unescaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut all = value.chars();
    while let Some(c) = all.next() {
        match (c, c == '\\') {
            (_, true) => match all.next() {
                Some('n' | 'N') => out.push('\n'),
                Some(other) => out.push(other),
                None => {}
            },
            (c, false) => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn an_invitation_is_words() {
        let calendar = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VTIMEZONE\r\nTZID:Paris\r\nBEGIN:STANDARD\r\nDTSTART:16011028T030000\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\nSUMMARY;LANGUAGE=fr:Conseil \r\n municipal\\, séance 3\r\nDTSTART;TZID=\"Romance Standard Time\":20261124T140000\r\nDTEND:20261124T150000Z\r\nORGANIZER;CN=\"Le Maire: X\":mailto:maire@mairie.test\r\nX-ALT-DESC;FMTTYPE=text/html:<script>alert(1)</script>\r\nDESCRIPTION:Bonjour\\n<img src=x onerror=alert(1)>\r\nRRULE:FREQ=WEEKLY\r\nBEGIN:VALARM\r\nDESCRIPTION:no\r\nEND:VALARM\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:second\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        let read = Invitation::read(calendar).unwrap();
        assert_eq!(read.summary, "Conseil municipal, séance 3");
        assert_eq!(read.starts, "2026-11-24 14:00 Romance Standard Time");
        assert_eq!(read.ends, "2026-11-24 15:00 UTC");
        assert_eq!(read.organiser, "Le Maire: X <maire@mairie.test>");
        assert_eq!(read.description, "Bonjour\n<img src=x onerror=alert(1)>");
        assert!(read.is_recurring && !read.is_cancelled);
        for nonsense in ["", ":", "BEGIN", "END:VCALENDAR\n\n:::", "BEGIN:VEVENT\nDTSTART:é"] {
            assert_eq!(Invitation::read(nonsense), None);
        }
    }
}
