//! What the server writes: strings, numbers and lists into a buffer (RFC 9051 §4, §7).

mod envelope;
mod structure;

pub(crate) use envelope::write_envelope;
pub(crate) use structure::write_structure;

/// Writes one untagged response, or anything else, as bytes.
pub(crate) trait Write {
    /// Bytes as they are.
    fn put(&mut self, bytes: impl AsRef<[u8]>);

    /// A string: quoted where it can be, else a literal (RFC 9051 §4.3).
    fn string(&mut self, text: impl AsRef<[u8]>) {
        let text = text.as_ref();
        if text.len() <= 1000 && text.iter().all(|byte| (b' '..=b'~').contains(byte)) {
            self.put(b"\"");
            for byte in text {
                if matches!(byte, b'"' | b'\\') {
                    self.put(b"\\");
                }
                self.put([*byte]);
            }
            self.put(b"\"");
        } else {
            self.literal(text);
        }
    }

    /// A literal.
    fn literal(&mut self, octets: &[u8]) {
        self.put(format!("{{{}}}\r\n", octets.len()));
        self.put(octets);
    }

    /// A string, or NIL.
    fn nstring(&mut self, text: Option<impl AsRef<[u8]>>) {
        match text {
            Some(text) => self.string(text),
            None => self.put(b"NIL"),
        }
    }

    /// A header text: ASCII, as encoded words where it has to be (RFC 2047).
    fn header_text(&mut self, text: Option<&str>) {
        self.nstring(text.map(|text| mail::encoded_words(&printable(text)).join(" ")));
    }

    /// A list in parentheses, or NIL when it is empty.
    fn list_or_nil<T>(&mut self, items: &[T], between: &str, mut each: impl FnMut(&mut Self, &T)) {
        if items.is_empty() {
            return self.put(b"NIL");
        }
        self.put(b"(");
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                self.put(between);
            }
            each(self, item);
        }
        self.put(b")");
    }

    /// A folder's name.
    fn mailbox_name(&mut self, name: &str) {
        self.string(crate::to_modified_utf7(name));
    }
}

impl Write for Vec<u8> {
    fn put(&mut self, bytes: impl AsRef<[u8]>) {
        self.extend_from_slice(bytes.as_ref());
    }
}

// No line end and no control character may leave its string.
fn printable(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn strings_are_quoted_where_they_can_be() {
        assert_eq!(written(|out| out.string("a \"b\" \\c")), r#""a \"b\" \\c""#);
        assert_eq!(written(|out| out.string("a\r\nb")), "{4}\r\na\r\nb");
        assert_eq!(written(|out| out.nstring(None::<&str>)), "NIL");
    }

    #[test]
    fn header_texts_are_ascii() {
        assert_eq!(written(|out| out.header_text(Some("é\r\nX: y"))), "\"=?utf-8?q?=C3=A9__X=3A_y?=\"");
    }
}
