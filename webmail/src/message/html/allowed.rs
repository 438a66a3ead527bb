//! What a letter's page may consist of: text, tables, lists, pictures that came with it.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use ammonia::{Builder, UrlRelative};

use super::images::Images;
use super::{links, style};

const TAGS: &[&str] = &[
    "a",
    "abbr",
    "address",
    "article",
    "aside",
    "b",
    "bdi",
    "bdo",
    "big",
    "blockquote",
    "br",
    "caption",
    "center",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "font",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "main",
    "mark",
    "nav",
    "ol",
    "p",
    "pre",
    "q",
    "rp",
    "rt",
    "ruby",
    "s",
    "samp",
    "section",
    "small",
    "span",
    "strike",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "time",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
    "wbr",
];
/// Gone with all that is in them; of everything else that is not allowed the text stays.
const SILENCED: &[&str] =
    &["script", "style", "title", "template", "noembed", "noframes", "iframe", "svg", "math", "object", "datalist"];
const EVERYWHERE: &[&str] = &["align", "bgcolor", "dir", "height", "lang", "style", "title", "valign", "width"];
const SCHEMES: &[&str] = &["http", "https", "mailto", "tel", "cid"];
const REL: &str = "noopener noreferrer nofollow";

/// Classes of what we write into a letter ourselves; those of the letter are dropped before.
pub const OURS: [&str; 2] = ["relais-image", "relais-leads"];

/// The first washing: what the sender wrote.
pub fn wash(page: &str) -> String {
    let mut builder = builder();
    builder.attribute_filter(filtered);
    builder.clean(page).to_string()
}

/// The last one, after which nobody touches the page: our remarks may have a class, and pictures that came with the
/// letter are put in.
pub fn finish(page: &str, images: Arc<Images>) -> String {
    let mut builder = builder();
    builder.allowed_classes(HashMap::from([("span", HashSet::from(OURS))]));
    builder.attribute_filter(move |element, attribute, value| match (element, attribute) {
        ("img", "src") => images.data_url(value).map(Cow::Owned),
        ("span", "class") => Some(Cow::Borrowed(value)),
        _ => filtered(element, attribute, value),
    });
    builder.clean(page).to_string()
}

fn builder() -> Builder<'static> {
    let mut builder = Builder::empty();
    let set = |names: &[&'static str]| names.iter().copied().collect::<HashSet<_>>();
    builder
        .tags(set(TAGS))
        .clean_content_tags(set(SILENCED))
        .generic_attributes(set(EVERYWHERE))
        .tag_attributes(HashMap::from([
            ("a", set(&["href"])),
            ("img", set(&["src", "alt", "border"])),
            ("table", set(&["border", "cellpadding", "cellspacing"])),
            ("td", set(&["colspan", "rowspan"])),
            ("th", set(&["colspan", "rowspan"])),
            ("col", set(&["span"])),
            ("colgroup", set(&["span"])),
            ("font", set(&["color", "face", "size"])),
            ("ol", set(&["start", "type"])),
            ("ul", set(&["type"])),
            ("li", set(&["value"])),
        ]))
        .set_tag_attribute_value("a", "target", "_blank")
        .link_rel(Some(REL))
        .url_schemes(set(SCHEMES))
        .url_relative(UrlRelative::Deny)
        .strip_comments(true);
    builder
}

/// One attribute of what is allowed, as far as its value is.
fn filtered<'v>(element: &str, attribute: &str, value: &'v str) -> Option<Cow<'v, str>> {
    let ok = |allowed: bool| allowed.then_some(Cow::Borrowed(value));
    match attribute {
        "style" => Some(style::kept(value)).filter(|style| !style.is_empty()).map(Cow::Owned),
        "href" => links::target(value).map(|target| Cow::Owned(target.into())),
        // Those from elsewhere are taken out where their alternative text is put in.
        "src" => ok(element == "img" && value.len() <= 2000),
        "width" | "height" | "border" | "cellpadding" | "cellspacing" | "colspan" | "rowspan" | "span" | "start"
        | "value" | "size" => ok(is_measure(value)),
        "bgcolor" | "color" => ok(is_colour(value)),
        "align" | "valign" | "dir" | "type" | "lang" => ok(is_word(value)),
        "face" => {
            ok(value.len() <= 200 && value.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | ',' | '-' | '\'')))
        }
        "target" | "rel" => Some(Cow::Borrowed(value)),
        "alt" | "title" => Some(Cow::Owned(crate::message::plain::line(value, 500))),
        _ => None,
    }
}

fn is_measure(value: &str) -> bool {
    let number = value.trim().trim_start_matches(['+', '-']).trim_end_matches("px").trim_end_matches('%');
    !number.is_empty() && number.len() <= 4 && number.bytes().all(|octet| octet.is_ascii_digit() || octet == b'.')
}

fn is_colour(value: &str) -> bool {
    let value = value.trim();
    value.len() <= 32
        && value.bytes().enumerate().all(|(at, octet)| octet.is_ascii_alphanumeric() || (at == 0 && octet == b'#'))
}

fn is_word(value: &str) -> bool {
    value.len() <= 35 && value.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'-')
}
