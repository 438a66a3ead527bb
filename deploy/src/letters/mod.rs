//! A town hall's week of believable mail, in French, English and German.
//!
//! ```text
//!   letters/*.txt ── script ──> Draft ──┬── mime ──> a message as it lies in a mailbox
//!   (ours, in plain words)              └── attachment: PDF, CSV, ICS, PNG, drawn here
//! ```
//!
//! Dates are written as ages ("3h", "2d"), so that the week always ends now.

mod attachment;
mod mime;
mod picture;
mod script;

use mail::{Timestamp, encoded_words};

use crate::staff::{DOMAIN, Person};

pub use script::{Draft, find, of_partner};

/// One message lying in a mailbox before the story begins.
#[derive(Clone, Debug)]
pub struct Letter {
    /// The folder: `INBOX`, or one of the primary's own.
    pub folder: String,
    /// It has been read.
    pub seen: bool,
    /// It is flagged.
    pub flagged: bool,
    /// It has been answered.
    pub answered: bool,
    /// When the primary received it.
    pub received_at: Timestamp,
    /// The message, CRLF line ends.
    pub raw: Vec<u8>,
}

/// The week of one person before `now`, the newest first.
#[must_use]
pub fn week_of(person: &Person, now: Timestamp) -> Vec<Letter> {
    let mut week: Vec<Letter> = script::of_person(person.login).iter().map(|draft| draft.lying(person, now)).collect();
    week.sort_by_key(|letter| std::cmp::Reverse(letter.received_at));
    week
}

impl Draft {
    fn lying(&self, person: &Person, now: Timestamp) -> Letter {
        let received_at = now.plus_s(-self.age_s);
        let is = |flag: &str| self.flags.split_whitespace().any(|one| one == flag);
        Letter {
            folder: self.folder.clone(),
            seen: !is("unread"),
            flagged: is("flagged"),
            answered: is("answered"),
            received_at,
            raw: mime::message(self, person, now),
        }
    }
}

/// What a plain message is made of. `from` and `to` are header-ready.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'a> {
    /// The From field.
    pub from: &'a str,
    /// The To field.
    pub to: &'a str,
    /// The subject, as people read it.
    pub subject: &'a str,
    /// The text, `\n` between lines.
    pub body: &'a str,
    /// The left part of the Message-ID, which has to be unique.
    pub id: &'a str,
    /// The date.
    pub at: Timestamp,
}

/// A plain text message in UTF-8, 8 bit, CRLF line ends.
#[must_use]
pub fn compose(parts: &Parts<'_>) -> Vec<u8> {
    let lines = [
        format!("From: {}", parts.from),
        format!("To: {}", parts.to),
        format!("Subject: {}", encoded(parts.subject)),
        format!("Date: {}", parts.at.rfc5322()),
        format!("Message-ID: <{}.{}@{DOMAIN}>", parts.id, parts.at.as_unix_s()),
        "MIME-Version: 1.0".to_owned(),
        "Content-Type: text/plain; charset=utf-8".to_owned(),
        "Content-Transfer-Encoding: 8bit".to_owned(),
        String::new(),
        parts.body.replace('\n', "\r\n"),
        String::new(),
    ];
    lines.join("\r\n").into_bytes()
}

/// A mailbox such as `Inès <cabinet@mairie.test>`, ready for a header.
#[must_use]
pub fn named(mailbox: &str) -> String {
    match mailbox.split_once(" <") {
        Some((name, rest)) => format!("{} <{rest}", phrase(name)),
        None => mailbox.to_owned(),
    }
}

/// RFC 5322 §3.2.5: a display name with anything but atoms is quoted, or encoded.
fn phrase(name: &str) -> String {
    let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b' ' || byte == b'-');
    if is_plain || !name.is_ascii() { encoded(name) } else { format!("\"{}\"", name.replace('"', "")) }
}

fn encoded(text: &str) -> String {
    encoded_words(text).join("\r\n ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;
    use crate::staff::STAFF;

    const NOW: Timestamp = Timestamp::from_unix_s(1_763_800_000);

    #[test]
    fn everybody_has_a_week_within_the_window() {
        for person in &STAFF {
            let week = week_of(person, NOW);
            assert!(week.len() >= 7, "{} has {}", person.login, week.len());
            assert!(week.iter().all(|letter| NOW.ms_since(letter.received_at) < 30 * 86_400_000));
            assert!(week.iter().any(|letter| letter.folder == "INBOX" && !letter.seen));
        }
        assert!(week_of(&STAFF[0], NOW).len() >= 30 && week_of(&STAFF[1], NOW).len() >= 18);
    }

    #[test]
    fn headers_are_ascii_and_lines_short() {
        for letter in STAFF.iter().flat_map(|person| week_of(person, NOW)) {
            let raw = String::from_utf8(letter.raw).unwrap();
            let header = raw.split("\r\n\r\n").next().unwrap();
            assert!(header.is_ascii() && raw.split("\r\n").all(|line| line.len() <= 998), "{header}");
            assert!(!raw.replace("\r\n", "").contains('\n') && !raw.contains("{self}"), "{header}");
        }
    }

    #[test]
    fn an_answer_names_what_it_answers() {
        let week = week_of(&STAFF[0], NOW);
        let raw = |subject: &str| {
            let found = week.iter().map(|letter| String::from_utf8_lossy(&letter.raw));
            found.into_iter().find(|raw| raw.contains(subject)).unwrap().into_owned()
        };
        let question = raw("Subject: Besuch zum Weihnachtsmarkt");
        let id = question.lines().find_map(|line| line.strip_prefix("Message-ID: ")).unwrap();
        let answers = week
            .iter()
            .filter(|letter| smtp::header::value_of(&letter.raw, "In-Reply-To").is_some_and(|answered| answered == id));
        assert_eq!(answers.count(), 1);
    }

    #[test]
    fn no_two_messages_of_a_mailbox_have_one_id() {
        for person in &STAFF {
            let ids: Vec<String> = week_of(person, NOW)
                .iter()
                .filter_map(|letter| smtp::header::value_of(&letter.raw, "Message-ID"))
                .collect();
            let distinct: std::collections::BTreeSet<&String> = ids.iter().collect();
            assert_eq!(distinct.len(), ids.len());
        }
    }
}
