//! The mail that lay in the primary's mailboxes before anything happened.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Result;

use super::dovecot::{Dovecot, Planted};
use super::people;

/// A day.
pub const DAY: Duration = Duration::from_secs(86_400);

/// A message with everything a client of staff shows.
pub struct Message {
    /// `Subject`.
    pub subject: String,
    /// `Message-ID` with its brackets.
    pub message_id: String,
    /// All of it, with CRLF.
    pub raw: Vec<u8>,
}

/// Writes a message; `word` stands in its body and nowhere else in the world.
pub fn message(from: &str, to: &str, subject: &str, word: &str, sent_at: SystemTime) -> Message {
    let message_id = format!("<{}.{word}@partner.test>", subject.len());
    let raw = format!(
        "From: {from}\r\nTo: {to}\r\nSubject: {subject}\r\nDate: {}\r\nMessage-ID: {message_id}\r\n\
         MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nBonjour,\r\n\r\nle mot est {word}.\r\n\
         {}\r\n",
        rfc5322(sent_at),
        "Cordialement, la mairie. ".repeat(12)
    );
    Message { subject: subject.to_owned(), message_id, raw: raw.into_bytes() }
}

/// What is planted for one folder of `accueil`: Maildir++ name, shown name, flags, how many, from how many days ago.
const FOLDERS: [(&str, &str, &str, u32, u32); 5] = [
    ("", "INBOX", "S", 24, 1),
    (".Sent", "Sent", "S", 6, 2),
    (".&AMk-lus", "Élus", "FS", 5, 3),
    (".Projets.&AMk-cole Zola", "Projets/École Zola", "", 4, 5),
    (".Marches", "Marches", "RS", 3, 9),
];

/// A planted message and where a reader has to find it.
pub struct Expected {
    /// Folder as a reader names it.
    pub folder: &'static str,
    /// `Message-ID`.
    pub message_id: String,
    /// INTERNALDATE in seconds.
    pub received_s: i64,
    /// Flags as IMAP names them, sorted.
    pub flags: Vec<String>,
    /// Its word.
    pub word: String,
}

/// The word in everything that is older than the window.
pub const TOO_OLD_WORD: &str = "antediluvien";

/// Plants a month of mail for `accueil` and a letter for everybody else; tells what `accueil` must find.
pub fn plant(dovecot: &Dovecot) -> Result<Vec<Expected>> {
    let now = SystemTime::now();
    let (mut expected, mut letters) = (Vec::new(), Vec::new());
    for (place, (maildir, shown, flags, count, days)) in FOLDERS.into_iter().enumerate() {
        for number in 0..count {
            let received_at = now - DAY * days - Duration::from_secs(3_600 * u64::from(number));
            let word = format!("mot{place}x{number}");
            let subject = format!("{shown} {number}");
            let letter = message("ami@partner.test", "accueil@corp.test", &encoded(&subject), &word, received_at);
            expected.push(Expected {
                folder: shown,
                message_id: letter.message_id.clone(),
                received_s: seconds(received_at),
                flags: imap_flags(flags),
                word,
            });
            letters.push(("accueil".to_owned(), maildir, flags, received_at, letter.raw));
        }
    }
    for person in people::people().into_iter().skip(1) {
        let letter = message("ami@partner.test", &person.address(), "bienvenue", &format!("mot{}", person.login), now);
        letters.push((person.login, "", "", now - DAY, letter.raw));
    }
    let old = message("ami@partner.test", "accueil@corp.test", "jadis", TOO_OLD_WORD, now - DAY * 60);
    letters.push(("accueil".to_owned(), "", "S", now - DAY * 60, old.raw));
    let planted: Vec<Planted<'_>> = letters
        .iter()
        .map(|(login, folder, flags, received_at, raw)| Planted {
            login,
            folder,
            flags,
            received_at: *received_at,
            raw,
        })
        .collect();
    dovecot.plant(&planted)?;
    Ok(expected)
}

/// Seconds since 1970.
pub fn seconds(at: SystemTime) -> i64 {
    i64::try_from(at.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs()).unwrap_or_default()
}

fn imap_flags(letters: &str) -> Vec<String> {
    let named = [('R', "\\Answered"), ('F', "\\Flagged"), ('S', "\\Seen")];
    named.iter().filter(|(letter, _)| letters.contains(*letter)).map(|(_, name)| (*name).to_owned()).collect()
}

/// RFC 2047 where it has to be.
fn encoded(subject: &str) -> String {
    use base64::Engine as _;
    if subject.is_ascii() {
        return subject.to_owned();
    }
    format!("=?utf-8?b?{}?=", base64::engine::general_purpose::STANDARD.encode(subject))
}

/// A moment as commands take it, in UTC.
pub fn rfc3339(at: SystemTime) -> String {
    let seconds = seconds(at);
    let (year, month, day) = civil(seconds.div_euclid(86_400));
    let second = seconds.rem_euclid(86_400);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// A date as mail writes it, in UTC.
pub fn rfc5322(at: SystemTime) -> String {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let seconds = seconds(at);
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    let month = usize::try_from(month - 1).ok().and_then(|index| MONTHS.get(index)).unwrap_or(&"Jan");
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{day} {month} {year} {hour:02}:{minute:02}:{second:02} +0000")
}

/// The proleptic Gregorian date of a day counted from 1970 (Howard Hinnant's algorithm).
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_shifted + 2) / 5 + 1;
    let month = if month_shifted < 10 { month_shifted + 3 } else { month_shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}
