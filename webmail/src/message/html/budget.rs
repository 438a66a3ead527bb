//! What a page would cost to be taken apart, before anybody does.
//!
//! ```text
//!   page ── tokens ── the tree builder, on a sink that keeps no tree ── steps, elements, octets ── too many? ── no page
//! ```
//!
//! The rules for misnested tags (WHATWG HTML §13.2.6.4.7) let some kilobytes grow to gigabytes: each unclosed
//! `<font>` is opened again in each paragraph after it. They are followed here exactly, and given up when they
//! lead too far.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use html5ever::interface::{ElementFlags, ExpandedName, NodeOrText, QuirksMode, TreeSink};
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};
use html5ever::tree_builder::{TreeBuilder, TreeBuilderOpts};
use html5ever::{Attribute, LocalName, QualName, TokenizerResult, local_name, ns};

/// Steps of the tree builder: looks at an element, one after another.
const STEPS_MAX: usize = 8_000_000;
/// Elements.
const ELEMENTS_MAX: usize = 300_000;
/// Octets of all attributes, those of elements that are opened again included.
const ATTRIBUTES_MAX_BYTES: usize = 16 * 1024 * 1024;

/// Open formatting elements whose names are compared in the time of one step.
const NAMES_A_STEP: usize = 64;

/// What stays open over the end of a paragraph.
const FORMATTING: [&str; 14] =
    ["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"];

/// Whether a page can be taken apart at a bounded cost.
#[must_use]
pub fn is_affordable(page: &str) -> bool {
    let sink = Counting::default();
    let context = sink.element(QualName::new(None, ns!(html), local_name!("div")));
    let tree = TreeBuilder::new_for_fragment(sink, context, None, TreeBuilderOpts::default());
    let state = tree.tokenizer_state_for_context_elem(false);
    let limited = Limited { tree, open: RefCell::default() };
    let tokenizer = Tokenizer::new(limited, TokenizerOpts { initial_state: Some(state), ..TokenizerOpts::default() });
    let queue = BufferQueue::default();
    queue.push_back(StrTendril::from(page));
    // Ends of scripts, and charsets that pages name, stop the tokenizer until it is asked again.
    while !matches!(tokenizer.feed(&queue), TokenizerResult::Done) {}
    tokenizer.end();
    !tokenizer.sink.is_over()
}

/// Hands tokens on until it was too much.
struct Limited {
    tree: TreeBuilder<Rc<Counted>, Counting>,
    open: RefCell<HashMap<LocalName, usize>>,
}

impl Limited {
    fn is_over(&self) -> bool {
        let sink = &self.tree.sink;
        sink.steps.get() > STEPS_MAX
            || sink.elements.get() > ELEMENTS_MAX
            || sink.attributes.get() > ATTRIBUTES_MAX_BYTES
    }

    // The list of open formatting elements is walked where the sink does not see it.
    fn count(&self, tag: &Tag) {
        if !FORMATTING.contains(&&*tag.name) {
            return;
        }
        let mut open = self.open.borrow_mut();
        let same = open.entry(tag.name.clone()).or_default();
        if tag.kind == TagKind::EndTag {
            *same = same.saturating_sub(1);
            return;
        }
        *same += 1;
        // Those of its own name are compared attribute by attribute, the others by name.
        let alike = *same;
        self.tree.sink.step(alike + open.values().sum::<usize>() / NAMES_A_STEP);
    }
}

impl TokenSink for Limited {
    type Handle = Rc<Counted>;

    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<Rc<Counted>> {
        if self.is_over() {
            return TokenSinkResult::Continue;
        }
        if let Token::TagToken(tag) = &token {
            self.count(tag);
        }
        self.tree.process_token(token, line)
    }

    fn end(&self) {
        if !self.is_over() {
            self.tree.end();
        }
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        self.tree.adjusted_current_node_present_but_not_in_html_namespace()
    }
}

/// An element of which nothing is kept but its name and how many children it has.
struct Counted {
    name: QualName,
    children: Cell<usize>,
}

#[derive(Default)]
struct Counting {
    steps: Cell<usize>,
    elements: Cell<usize>,
    attributes: Cell<usize>,
}

impl Counting {
    fn step(&self, steps: usize) {
        self.steps.set(self.steps.get().saturating_add(steps));
    }

