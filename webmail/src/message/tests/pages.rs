//! What is left of hostile pages, and of honest ones.

use std::collections::HashMap;

use super::super::html::{Image, cleaned};
use super::super::letter::{Letter, pages};
use super::super::text;
use super::{cases, looked_at, washed};
use crate::Lang;

#[test]
fn every_payload_is_harmless_and_its_words_are_kept() {
    for case in cases() {
        let raw = case.raw.replace('\n', "\r\n").into_bytes();
        let summary = mail::Summary::of(&raw);
        let letter = Letter::of(&summary, &raw);
        let (sources, images) = pages(&summary, &raw);
        let clean = cleaned(&sources, images, "picture").unwrap_or_else(|| panic!("{}: too intricate", case.name));
        let mut said = looked_at(&case.name, &clean.html);
        // Words and what stands on the page by itself are escaped by the template, or by `text`.
        said.push_str(&letter.words);
        said.push_str(&letter.subject);
        said.extend(letter.invitation.map(|what| what.summary));
        assert!(said.contains(&case.words), "{}: {:?} is not in {said}", case.name, case.words);
        let words = text::html(&letter.words, Lang::De);
        for never in ["<script", "<img", "<svg", "<a href=\"javascript", "<style"] {
            assert!(!words.to_lowercase().contains(never), "{}: {words}", case.name);
        }
    }
}

#[test]
fn an_honest_letter_looks_as_it_did() {
    let page = "<html><head><style>p{color:red}</style></head><body><p class=MsoNormal style='margin:0cm;font-family:\"Calibri\",sans-serif'>\
                Bonjour <b>à tous</b>,</p><table border=1 cellpadding=3 width=\"100%\"><tr><td bgcolor=#eeeeee colspan=2 align=center>\
                1 &lt; 2</td></tr></table><ul><li>un<li>deux</ul><a href=\"https://mairie.example/plan\">le plan</a></body></html>";
    let clean = washed(page);
    looked_at("honest", &clean.html);
    for kept in [
        "<p style=\"margin: 0cm; font-family: 'Calibri', sans-serif\">Bonjour <b>à tous</b>,</p>",
        "<table border=\"1\" cellpadding=\"3\" width=\"100%\">",
        "<td bgcolor=\"#eeeeee\" colspan=\"2\" align=\"center\">1 &lt; 2</td>",
        "<li>un</li><li>deux</li>",
        ">le plan</a>",
    ] {
        assert!(clean.html.contains(kept), "{kept} is not in {}", clean.html);
    }
    assert_eq!((clean.counts.remote, clean.counts.misleading), (0, 0));
    assert!(!clean.html.contains("color:red"), "{}", clean.html);
}

#[test]
fn what_is_not_shown_is_counted_and_said() {
    let page = "<img src=http://evil.example/a.png alt='Our <logo>'><img src=https://evil.example/b.gif width=1 height=1>\
                <img src=https://evil.example/c.png><a href=https://evil.example/>www.mabanque.example</a>";
    let clean = washed(page);
    assert_eq!((clean.counts.remote, clean.counts.misleading), (3, 1));
    assert!(
        clean.html.contains(
            "<span class=\"relais-image\">Our &lt;logo&gt;</span><span class=\"relais-image\">picture</span>"
        ),
        "{}",
        clean.html
    );
    assert!(
        clean.html.contains("www.mabanque.example<span class=\"relais-leads\">→ evil.example</span></a>"),
        "{}",
        clean.html
    );
}

#[test]
fn pictures_that_came_along_are_shown_until_there_is_no_room() {
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    png.resize(3 * 1024 * 1024, 0);
    let images = || HashMap::from([("logo@x".to_owned(), Image::of(png.clone()).unwrap())]);
    let of = |times: usize| {
        cleaned(&["<img src=\"cid:logo%40x\" alt=Logo>".repeat(times)], images(), "picture").unwrap().html
    };
    assert!(of(1).starts_with("<img src=\"data:image/png;base64,iVBORw0KGgoAAA"));
    // Shown a thousand times, a picture would be gigabytes.
    assert_eq!(of(1000).matches("data:image/png").count(), 3);
    let none = cleaned(&["<img src=cid:other alt=Logo>".to_owned()], images(), "picture").unwrap();
    assert_eq!(none.html, "<span class=\"relais-image\">Logo</span>");
    assert_eq!(Image::of(b"<svg onload=alert(1)>".to_vec()), None);
}

#[test]
fn washing_twice_changes_nothing() {
    for case in cases().into_iter().filter(|case| case.name.starts_with("html-")) {
        let once = washed(&case.raw).html;
        let again = washed(&once);
        let (first, second) = (looked_at(&case.name, &once), looked_at(&case.name, &again.html));
        // Our own remarks are said again where their reason is still there, never more than that.
        assert!(second.contains(first.trim()) || first.contains("→"), "{}: {once} became {}", case.name, again.html);
    }
}

#[test]
fn pages_that_would_cost_too_much_show_their_words() {
    let bomb =
        format!("{}{}", (0..20_000).map(|n| format!("<font size={n}>")).collect::<String>(), "<p>x".repeat(20_000));
    assert_eq!(cleaned(&[bomb], HashMap::new(), "picture"), None);
    let large = format!("<p>start</p>{}", "<p>paragraph</p>".repeat(700_000));
    let started = washed(&large);
    assert!(started.html.starts_with("<p>start</p>") && started.html.len() <= 3 * 1024 * 1024);
}
