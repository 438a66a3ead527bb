//! The letters as they are written in `letters/*.txt`.
//!
//! ```text
//!   === ID            begins a letter; then fields, an empty line, the text
//!   from: Name <address>, or {self}      to: (default {self})   cc:
//!   subject:   age: 3h | 2d   folder: (INBOX)   flags: unread flagged answered
//!   reply: ID of the letter it answers   attach: names, ", " between   html: newsletter | letter
//! ```

use std::sync::LazyLock;

/// A letter as it was written, not yet anybody's.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// Its name in its file.
    pub id: String,
    /// Who writes; `{self}` for the owner of the mailbox.
    pub from: String,
    /// To whom.
    pub to: String,
    /// A copy to, or nothing.
    pub cc: String,
    /// The subject.
    pub subject: String,
    /// How long ago it came, in seconds.
    pub age_s: i64,
    /// Where it lies.
    pub folder: String,
    /// `unread`, `flagged`, `answered`.
    pub flags: String,
    /// The letter it answers, or nothing.
    pub reply: String,
    /// File names; the ending says what they are.
    pub attach: Vec<String>,
    /// How its HTML looks, or nothing for plain text.
    pub html: String,
    /// The text.
    pub body: String,
}

static ACCUEIL: LazyLock<Vec<Draft>> = LazyLock::new(|| read(include_str!("../../letters/accueil.txt")));
static MAIRE: LazyLock<Vec<Draft>> = LazyLock::new(|| read(include_str!("../../letters/maire.txt")));
static EVERYBODY: LazyLock<Vec<Draft>> = LazyLock::new(|| read(include_str!("../../letters/everybody.txt")));
static PARTNER: LazyLock<Vec<Draft>> = LazyLock::new(|| read(include_str!("../../letters/partner.txt")));

/// The letters of somebody's week.
pub(super) fn of_person(login: &str) -> &'static [Draft] {
    match login {
        "accueil" => &ACCUEIL,
        "maire" => &MAIRE,
        _ => &EVERYBODY,
    }
}

/// What the partner writes while the demo runs: questions have a name that begins with `p`, answers with `a`.
#[must_use]
pub fn of_partner(kind: char) -> Vec<&'static Draft> {
    PARTNER.iter().filter(|draft| draft.id.starts_with(kind)).collect()
}

/// A letter by its name.
#[must_use]
pub fn find(id: &str) -> Option<&'static Draft> {
    [&ACCUEIL, &MAIRE, &EVERYBODY].into_iter().flat_map(|letters| letters.iter()).find(|draft| draft.id == id)
}

fn read(text: &str) -> Vec<Draft> {
    text.split("=== ").filter(|letter| !letter.trim().is_empty()).map(draft).collect()
}

fn draft(text: &str) -> Draft {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let mut draft = Draft {
        id: lines.next().unwrap_or_default().trim().to_owned(),
        to: "{self}".to_owned(),
        folder: "INBOX".to_owned(),
        body: body.trim_end().to_owned(),
        ..Draft::default()
    };
    for (field, value) in lines.filter_map(|line| line.split_once(": ")) {
        draft.take(field, value.trim());
    }
    draft
}

impl Draft {
    fn take(&mut self, field: &str, value: &str) {
        let place = match field {
            "from" => &mut self.from,
            "to" => &mut self.to,
            "cc" => &mut self.cc,
            "subject" => &mut self.subject,
            "folder" => &mut self.folder,
            "flags" => &mut self.flags,
            "reply" => &mut self.reply,
            "html" => &mut self.html,
            "age" => return self.age_s = seconds(value),
            "attach" => return self.attach = value.split(", ").map(str::to_owned).collect(),
            _ => return,
        };
        value.clone_into(place);
    }
}

fn seconds(age: &str) -> i64 {
    let unit_s = if age.ends_with('d') { 86_400 } else { 3600 };
    age.trim_end_matches(['d', 'h']).parse::<i64>().unwrap_or_default() * unit_s
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn every_letter_is_whole() {
        for draft in [&ACCUEIL, &MAIRE, &EVERYBODY].into_iter().flat_map(|letters| letters.iter()) {
            assert!(!draft.from.is_empty() && !draft.subject.is_empty() && draft.age_s > 0, "{draft:?}");
            assert!(draft.body.len() > 40, "{draft:?}");
            assert!(draft.reply.is_empty() || find(&draft.reply).unwrap().age_s > draft.age_s, "{draft:?}");
        }
        assert!(of_partner('p').len() >= 8 && of_partner('a').len() >= 3);
    }
}
