//! Which parts are the letter, and which hang on it (RFC 2046 §5.1).
//!
//! ```text
//!   mixed        all of its parts, one after another
//!   alternative  the first that is text for one view, the last that is a page for the other
//!   related      its first part; the others are what it names
//! ```

use mail::Part;

/// Parts that are looked at; a letter of more is no letter.
const PARTS_MAX: usize = 5000;

/// A letter's parts, sorted. Numbers count the parts without parts of their own, in order.
#[derive(Default)]
pub struct Sorted<'p> {
    /// What is shown as plain text, in order; pages among them where there is no text.
    pub words: Vec<&'p Part>,
    /// What is shown as a page, in order; texts among them where there is no page.
    pub pages: Vec<&'p Part>,
    /// Everything else, with its number.
    pub hanging: Vec<(usize, &'p Part)>,
    /// The first calendar part.
    pub calendar: Option<&'p Part>,
}

impl<'p> Sorted<'p> {
    /// Sorts the parts of a letter.
    #[must_use]
    pub fn of(root: &'p Part) -> Self {
        let mut sorted = Self::default();
        let shown = shown(root);
        for (number, part) in root.leaves().into_iter().enumerate().take(PARTS_MAX) {
            if is(part, "calendar") && sorted.calendar.is_none() {
                sorted.calendar = Some(part);
            }
            let is_shown = |among: &[&Part]| among.iter().any(|one| std::ptr::eq(*one, part));
            if !is_shown(&shown.words) && !is_shown(&shown.pages) && !shown.is_left_out(part) {
                sorted.hanging.push((number, part));
            }
        }
        Self { words: shown.words, pages: shown.pages, ..sorted }
    }

    /// Whether there is a page among what is shown.
    #[must_use]
    pub fn has_page(&self) -> bool {
        self.pages.iter().any(|part| is(part, "html"))
    }
}

#[derive(Default)]
struct Shown<'p> {
    words: Vec<&'p Part>,
    pages: Vec<&'p Part>,
    /// The same in other words, neither shown nor hanging.
    left_out: Vec<&'p Part>,
}

impl Shown<'_> {
    fn is_left_out(&self, part: &Part) -> bool {
        self.left_out.iter().any(|one| std::ptr::eq(*one, part))
    }

    fn has_page(&self) -> bool {
        self.pages.iter().any(|part| is(part, "html"))
    }

    fn has_words(&self) -> bool {
        self.words.iter().any(|part| !is(part, "html"))
    }
}

/// Texts of one letter that are shown one after another.
const SHOWN_MAX: usize = 50;

fn shown(part: &Part) -> Shown<'_> {
    match part.subtype.as_str() {
        _ if !part.is_multipart() => leaf(part),
        "alternative" => alternative(part),
        "related" => {
            let mut children = part.children.iter();
            children.next().map(shown).unwrap_or_default()
        }
        _ => {
            let mut all = Shown::default();
            for one in part.children.iter().map(shown) {
                let room = SHOWN_MAX.saturating_sub(all.words.len().max(all.pages.len()));
                all.words.extend(one.words.into_iter().take(room));
                all.pages.extend(one.pages.into_iter().take(room));
                all.left_out.extend(one.left_out);
            }
            all
        }
    }
}

fn leaf(part: &Part) -> Shown<'_> {
    let is_text = part.kind == "text"
        && matches!(part.subtype.as_str(), "plain" | "html" | "enriched" | "markdown" | "x-amp-html");
    if !is_text || part.is_attachment() {
        return Shown::default();
    }
    if part.subtype == "x-amp-html" {
        return Shown { left_out: vec![part], ..Shown::default() };
    }
    Shown { words: vec![part], pages: vec![part], left_out: Vec::new() }
}

fn alternative(part: &Part) -> Shown<'_> {
    let children: Vec<Shown<'_>> = part.children.iter().map(shown).collect();
    let words =
        children.iter().position(Shown::has_words).or_else(|| children.iter().position(|one| !one.words.is_empty()));
    let pages = children.iter().rposition(Shown::has_page).or(words);
    let mut all = Shown::default();
    for (at, one) in children.into_iter().enumerate() {
        let (for_words, for_pages) = (words == Some(at), pages == Some(at));
        all.left_out.extend(one.left_out);
        all.left_out.extend(one.words.iter().chain(&one.pages).copied().filter(|_| !for_words && !for_pages));
        if for_words {
            all.words = one.words;
        }
        if for_pages {
            all.pages = one.pages;
        }
    }
    all
}

/// Whether a part is text of this subtype.
#[must_use]
pub fn is(part: &Part, subtype: &str) -> bool {
    part.kind == "text" && part.subtype == subtype
}