    fn element(&self, name: QualName) -> Rc<Counted> {
        self.elements.set(self.elements.get() + 1);
        Rc::new(Counted { name, children: Cell::new(0) })
    }
}

impl TreeSink for Counting {
    type Handle = Rc<Counted>;
    type Output = ();
    type ElemName<'a> = ExpandedName<'a>;

    fn finish(self) {}
    fn parse_error(&self, _: Cow<'static, str>) {}
    fn get_document(&self) -> Rc<Counted> {
        self.element(QualName::new(None, ns!(), LocalName::from("")))
    }
    fn elem_name<'a>(&'a self, target: &'a Rc<Counted>) -> ExpandedName<'a> {
        self.step(1);
        target.name.expanded()
    }
    fn create_element(&self, name: QualName, attributes: Vec<Attribute>, _: ElementFlags) -> Rc<Counted> {
        let octets: usize = attributes.iter().map(|one| one.name.local.len() + one.value.len() + 4).sum();
        self.attributes.set(self.attributes.get().saturating_add(octets));
        self.element(name)
    }
    fn create_comment(&self, _: StrTendril) -> Rc<Counted> {
        self.get_document()
    }
    fn create_pi(&self, _: StrTendril, _: StrTendril) -> Rc<Counted> {
        self.get_document()
    }
    fn append(&self, parent: &Rc<Counted>, _: NodeOrText<Rc<Counted>>) {
        self.step(1);
        parent.children.set(parent.children.get() + 1);
    }
    fn append_based_on_parent_node(&self, _: &Rc<Counted>, before: &Rc<Counted>, child: NodeOrText<Rc<Counted>>) {
        self.append(before, child);
    }
    fn append_doctype_to_document(&self, _: StrTendril, _: StrTendril, _: StrTendril) {}
    fn get_template_contents(&self, _: &Rc<Counted>) -> Rc<Counted> {
        self.get_document()
    }
    fn same_node(&self, one: &Rc<Counted>, other: &Rc<Counted>) -> bool {
        self.step(1);
        Rc::ptr_eq(one, other)
    }
    fn set_quirks_mode(&self, _: QuirksMode) {}
    fn append_before_sibling(&self, sibling: &Rc<Counted>, node: NodeOrText<Rc<Counted>>) {
        // A sibling is sought among all of its parent's children, which are at most all there are.
        self.step(self.elements.get() / 8);
        self.append(sibling, node);
    }
    fn add_attrs_if_missing(&self, _: &Rc<Counted>, attributes: Vec<Attribute>) {
        self.step(attributes.len());
    }
    fn remove_from_parent(&self, _: &Rc<Counted>) {
        self.step(self.elements.get() / 8);
    }
    fn reparent_children(&self, from: &Rc<Counted>, to: &Rc<Counted>) {
        let moved = from.children.take();
        self.step(moved);
        to.children.set(to.children.get() + moved);
    }
    fn maybe_clone_an_option_into_selectedcontent(&self, _: &Rc<Counted>) {
        self.step(self.elements.get());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_affordable() {
        let table = "<tr><td><font face=Arial>x</td></tr>".repeat(2000);
        let page = format!("<html><body><table>{table}</table>{}</body>", "<p><b>a</b> <i>b</i></p>".repeat(10_000));
        assert!(is_affordable(&page));
        assert!(is_affordable(&"<div>".repeat(400)));
        assert!(is_affordable(""));
    }

    #[test]
    fn bombs_are_not() {
        let fonts: String = (0..2000).map(|number| format!("<font size={number}>")).collect();
        let bombs = [
            "<div>".repeat(50_000),
            format!("<p>{fonts}{}", "<p>x".repeat(20_000)),
            (0..20_000).map(|number| format!("<b {number}>")).collect(),
            format!("<p><font style='{}'>{}", "a".repeat(8000), "<p>x".repeat(20_000)),
            format!("<select><button><selectedcontent></button>{}", "<option>x</option>".repeat(20_000)),
            format!("<table>{}", "<b>".repeat(20_000)) + &"x<tr>".repeat(20_000),
        ];
        for bomb in bombs {
            assert!(!is_affordable(&bomb), "{:.60}", bomb);
        }
    }
}
