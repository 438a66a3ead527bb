//! Message content as DATA sends it.

/// The message with CRLF line ends, dots stuffed and the end of data appended (RFC 5321 §4.5.2).
///
/// Stray carriage returns become spaces and stray line feeds become line ends: what we send must not be
/// read as the end of data by anybody who is lax about line ends.
#[must_use]
pub fn stuffed(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len() + raw.len() / 64 + 8);
    let mut rest = raw;
    while !rest.is_empty() {
        let (line, after) = match memchr::memchr(b'\n', rest) {
            Some(lf) => rest.split_at(lf + 1),
            None => (rest, &[][..]),
        };
        rest = after;
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.first() == Some(&b'.') {
            out.push(b'.');
        }
        if memchr::memchr(b'\r', line).is_some() {
            out.extend(line.iter().map(|&b| if b == b'\r' { b' ' } else { b }));
        } else {
            out.extend_from_slice(line);
        }
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b".\r\n");
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn only_the_end_looks_like_the_end() {
        assert_eq!(stuffed(b"a\r\n.b\r\n.\r\n"), b"a\r\n..b\r\n..\r\n.\r\n");
        assert_eq!(stuffed(b"a\n.\rb"), b"a\r\n.. b\r\n.\r\n");
        assert_eq!(stuffed(b""), b".\r\n");
    }
}
