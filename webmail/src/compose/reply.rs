//! Answers: to whom, about what, and with which words of the original.

use mail::{Address, Correspondent, Summary};
use store::region::DraftKind;

use crate::Lang;

/// The most message ids of an answer's References.
const REFERENCES_MAX: usize = 50;

/// What answers put before subjects, in lower case: English, French, German, and what others write back.
const RE: [&str; 10] = ["re", "aw", "antw", "antwort", "rép", "rep", "réf", "sv", "r", "odp"];
/// The same of what is passed on.
const FWD: [&str; 8] = ["fw", "fwd", "tr", "wg", "wtr", "i", "rv", "vs"];

/// To and Cc of an answer, as they are typed. One's own addresses are left out, unless nobody else is there.
#[must_use]
pub fn recipients(summary: &Summary, kind: DraftKind, own: &[Address]) -> (String, String) {
    let letter = &summary.correspondence;
    let is_own = |who: &Correspondent| {
        let address = who.address().map(|address| address.to_lowercase());
        address.is_some_and(|address| own.iter().any(|own| own.key() == address))
    };
    // Who answers what he wrote himself goes on writing to the same people.
    let by_myself = !letter.from.is_empty() && letter.from.iter().all(is_own);
    let first = if by_myself { &letter.to } else { &letter.reply_to };
    let (mut to, mut cc): (Vec<&Correspondent>, Vec<&Correspondent>) = (first.iter().collect(), Vec::new());
    if kind == DraftKind::ReplyAll {
        to.extend(&letter.to);
        cc.extend(&letter.cc);
    }
    let mut known = Vec::new();
    let mut fresh = |who: &&Correspondent| {
        let address = who.address().map(|address| address.to_lowercase());
        let new = address.as_ref().is_some_and(|address| !known.contains(address));
        known.extend(address);
        new
    };
    let everybody = to.clone();
    to.retain(|who| !is_own(who) && fresh(who));
    cc.retain(|who| !is_own(who) && fresh(who));
    if to.is_empty() && cc.is_empty() {
        to = everybody.into_iter().filter(|who| who.address().is_some()).take(1).collect();
    }
    (listed(&to), listed(&cc))
}

fn listed(all: &[&Correspondent]) -> String {
    let all: Vec<String> = all.iter().filter_map(|who| Some(mailbox(who.name.as_deref(), &who.address()?))).collect();
    all.join(", ")
}

/// A name and an address as they are typed: `"Müller, Anne" <anne@corp.test>`.
#[must_use]
pub fn mailbox(name: Option<&str>, address: &str) -> String {
    let name = super::typed::line(name.unwrap_or_default());
    match name.as_str() {
        "" => address.to_owned(),
        name if name.eq_ignore_ascii_case(address) => address.to_owned(),
        name if name.contains([',', ';', '<', '>', '"', '@', '\\']) => {
            format!("\"{}\" <{address}>", name.replace('\\', "\\\\").replace('"', "\\\""))
        }
        name => format!("{name} <{address}>"),
    }
}

/// The subject of an answer: one prefix, however many languages it went through.
#[must_use]
pub fn subject(lang: Lang, kind: DraftKind, subject: &str) -> String {
    let (known, prefix): (&[&str], &str) = match kind {
        DraftKind::New => return super::typed::line(subject),
        DraftKind::Reply | DraftKind::ReplyAll => (&RE, lang.compose_re()),
        DraftKind::Forward => (&FWD, lang.compose_fwd()),
    };
    let mut rest = subject.trim();
    while let Some(after) = without_prefix(rest, known) {
        rest = after;
    }
    super::typed::line(&format!("{prefix}{rest}"))
}

/// `Re[2]: x` and `AW : x` without what stands before the x.
fn without_prefix<'a>(subject: &'a str, known: &[&str]) -> Option<&'a str> {
    let (before, after) = subject.split_once([':', '：'])?;
    let word = before.trim_end().trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '[' | ']' | '(' | ')'));
    let word = word.trim_end().to_lowercase();
    known.contains(&word.as_str()).then(|| after.trim_start())
}

/// References of an answer (RFC 5322 §3.6.4): those of the original and its own id, the first and the last ones.
#[must_use]
pub fn references(known: &[String], id: Option<&String>) -> Vec<String> {
    let mut all: Vec<String> = known.to_vec();
    all.extend(id.cloned());
    if let Some(over) = all.len().checked_sub(REFERENCES_MAX) {
        all.drain(1..=over);
    }
    all
}

