//! Hostile mail: every case of `tests/browser/payloads` is washed and looked at, real mail is opened, octets are thrown.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod browser;
mod corpus;
mod pages;
mod random;
mod through;

use std::path::{Path, PathBuf};

use html5ever::TokenizerResult;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};

use super::html::{Clean, cleaned};
use crate::testing::browser_folder;

/// A case of the payloads.
struct Case {
    /// File and name.
    name: String,
    /// What has to be readable afterwards.
    words: String,
    /// The whole message.
    raw: String,
}

/// All cases, as messages.
fn cases() -> Vec<Case> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(browser_folder().join("payloads")).unwrap().map(|file| file.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|end| end == "txt"));
    files.sort();
    let cases: Vec<Case> = files.iter().flat_map(|file| of_file(file)).collect();
    assert!(cases.len() > 100, "only {} cases", cases.len());
    cases
}

fn of_file(file: &Path) -> Vec<Case> {
    let family = file.file_stem().unwrap().to_str().unwrap().to_owned();
    let text = std::fs::read_to_string(file).unwrap();
    let head = match family.split('-').next().unwrap() {
        "html" => {
            "From: a@evil.example\nMIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: 8bit\nSubject: {}\n\n"
        }
        "text" => {
            "From: a@evil.example\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\nSubject: {}\n\n"
        }
        _ => "",
    };
    let parts = text.split("=== ").skip(1);
    parts
        .map(|part| {
            let (title, content) = part.split_once('\n').unwrap();
            let (name, words) = title.split_once(" | ").unwrap();
            let name = format!("{family}: {name}");
            Case { raw: format!("{}{content}", head.replace("{}", &name)), name, words: words.trim().to_owned() }
        })
        .collect()
}

fn washed(page: &str) -> Clean {
    cleaned(&[page.to_owned()], std::collections::HashMap::new(), "picture").expect("affordable")
}

/// Looks at every tag of a washed page, with another eye than the one that washed it; gives back its text.
fn looked_at(name: &str, page: &str) -> String {
    let tokenizer =
        Tokenizer::new(Eye { name: name.to_owned(), text: std::cell::RefCell::default() }, TokenizerOpts::default());
    let queue = BufferQueue::default();
    queue.push_back(StrTendril::from(page));
    while !matches!(tokenizer.feed(&queue), TokenizerResult::Done) {}
    tokenizer.end();
    tokenizer.sink.text.into_inner()
}

struct Eye {
    name: String,
    text: std::cell::RefCell<String>,
}

impl TokenSink for Eye {
    type Handle = ();

    fn process_token(&self, token: Token, _: u64) -> TokenSinkResult<()> {
        match token {
            Token::TagToken(tag) => self.tag(&tag),
            Token::CharacterTokens(text) => self.text.borrow_mut().push_str(&text),
            Token::CommentToken(comment) => panic!("{}: a comment: {comment}", self.name),
            Token::DoctypeToken(_) => panic!("{}: a doctype", self.name),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

const KNOWN: &[&str] = &[
    "href",
    "src",
    "alt",
    "title",
    "style",
    "class",
    "target",
    "rel",
    "width",
    "height",
    "align",
    "valign",
    "bgcolor",
    "color",
    "face",
    "size",
    "dir",
    "lang",
    "border",
    "cellpadding",
    "cellspacing",
    "colspan",
    "rowspan",
    "span",
    "start",
    "type",
    "value",
];
const NEVER: &[&str] = &[
    "script",
    "style",
    "iframe",
    "object",
    "embed",
    "svg",
    "math",
    "form",
    "input",
    "button",
    "select",
    "textarea",
    "link",
    "meta",
    "base",
    "video",
    "audio",
    "source",
    "picture",
    "template",
    "title",
    "noscript",
    "xmp",
    "plaintext",
    "html",
    "head",
    "body",
    "frame",
    "frameset",
    "map",
    "area",
    "marquee",
    "details",
    "dialog",
    "slot",
    "portal",
    "applet",
    "image",
];

impl Eye {
    fn tag(&self, tag: &Tag) {
        let name = &self.name;
        assert!(!NEVER.contains(&&*tag.name), "{name}: <{}>", tag.name);
        if tag.kind == TagKind::EndTag {
            return;
        }
        for attribute in &tag.attrs {
            let (key, value) = (&*attribute.name.local, attribute.value.to_ascii_lowercase());
            assert!(KNOWN.contains(&key), "{name}: {key}={value}");
            match key {
                "href" => {
                    let is_known =
                        ["http://", "https://", "mailto:", "tel:"].iter().any(|scheme| value.starts_with(scheme));
                    assert!(is_known && &*tag.name == "a", "{name}: href={value}");
                    assert!(
                        tag.attrs.iter().any(|one| &*one.name.local == "rel" && one.value.contains("noopener")),
                        "{name}"
                    );
                }
                "src" => {
                    let is_picture = ["png", "jpeg", "gif", "webp"]
                        .iter()
                        .any(|kind| value.starts_with(&format!("data:image/{kind};base64,")));
                    assert!(is_picture, "{name}: src={value:.80}");
                }
                "target" => assert_eq!(value, "_blank", "{name}"),
                "style" => self.style(&value),
                _ => {}
            }
        }
    }

    fn style(&self, value: &str) {
        for never in [
            "url",
            "var(",
            "image",
            "attr(",
            "expression",
            "@",
            "position",
            "\\",
            "/*",
            "important",
            "z-index",
            "content",
            "<",
            "{",
        ] {
            assert!(!value.contains(never), "{}: style={value}", self.name);
        }
    }
}
