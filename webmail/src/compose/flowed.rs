//! Text that flows: long lines are cut softly, so that a phone joins them again and an old program reads them as they are.
//!
//! ```text
//!   a long line that goes on and on      ──>   a long line that goes ⎵ CRLF
//!                                              on and on CRLF              RFC 3676: a space at the end means "goes on"
//! ```

/// Characters of a line, its space included (RFC 3676 §4.2).
const LINE_CHARS: usize = 76;

/// The body of a `text/plain; format=flowed` part.
#[must_use]
pub fn flowed(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 16);
    for line in text.trim_end_matches('\n').split('\n') {
        // RFC 3676 §4.3: the mark of a signature is the one line that ends in a space and does not go on.
        if line == "-- " || line == "--" {
            out.push_str("-- \r\n");
            continue;
        }
        let quotes = line.bytes().take_while(|octet| *octet == b'>').count();
        let (marks, rest) = line.split_at(quotes);
        flow(&mut out, marks, rest.strip_prefix(' ').filter(|_| quotes > 0).unwrap_or(rest).trim_end_matches(' '));
    }
    out
}

fn flow(out: &mut String, marks: &str, mut rest: &str) {
    let room = LINE_CHARS.saturating_sub(marks.len() + 1).max(20);
    while let Some(cut) = cut(rest, room) {
        let (now, later) = rest.split_at(cut);
        put(out, marks, now);
        rest = later;
    }
    put(out, marks, rest);
}

/// Where a line is cut: behind the last space that fits, else behind the first one.
fn cut(line: &str, room: usize) -> Option<usize> {
    let end = line.char_indices().nth(room).map(|(at, _)| at)?;
    let (fits, over) = line.split_at(end);
    let behind = |at: usize| at + 1;
    let found = fits.rfind(' ').or_else(|| over.find(' ').map(|at| end + at)).map(behind)?;
    (found < line.len()).then_some(found)
}

fn put(out: &mut String, marks: &str, line: &str) {
    out.push_str(marks);
    // RFC 3676 §4.4: space-stuffing. A quoted line has its space for the eye, too.
    let stuffed = line.starts_with([' ', '>']) || line.starts_with("From ");
    if stuffed || (!marks.is_empty() && !line.is_empty()) {
        out.push(' ');
    }
    out.push_str(line);
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_go_on_and_short_ones_stay() {
        let long = "mot ".repeat(30);
        let out = flowed(&format!("Bonjour,\n\n{long}\nFrom here\n > x\n-- \nAnne"));
        let lines: Vec<&str> = out.split("\r\n").collect();
        assert_eq!(lines.first().copied(), Some("Bonjour,"));
        assert!(lines.iter().all(|line| line.chars().count() <= 78));
        assert!(lines.get(2).is_some_and(|line| line.ends_with(' ')));
        assert!(out.contains("\r\n From here\r\n  > x\r\n-- \r\nAnne\r\n"), "{out}");
    }

    #[test]
    fn quoted_lines_flow_under_their_marks() {
        let out = flowed(&format!("> {}\n>> tief", "wort ".repeat(30)));
        assert!(out.starts_with("> wort ") && out.matches("\r\n> wort").count() >= 1, "{out}");
        assert!(out.ends_with("\r\n>> tief\r\n"), "{out}");
    }

    #[test]
    fn a_word_without_end_is_not_cut() {
        let word = "é".repeat(500);
        assert_eq!(flowed(&word), format!("{word}\r\n"));
        assert_eq!(flowed(""), "\r\n");
    }
}
