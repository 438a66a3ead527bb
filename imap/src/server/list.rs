//! LIST and LSUB (RFC 9051 §6.3.9, RFC 3501 §6.3.9), with SPECIAL-USE (RFC 6154) and CHILDREN (RFC 3348).

use imap_codec::imap_types::mailbox::{ListMailbox, Mailbox as Name};

use super::folders::unicode;
use super::session::{Session, Verdict};
use crate::wire::Write as _;
use crate::{Accounts, Folder, Mailbox, from_modified_utf7};

impl<A: Accounts> Session<A> {
    pub(super) async fn list(
        &self,
        mailbox: &A::Mailbox,
        reference: &Name<'_>,
        pattern: &ListMailbox<'_>,
        out: &mut Vec<u8>,
    ) -> Verdict {
        let pattern = whole_pattern(reference, pattern);
        if pattern.is_empty() {
            // RFC 9051 §6.3.9: an empty name asks for the separator.
            out.put(b"* LIST (\\Noselect) \"/\" \"\"\r\n");
            return Verdict::done();
        }
        self.lines("LIST", mailbox, &pattern, out).await
    }

    pub(super) async fn lsub(
        &self,
        mailbox: &A::Mailbox,
        reference: &Name<'_>,
        pattern: &ListMailbox<'_>,
        out: &mut Vec<u8>,
    ) -> Verdict {
        self.lines("LSUB", mailbox, &whole_pattern(reference, pattern), out).await
    }

    async fn lines(&self, word: &str, mailbox: &A::Mailbox, pattern: &str, out: &mut Vec<u8>) -> Verdict {
        let folders = match mailbox.folders().await {
            Ok(folders) => folders,
            Err(trouble) => return trouble.into(),
        };
        let wanted = |folder: &&Folder| (word == "LIST" || folder.subscribed) && matches(pattern, &folder.name);
        for folder in folders.iter().filter(wanted) {
            let below = format!("{}/", folder.name);
            let has_children = folders.iter().any(|other| other.name.starts_with(&below));
            let children = if has_children { "\\HasChildren" } else { "\\HasNoChildren" };
            let special = folder.role.and_then(mail::FolderRole::special_use);
            let special = special.map(|name| format!(" {name}")).unwrap_or_default();
            out.put(format!("* {word} ({children}{special}) \"/\" "));
            out.mailbox_name(&folder.name);
            out.put(b"\r\n");
        }
        Verdict::done()
    }
}

fn whole_pattern(reference: &Name<'_>, pattern: &ListMailbox<'_>) -> String {
    let octets = match pattern {
        ListMailbox::Token(token) => token.as_ref(),
        ListMailbox::String(string) => string.as_ref(),
    };
    let pattern = from_modified_utf7(&String::from_utf8_lossy(octets));
    let reference = match reference {
        Name::Other(other) if other.inner().as_ref().is_empty() => String::new(),
        reference => unicode(reference),
    };
    format!("{reference}{pattern}")
}

/// `*` stands for anything, `%` for anything within a level. INBOX is known in any case.
fn matches(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let name_chars: Vec<char> = name.chars().collect();
    if name == "INBOX" && pattern.iter().collect::<String>().eq_ignore_ascii_case("inbox") {
        return true;
    }
    // One row of the usual table: which lengths of the name the pattern so far can stand for.
    let mut reached = vec![false; name_chars.len() + 1];
    if let Some(start) = reached.first_mut() {
        *start = true;
    }
    for symbol in pattern.into_iter().take(1000) {
        reached = step(symbol, &reached, &name_chars);
    }
    reached.last().copied().unwrap_or(false)
}

fn step(symbol: char, reached: &[bool], name: &[char]) -> Vec<bool> {
    let mut next = vec![false; reached.len()];
    let mut run = false;
    for (at, slot) in next.iter_mut().enumerate() {
        let before = at.checked_sub(1);
        let previous = before.and_then(|before| name.get(before)).copied();
        match symbol {
            '*' | '%' => {
                let goes_on = run && (symbol == '*' || previous != Some('/'));
                run = goes_on || reached.get(at).copied().unwrap_or(false);
                *slot = run;
            }
            exact => {
                let came = before.and_then(|before| reached.get(before)).copied().unwrap_or(false);
                *slot = came && previous == Some(exact);
            }
        }
    }
    next
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn wildcards_stand_for_what_the_rfc_says() {
        for (pattern, name, fits) in [
            ("*", "a/b", true),
            ("%", "a/b", false),
            ("%/%", "a/b", true),
            ("a/*", "a/b/c", true),
            ("a%", "abc", true),
            ("a%c", "ab/c", false),
            ("inbox", "INBOX", true),
            ("b*", "a", false),
            ("*b", "aab", true),
        ] {
            assert_eq!(matches(pattern, name), fits, "{pattern} {name}");
        }
    }

    #[test]
    fn hostile_patterns_take_no_time() {
        assert!(!matches(&"*a".repeat(400), &"a".repeat(300)));
    }
}
