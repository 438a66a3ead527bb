//! Strangers' words on our pages: one line, no tricks of direction, escaped.

/// Invisible characters that turn the direction of what follows (Unicode TR 36 §2.6), and others that only hide.
fn is_trick(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// A text on one line without control characters and tricks of direction, at most `chars` long.
#[must_use]
pub fn line(text: &str, chars: usize) -> String {
    let mut out = String::new();
    for (count, c) in text.chars().filter(|c| !is_trick(*c)).enumerate() {
        if count == chars {
            out.push('…');
            break;
        }
        // U+2028 and U+2029 end lines, too.
        out.push(if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c });
    }
    out.trim().to_owned()
}

/// A text of several lines without control characters and tricks of direction.
#[must_use]
pub fn lines(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.chars().filter(|c| !is_trick(*c) && (!c.is_control() || matches!(c, '\n' | '\t'))).collect()
}

/// Whether a text turns directions.
#[must_use]
pub fn has_tricks(text: &str) -> bool {
    text.chars().any(|c| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
}

/// A text as it stands in HTML, in elements and in quoted attributes alike.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '`' => out.push_str("&#96;"),
            '\0' => {}
            c => out.push(c),
        }
    }
    out
}

/// The first octets of a text, cut between characters.
#[must_use]
pub fn cut(text: &str, max_bytes: usize) -> &str {
    let mut end = max_bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// A text of a URL without its `%` escapes (RFC 3986 §2.1); what is no UTF-8 is replaced.
#[must_use]
pub fn unescaped(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        let hex = after.get(..2).and_then(|pair| std::str::from_utf8(pair).ok());
        match hex.filter(|_| *first == b'%').and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(octet) => {
                out.push(octet);
                rest = after.get(2..).unwrap_or_default();
            }
            None => out.push(*first),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tricks_are_taken_out() {
        assert_eq!(line("facture\u{202e}fdp.exe", 50), "facturefdp.exe");
        assert_eq!(line("a\r\nBcc: x\u{2028}y\0", 50), "a  Bcc: x y");
        assert_eq!(line("abcdef", 3), "abc…");
        assert_eq!(lines("a\r\nb\rc\u{7}\td\u{200b}"), "a\nb\nc\td");
    }

    #[test]
    fn nothing_opens() {
        assert_eq!(escaped("<a href=\"x\" b='y'>&`"), "&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;&#96;");
        assert_eq!(cut("é", 1), "");
        assert_eq!(unescaped("a%40b%zz%"), "a@b%zz%");
    }
}
