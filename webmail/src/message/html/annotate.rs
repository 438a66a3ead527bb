//! What we say ourselves inside a letter, between its two washings: where a link leads that says otherwise, and that a
//! picture is not shown.
//!
//! ```text
//!   washed page ── tokens ──┬─ picture from elsewhere ──> [its alternative text], counted
//!                           ├─ end of a link ──> [→ the host it leads to], where its text names another
//!                           └─ everything else, written anew ──> to the last washing
//! ```

use std::cell::RefCell;

use html5ever::TokenizerResult;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};

use super::images::Images;
use super::links;
use crate::message::plain::escaped;

/// Octets of a link's text that are looked at.
const LINK_TEXT_MAX: usize = 2000;

/// The page with our remarks, and what was counted. `word` stands where a picture has no alternative text.
pub fn annotated(washed: &str, images: &Images, word: &str) -> (String, Counts) {
    let sink = Scribe { word: word.to_owned(), state: RefCell::default(), images };
    let tokenizer = Tokenizer::new(sink, TokenizerOpts::default());
    let queue = BufferQueue::default();
    queue.push_back(StrTendril::from(washed));
    while !matches!(tokenizer.feed(&queue), TokenizerResult::Done) {}
    tokenizer.end();
    let state = tokenizer.sink.state.into_inner();
    (state.out, state.counts)
}

/// What a page has that is not shown, or hides something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Pictures that would have been fetched.
    pub remote: u32,
    /// Links whose text names another place than they lead to.
    pub misleading: u32,
}

#[derive(Default)]
struct State {
    out: String,
    link: Option<(url::Url, String)>,
    counts: Counts,
}

struct Scribe<'a> {
    word: String,
    state: RefCell<State>,
    images: &'a Images,
}

impl TokenSink for Scribe<'_> {
    type Handle = ();

    fn process_token(&self, token: Token, _: u64) -> TokenSinkResult<()> {
        let mut state = self.state.borrow_mut();
        match token {
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => self.start(&mut state, &tag),
            Token::TagToken(tag) => state.end(&tag),
            Token::CharacterTokens(text) => state.text(&text),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

impl Scribe<'_> {
    fn start(&self, state: &mut State, tag: &Tag) {
        if &*tag.name == "img" {
            return self.image(state, tag);
        }
        if &*tag.name == "a" {
            state.link = value(tag, "href").and_then(links::target).map(|target| (target, String::new()));
        }
        state.tag(tag);
    }

    fn image(&self, state: &mut State, tag: &Tag) {
        let source = value(tag, "src").unwrap_or_default();
        if self.images.has(source) {
            return state.tag(tag);
        }
        if source.starts_with("http") {
            state.counts.remote += 1;
        }
        // Of a picture of one point nobody misses anything.
        let alternative = value(tag, "alt").map(str::trim).filter(|text| !text.is_empty());
        if alternative.is_none() && is_beacon(tag) {
            return;
        }
        let text = alternative.unwrap_or(&self.word);
        state.out.push_str("<span class=\"relais-image\">");
        state.text(text);
        state.out.push_str("</span>");
    }
}

impl State {
    fn tag(&mut self, tag: &Tag) {
        self.out.push('<');
        self.out.push_str(&tag.name);
        for attribute in &tag.attrs {
            self.out.push_str(&format!(" {}=\"{}\"", attribute.name.local, escaped(&attribute.value)));
        }
        self.out.push('>');
    }

    fn end(&mut self, tag: &Tag) {
        if &*tag.name == "a"
            && let Some((target, text)) = self.link.take()
            && let Some(remark) = links::remark(&target, &text)
        {
            self.counts.misleading += 1;
            self.out.push_str(&format!("<span class=\"relais-leads\">\u{2192} {}</span>", escaped(&remark)));
        }
        self.out.push_str(&format!("</{}>", tag.name));
    }

    fn text(&mut self, text: &str) {
        if let Some((_, said)) = self.link.as_mut().filter(|(_, said)| said.len() < LINK_TEXT_MAX) {
            said.push_str(text);
        }
        self.out.push_str(&escaped(text));
    }
}

fn value<'t>(tag: &'t Tag, name: &str) -> Option<&'t str> {
    tag.attrs.iter().find(|attribute| &*attribute.name.local == name).map(|attribute| &*attribute.value)
}

fn is_beacon(tag: &Tag) -> bool {
    let small = |name: &str| value(tag, name).is_some_and(|side| matches!(side.trim(), "0" | "1" | "2"));
    small("width") || small("height")
}
