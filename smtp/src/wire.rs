//! Replies on the wire, in both directions.
//!
//! ```text
//! Reply-line = *( code "-" [ textstring ] CRLF ) code [ SP textstring ] CRLF      (RFC 5321 §4.2)
//! ```

use mail::{Enhanced, Reply};

/// RFC 5321 §4.5.3.1.5: a reply line has at most 512 octets, code and CRLF included.
const REPLY_TEXT_MAX: usize = 480;

/// A reply of more lines or octets than this is no reply.
const REPLY_MAX_BYTES: usize = 64 * 1024;

/// Appends `reply` as one or more reply lines. Characters that could start another reply are replaced.
pub(crate) fn write_reply(out: &mut Vec<u8>, reply: &Reply) {
    let mut lines = reply.text.split('\n').peekable();
    while let Some(line) = lines.next() {
        let separator = if lines.peek().is_some() { '-' } else { ' ' };
        out.extend_from_slice(format!("{:03}{separator}", reply.code).as_bytes());
        // RFC 2034 §4: every line of 2yz, 4yz and 5yz replies carries the enhanced code.
        if let Some(enhanced) = reply.enhanced {
            out.extend_from_slice(format!("{enhanced} ").as_bytes());
        }
        let safe = line.bytes().map(|b| if b.is_ascii_control() { b' ' } else { b });
        out.extend(safe.take(REPLY_TEXT_MAX));
        out.extend_from_slice(b"\r\n");
    }
}

/// Cuts one whole reply off the front of `input`. `Ok(None)` when more bytes are needed.
///
/// # Errors
/// The line that is no reply.
pub(crate) fn take_reply(input: &mut Vec<u8>) -> Result<Option<Reply>, String> {
    let mut texts: Vec<String> = Vec::new();
    let mut first: Option<(u16, Option<Enhanced>)> = None;
    let mut used = 0;
    loop {
        let rest = input.get(used..).unwrap_or_default();
        let Some(end) = memchr::memchr(b'\n', rest) else {
            return if input.len() > REPLY_MAX_BYTES { Err("a reply without an end".into()) } else { Ok(None) };
        };
        used += end + 1;
        let line = String::from_utf8_lossy(rest.get(..end).unwrap_or_default());
        let line = line.trim_end_matches('\r');
        let (code, last, text) = reply_line(line).ok_or_else(|| line.chars().take(80).collect::<String>())?;
        let (enhanced, text) = split_enhanced(code, text);
        texts.push(text.to_owned());
        let (code, enhanced) = *first.get_or_insert((code, enhanced));
        if last {
            input.drain(..used);
            return Ok(Some(Reply { code, enhanced, text: texts.join("\n").into() }));
        }
    }
}

fn reply_line(line: &str) -> Option<(u16, bool, &str)> {
    let code: u16 = line.get(..3).filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()))?.parse().ok()?;
    let well_formed = (200..600).contains(&code);
    match line.as_bytes().get(3) {
        // RFC 5321 §4.2: a client accepts a bare code without text.
        None => well_formed.then_some((code, true, "")),
        Some(b' ') => well_formed.then(|| (code, true, line.get(4..).unwrap_or_default())),
        Some(b'-') => well_formed.then(|| (code, false, line.get(4..).unwrap_or_default())),
        Some(_) => None,
    }
}

// RFC 2034 §4: the class of an enhanced code has to agree with the reply code's first digit.
fn split_enhanced(code: u16, text: &str) -> (Option<Enhanced>, &str) {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    let mut numbers = word.splitn(3, '.').map(|part| part.parse::<u16>().ok());
    match (numbers.next().flatten(), numbers.next().flatten(), numbers.next().flatten()) {
        (Some(class), Some(subject), Some(detail)) if class == code / 100 => {
            (Some(Enhanced(u8::try_from(class).unwrap_or(5), subject, detail)), rest)
        }
        _ => (None, text),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_reply_waits_for_its_last_line() {
        let mut input = b"250-mx.test\r\n250 SIZE 10\r\n250 2.0.0 ok\r\n".to_vec();
        assert_eq!(take_reply(&mut input).unwrap().unwrap().text, "mx.test\nSIZE 10");
        let second = take_reply(&mut input).unwrap().unwrap();
        assert_eq!((second.enhanced, second.text.as_ref()), (Some(Enhanced(2, 0, 0)), "ok"));
        assert_eq!(take_reply(&mut input), Ok(None));
        assert!(take_reply(&mut b"HTTP/1.1 200 OK\r\n".to_vec()).is_err());
    }

    #[test]
    fn no_text_of_ours_starts_a_second_reply() {
        let mut out = Vec::new();
        write_reply(&mut out, &Reply::plain(250, "a\r250 b"));
        assert_eq!(out, b"250 a 250 b\r\n");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(code in 200u16..600, detail in 0u16..99, text in "[a-z]{1,9}(\n[a-z]{1,9}){0,3}") {
            let reply = Reply::new(code, Enhanced((code / 100) as u8, 1, detail), text);
            let mut out = Vec::new();
            write_reply(&mut out, &reply);
            prop_assert_eq!(take_reply(&mut out).unwrap().unwrap(), reply);
        }

        #[test]
        fn no_bytes_make_it_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = take_reply(&mut bytes);
        }
    }
}
