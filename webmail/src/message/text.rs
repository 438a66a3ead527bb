//! Plain text as a page: escaped by us, quotes folded, addresses made clickable.
//!
//! ```text
//!   text ── lines ──┬─ "> > words"  ── quotes in each other, each a <details>
//!                   └─ "see https://x.example." ── words ── a link, or escaped
//! ```
//!
//! Every character goes through [`escaped`]; what is not escaped is written out here in full. Each line is walked
//! once: no pattern goes back.

use super::html::{remark, target};
use super::plain::{cut, escaped, lines};
use crate::Lang;

/// Octets of a text that are shown; the rest is in the message itself.
pub const TEXT_MAX_BYTES: usize = 1024 * 1024;
/// Quotes inside quotes that are told apart.
const DEPTH_MAX: usize = 8;
/// Lines of a quote that is not folded.
const OPEN_LINES: usize = 6;
/// Links of a text.
const LINKS_MAX: usize = 2000;

/// A text as HTML.
#[must_use]
pub fn html(text: &str, lang: Lang) -> String {
    let text = lines(cut(text, TEXT_MAX_BYTES));
    let all: Vec<(usize, &str)> = text.lines().map(unquoted).collect();
    let mut page = Page { out: String::with_capacity(text.len() * 2), links_left: LINKS_MAX, lang };
    page.out.push_str("<div class=\"words\">");
    page.block(&all, 0);
    page.out.push_str("</div>");
    page.out
}

/// How deep a line is quoted, and what it says.
fn unquoted(line: &str) -> (usize, &str) {
    let (mut depth, mut rest) = (0, line);
    while let Some(after) = rest.strip_prefix('>').or_else(|| rest.strip_prefix(" >")) {
        depth += 1;
        rest = after;
    }
    // The space after the marks belongs to them (RFC 3676 §4.5).
    let words = if depth > 0 { rest.strip_prefix(' ').unwrap_or(rest) } else { rest };
    (depth.min(DEPTH_MAX), words)
}

struct Page {
    out: String,
    links_left: usize,
    lang: Lang,
}

impl Page {
    /// Lines that are all quoted at least `depth` deep.
    fn block(&mut self, all: &[(usize, &str)], depth: usize) {
        let mut rest = all;
        while let Some((first, _)) = rest.first() {
            let deeper = *first > depth;
            let run = rest.iter().take_while(|(deep, _)| (*deep > depth) == deeper).count();
            let (now, after) = rest.split_at(run);
            if deeper {
                self.quote(now, depth + 1);
            } else {
                for (_, line) in now {
                    self.line(line);
                }
            }
            rest = after;
        }
    }

    fn quote(&mut self, all: &[(usize, &str)], depth: usize) {
        let open = if depth == 1 && all.len() <= OPEN_LINES { " open" } else { "" };
        let said = escaped(&self.lang.message_quoted(all.len()));
        self.out.push_str(&format!("<details class=\"quote\"{open}><summary>{said}</summary><blockquote>"));
        self.block(all, depth);
        self.out.push_str("</blockquote></details>");
    }

    fn line(&mut self, line: &str) {
        let mut rest = line;
        while let Some((before, word, after)) = next_address(rest) {
            self.out.push_str(&escaped(before));
            self.link(word);
            rest = after;
        }
        self.out.push_str(&escaped(rest));
        self.out.push('\n');
    }

    fn link(&mut self, word: &str) {
        let address = match word {
            word if starts_with(word, "www.") => format!("https://{word}"),
            word if word.contains("://") || starts_with(word, "mailto:") => word.to_owned(),
            word => format!("mailto:{word}"),
        };
        let Some(url) = target(&address).filter(|_| self.links_left > 0) else {
            self.out.push_str(&escaped(word));
            return;
        };
        self.links_left -= 1;
        let (href, said) = (escaped(url.as_str()), escaped(word));
        self.out
            .push_str(&format!("<a href=\"{href}\" target=\"_blank\" rel=\"noopener noreferrer nofollow\">{said}</a>"));
        if let Some(host) = remark(&url, word) {
            self.out.push_str(&format!(" <span class=\"leads\">\u{2192} {}</span>", escaped(&host)));
        }
    }
}

