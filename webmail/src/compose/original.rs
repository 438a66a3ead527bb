//! What a message says and what hangs on it, read through the structure that its summary has: nothing is parsed a second time.

use mail::{Part, Summary};
use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::charsets::map::charset_decoder;
use mail_parser::decoders::html::html_to_text;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;

/// Octets of a text that are quoted.
const TEXT_BYTES: usize = 200_000;
/// Attachments that are taken along.
const FILES_MAX: usize = 100;

/// What hangs on a message.
#[derive(Debug, PartialEq, Eq)]
pub struct File {
    /// Its name; empty where it has none.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Its octets.
    pub bytes: Vec<u8>,
}

/// The text of a message: its first plain part, else what its first page says.
#[must_use]
pub fn text(summary: &Summary, raw: &[u8]) -> String {
    let leaves = summary.root.leaves();
    let of = |subtype: &str| {
        leaves.iter().copied().find(|part| part.kind == "text" && part.subtype == subtype && !part.is_attachment())
    };
    let (part, is_html) = match (of("plain"), of("html")) {
        (Some(plain), _) => (plain, false),
        (None, Some(page)) => (page, true),
        (None, None) => return String::new(),
    };
    let octets = decoded(part, raw);
    let octets = octets.get(..TEXT_BYTES).unwrap_or(&octets);
    let charset = part.parameters.iter().find(|(name, _)| name.eq_ignore_ascii_case("charset"));
    let text = match charset.and_then(|(_, charset)| charset_decoder(charset.as_bytes())) {
        Some(decode) => decode(octets),
        None => String::from_utf8_lossy(octets).into_owned(),
    };
    super::typed::text(&if is_html { html_to_text(&text) } else { text })
}

/// What hangs on a message, messages inside it included.
#[must_use]
pub fn files(summary: &Summary, raw: &[u8]) -> Vec<File> {
    let hanging = summary.root.leaves().into_iter().filter(|part| part.is_attachment());
    let file = |part: &Part| File {
        name: super::typed::line(part.file_name().unwrap_or_default()),
        media_type: format!("{}/{}", part.kind, part.subtype),
        bytes: decoded(part, raw),
    };
    hanging.take(FILES_MAX).map(file).collect()
}

fn decoded(part: &Part, raw: &[u8]) -> Vec<u8> {
    let body = raw.get(part.body()).unwrap_or_default();
    let decoded = match part.encoding.as_str() {
        "base64" => base64_decode(body),
        "quoted-printable" => quoted_printable_decode(body),
        _ => None,
    };
    decoded.unwrap_or_else(|| body.to_vec())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    fn of(raw: &str) -> (String, Vec<File>) {
        let raw = raw.replace('\n', "\r\n").into_bytes();
        let summary = Summary::of(&raw);
        (text(&summary, &raw), files(&summary, &raw))
    }

    #[test]
    fn plain_text_comes_before_a_page_and_files_come_along() {
        let raw = "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/alternative; boundary=b\n\n\
                   --b\nContent-Type: text/html\n\n<p>page</p>\n--b\nContent-Type: text/plain; charset=iso-8859-1\n\
                   Content-Transfer-Encoding: quoted-printable\n\nplein =E9t=E9\n--b--\n--a\nContent-Type: image/png\n\
                   Content-Disposition: attachment; filename=\"plan.png\"\nContent-Transfer-Encoding: base64\n\nAQID\n--a--\n";
        let (text, files) = of(raw);
        assert_eq!(text.trim(), "plein été");
        let plan = File { name: "plan.png".to_owned(), media_type: "image/png".to_owned(), bytes: vec![1, 2, 3] };
        assert_eq!(files, [plan]);
    }

    #[test]
    fn a_page_gives_its_words_only() {
        let (text, files) =
            of("Content-Type: text/html; charset=utf-8\n\n<script>alert(1)</script><p>Bonjour <b>à</b> tous</p>\n");
        assert!(text.contains("Bonjour à tous") && !text.contains('<'), "{text}");
        assert!(files.is_empty());
    }

    #[test]
    fn what_is_no_mail_breaks_nothing() {
        for raw in ["", "\0\0\0", "Content-Type: multipart/mixed; boundary=\n\n--\n----\n"] {
            of(raw);
        }
    }
}
