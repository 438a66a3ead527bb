//! Octets that nobody thought of.

use proptest::collection::vec;
use proptest::prelude::*;

use super::super::letter::{Letter, files, pages};
use super::super::{file_name, html, text};
use super::looked_at;
use crate::Lang;

/// What HTML is made of, and what attackers make of it.
const PIECES: &[&str] = &[
    "<script>",
    "</script>",
    "<style>",
    "</style>",
    "<svg>",
    "</svg>",
    "<math>",
    "<mtext>",
    "<mglyph>",
    "<table>",
    "<td>",
    "</table>",
    "<p>",
    "</p>",
    "<a href=\"",
    "<a href=javascript:alert(1)>",
    "</a>",
    "<img src=",
    "<img src=x onerror=alert(1)>",
    "cid:logo",
    "\"",
    "'",
    ">",
    "<",
    "</",
    "<!--",
    "-->",
    "--!>",
    "<![CDATA[",
    "]]>",
    "<?",
    "&lt;",
    "&#x6a;",
    "&colon;",
    "url(",
    "style=\"",
    "background:url(//evil.example)",
    "<form>",
    "<select>",
    "<option>",
    "<template>",
    "<noscript>",
    "<title>",
    "<textarea>",
    "<plaintext>",
    "<iframe srcdoc=",
    "<b>",
    "</b>",
    "<font>",
    " onload=alert(1) ",
    "\0",
    "\u{2028}",
    "position:fixed",
    "\\75rl(",
    "expression(",
    "https://evil.example/",
    "`",
    "/*",
    "*/",
    "}",
    ";",
    ":",
    "<annotation-xml encoding=text/html>",
    "<foreignObject>",
    "<br>",
    "</br>",
    "<body onload=alert(1)>",
    "<html>",
    "<base href=//x>",
    "\n",
    " ",
    "<h1>",
    "<li>",
    "<ruby>",
    "<rp>",
    "<pre>\n",
    "<nobr>",
    "=",
    "data:image/svg+xml,<svg>",
    "mailto:",
    "@",
    "www.evil.example",
    "> ",
];

/// Pieces that mean something to one parser or another.
fn piece() -> impl Strategy<Value = String> {
    let known = prop::sample::select(PIECES);
    prop_oneof![8 => known.prop_map(str::to_owned), 1 => "[ -~]{0,12}", 1 => any::<String>()]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]

    #[test]
    fn any_page_is_harmless(pieces in vec(piece(), 0..40)) {
        let page = pieces.concat();
        if let Some(clean) = html::cleaned(std::slice::from_ref(&page), std::collections::HashMap::new(), "picture") {
            looked_at(&page, &clean.html);
        }
    }

    #[test]
    fn any_text_is_escaped(pieces in vec(piece(), 0..40)) {
        let page = text::html(&pieces.concat(), Lang::Fr);
        for never in ["<script", "<img", "<svg", "<iframe", "href=\"javascript", "<style", "<base"] {
            prop_assert!(!page.to_lowercase().contains(never), "{page}");
        }
    }

    #[test]
    fn any_octets_are_a_letter(octets in vec(any::<u8>(), 0..600), pieces in vec(piece(), 0..20), kind in 0..6_usize) {
        let kinds = ["text/html; charset=utf-7", "multipart/mixed; boundary=b", "multipart/related; boundary=\"\"", "message/rfc822", "text/calendar", "\"x"];
        let mut raw = format!("Subject: {}\r\nContent-Type: {}\r\n\r\n--b\r\n\r\n{}", pieces.concat(), kinds[kind], pieces.concat()).into_bytes();
        raw.extend(octets);
        let summary = mail::Summary::of(&raw);
        let letter = Letter::of(&summary, &raw);
        prop_assert!(!letter.subject.contains(['\r', '\n']));
        let (sources, images) = pages(&summary, &raw);
        if let Some(clean) = html::cleaned(&sources, images, "picture") {
            looked_at("octets", &clean.html);
        }
        for number in 0..4 {
            drop(files::taken(&summary.root, &raw, number));
        }
    }

    #[test]
    fn any_name_fits_a_header(name in any::<String>()) {
        let value = file_name::disposition(&name);
        prop_assert!(value.bytes().all(|octet| (b' '..=b'~').contains(&octet)), "{value}");
        prop_assert!(!file_name::safe(&name).contains(['/', '\\', '\r', '\n', '\0', '"']));
    }
}