/// The next address of a line: what stands before it, itself, and what comes after.
fn next_address(line: &str) -> Option<(&str, &str, &str)> {
    let is_edge = |c: char| {
        c.is_whitespace()
            || matches!(c, '<' | '>' | '"' | '\'' | '(' | ')' | '[' | ']' | '{' | '}' | '`' | '«' | '»' | '|')
    };
    let mut start = 0;
    for piece in line.split_inclusive(is_edge) {
        let word = piece.trim_end_matches(is_edge).trim_end_matches(['.', ',', ';', ':', '!', '?', '…']);
        if is_address(word) {
            let end = start + word.len();
            return Some((line.get(..start)?, line.get(start..end)?, line.get(end..)?));
        }
        start += piece.len();
    }
    None
}

fn is_address(word: &str) -> bool {
    let has_more = |prefix: &str| starts_with(word, prefix) && word.len() > prefix.len();
    if ["https://", "http://", "www.", "mailto:"].into_iter().any(has_more) {
        return true;
    }
    let is_local = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '+');
    let is_host = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-');
    word.split_once('@').is_some_and(|(local, host)| {
        word.len() <= 254
            && !local.is_empty()
            && local.chars().all(is_local)
            && host.chars().all(is_host)
            && host.split_once('.').is_some_and(|(first, rest)| !first.is_empty() && !rest.is_empty())
    })
}

fn starts_with(word: &str, prefix: &str) -> bool {
    word.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> String {
        html(text, Lang::En)
    }

    #[test]
    fn addresses_become_links_and_nothing_else_opens() {
        let page = of("See https://x.example/a?b=1&c=2, or <www.y.example>, (maire@mairie.test).");
        assert!(page.contains("href=\"https://x.example/a?b=1&amp;c=2\""), "{page}");
        assert!(
            page.contains("href=\"https://www.y.example/\"") && page.contains("href=\"mailto:maire@mairie.test\""),
            "{page}"
        );
        assert!(page.contains("</a>, or &lt;<a"), "{page}");
        for attack in [
            "[<script>alert(1)</script>] https://x.example/\"><img src=x onerror=alert(1)>",
            "a@a.co?]<img/src=\"x\"/onerror=alert(1)>",
            "https://x.example/<svg onload=alert(1)>",
            "www.x.example/'onmouseover='alert(1)",
            "mailto:a@b.example?subject=\"><script>alert(1)</script>",
            "javascript:alert(1) JAVASCRIPT://x.example/%0aalert(1)",
            "http://`onclick=alert(1)`",
        ] {
            let page = of(attack);
            for bad in ["<script", "<img", "<svg", "href=\"javascript"] {
                assert!(!page.to_lowercase().contains(bad), "{attack}: {page}");
            }
            let tags = page.matches('<').count();
            assert_eq!(
                tags,
                page.matches("<div class=\"words\">").count()
                    + page.matches("</div>").count()
                    + 2 * page.matches("</a>").count()
                    + 2 * page.matches("<span class=\"leads\">").count(),
                "{page}"
            );
        }
    }

    #[test]
    fn quotes_are_folded_in_each_other() {
        let page = of("Yes.\n> Shall we?\n> > When?\n>> Then.\nRegards");
        assert_eq!(page.matches("<details").count(), 2, "{page}");
        assert_eq!(page.matches(" open>").count(), 1, "{page}");
        assert!(page.find("Yes.") < page.find("Shall we?") && page.find("When?") < page.find("Regards"), "{page}");
        let deep = of(&format!("{} x", ">".repeat(10_000)));
        assert_eq!(deep.matches("<details").count(), DEPTH_MAX, "{deep}");
    }

    #[test]
    fn endless_lines_cost_their_length() {
        let page = of(&"a@b.c.".repeat(100_000));
        assert!(page.len() > 600_000);
        of(&"http://".repeat(100_000));
        of(&"www.x.example ".repeat(50_000));
        assert!(of(&"www.x.example ".repeat(5000)).matches("<a ").count() == LINKS_MAX);
    }
}