/// What an answer begins with: room to write, one's name, the original with a mark before each line.
#[must_use]
pub fn answer(lang: Lang, signature: &str, summary: &Summary, (when, text): (&str, &str)) -> String {
    let who = who(&summary.correspondence.from);
    let mut out = format!("\n\n{signature}\n{}\n", lang.compose_wrote(when, &who));
    for line in text.trim_end().lines() {
        out.push_str(if line.is_empty() || line.starts_with('>') { ">" } else { "> " });
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// What a message that is passed on begins with.
#[must_use]
pub fn passed_on(lang: Lang, signature: &str, summary: &Summary, (when, text): (&str, &str)) -> String {
    let letter = &summary.correspondence;
    let mut out = format!("\n\n{signature}\n---------- {} ----------\n", lang.compose_forwarded());
    let subject = letter.subject.clone().unwrap_or_default();
    let fields = [
        (lang.compose_from(), who(&letter.from)),
        (lang.compose_date(), when.to_owned()),
        (lang.compose_subject(), super::typed::line(&subject)),
        (lang.compose_to(), who(&letter.to)),
        (lang.compose_cc(), who(&letter.cc)),
    ];
    let colon = if lang == Lang::Fr { "\u{a0}:" } else { ":" };
    for (name, value) in fields.iter().filter(|(_, value)| !value.is_empty()) {
        out.push_str(&format!("{name}{colon} {value}\n"));
    }
    out.push('\n');
    out.push_str(text.trim_end());
    out.push('\n');
    out
}

fn who(all: &[Correspondent]) -> String {
    let all: Vec<&Correspondent> = all.iter().take(50).collect();
    listed(&all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(head: &str) -> Summary {
        Summary::of(format!("{}\r\n\r\nx", head.replace('\n', "\r\n")).as_bytes())
    }

    fn to(head: &str, kind: DraftKind) -> (String, String) {
        let own: Vec<Address> =
            ["anne@corp.test", "a.muller@corp.test"].iter().filter_map(|own| Address::parse(own).ok()).collect();
        recipients(&summary(head), kind, &own)
    }

    fn pair(to: &str, cc: &str) -> (String, String) {
        (to.to_owned(), cc.to_owned())
    }

    #[test]
    fn an_answer_goes_to_whoever_wants_it() {
        let head = "From: Zoé <z@partner.test>\nTo: Anne <ANNE@corp.test>, Bruno <b@corp.test>\n\
                    Cc: \"Lœwe, C.\" <c@corp.test>, a.muller@corp.test";
        assert_eq!(to(head, DraftKind::Reply), pair("Zoé <z@partner.test>", ""));
        assert_eq!(
            to(head, DraftKind::ReplyAll),
            pair("Zoé <z@partner.test>, Bruno <b@corp.test>", "\"Lœwe, C.\" <c@corp.test>")
        );
        let listed = format!("{head}\nReply-To: liste@partner.test\nMail-Followup-To: trap@evil.test");
        assert_eq!(to(&listed, DraftKind::Reply), pair("liste@partner.test", ""));
        assert_eq!(to(&listed, DraftKind::ReplyAll).0, "liste@partner.test, Bruno <b@corp.test>");
    }

    #[test]
    fn who_answers_himself_goes_on_writing_to_the_others() {
        let head = "From: anne@corp.test\nTo: z@partner.test\nCc: b@corp.test";
        assert_eq!(to(head, DraftKind::Reply), pair("z@partner.test", ""));
        assert_eq!(to(head, DraftKind::ReplyAll), pair("z@partner.test", "b@corp.test"));
        assert_eq!(to("From: anne@corp.test\nTo: anne@corp.test", DraftKind::Reply), pair("anne@corp.test", ""));
        assert_eq!(to("Subject: nobody", DraftKind::ReplyAll), pair("", ""));
    }

    #[test]
    fn a_subject_has_one_prefix() {
        let re = |text| subject(Lang::Fr, DraftKind::Reply, text);
        for text in ["Budget", "Re: Budget", "RE : AW: Re[3]: Budget", "Rép : Budget", "Antw:Budget"] {
            assert_eq!(re(text), "Re: Budget", "{text}");
        }
        assert_eq!(re("Compte rendu : mardi"), "Re: Compte rendu : mardi");
        assert_eq!(subject(Lang::De, DraftKind::Forward, "WG: Fwd: TR : x"), "WG: x");
        assert_eq!(subject(Lang::De, DraftKind::Reply, "Re: x"), "AW: x");
        assert_eq!(re("x\r\nBcc: y"), "Re: x  Bcc: y");
    }

    #[test]
    fn references_keep_their_first_and_their_last() {
        let all: Vec<String> = (0..80).map(|n| format!("<{n}>")).collect();
        let kept = references(&all, Some(&"<new>".to_owned()));
        assert_eq!(kept.len(), 50);
        assert_eq!(kept.first().map(String::as_str), Some("<0>"));
        assert_eq!(kept.last().map(String::as_str), Some("<new>"));
        assert_eq!(references(&[], None), Vec::<String>::new());
    }

    #[test]
    fn the_original_is_quoted_line_by_line() {
        let text = answer(Lang::Fr, "-- \nAnne", &summary("From: Zoé <z@p.test>"), ("lundi", "a\n\n> b\n"));
        assert_eq!(text, "\n\n-- \nAnne\nLe lundi, Zoé <z@p.test> a écrit\u{a0}:\n> a\n>\n>> b\n");
    }
}
