//! What a message is made of: its parts, and where their octets lie.
//!
//! ```text
//!   Part multipart/mixed
//!    ├─ Part text/plain            header 412..530  body 530..1904
//!    └─ Part message/rfc822        header ..        body ..
//!         └─ Inner: envelope, Part text/html
//! ```

use std::ops::Range;

use mail_parser::{Message, MessagePart, MimeHeaders, PartType};
use serde::{Deserialize, Serialize};

use crate::Correspondence;
use crate::parse::encoding;

/// Parts deeper than this are shown as opaque: nobody nests so deep but to do harm.
const DEPTH_MAX: usize = 40;

/// Name and value of a MIME parameter, decoded.
pub type Parameter = (String, String);

/// One part of a message, or all of it. Octets are counted from the start of the message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The media type in lower case, such as `text`.
    pub kind: String,
    /// The subtype in lower case, such as `plain`.
    pub subtype: String,
    /// The parameters of Content-Type.
    pub parameters: Vec<Parameter>,
    /// Content-ID without its angle brackets.
    pub id: Option<String>,
    /// Content-Description.
    pub description: Option<String>,
    /// Content-Transfer-Encoding in lower case.
    pub encoding: String,
    /// Content-Disposition and its parameters.
    pub disposition: Option<(String, Vec<Parameter>)>,
    /// Content-Language.
    pub language: Vec<String>,
    /// Content-Location.
    pub location: Option<String>,
    /// Where its header starts.
    pub header_start: u32,
    /// Where its body starts.
    pub body_start: u32,
    /// Where it ends.
    pub end: u32,
    /// Lines of its body, for text and messages.
    pub lines: u32,
    /// The parts of a multipart.
    pub children: Vec<Part>,
    /// The message inside, for message/rfc822.
    pub inner: Option<Box<Inner>>,
}

/// The message inside a message/rfc822 part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inner {
    /// Its envelope.
    pub correspondence: Correspondence,
    /// Its structure.
    pub root: Part,
}

impl Part {
    /// The octets of its header, the empty line included.
    #[must_use]
    pub fn header(&self) -> Range<usize> {
        self.header_start as usize..self.body_start as usize
    }

    /// The octets of its body.
    #[must_use]
    pub fn body(&self) -> Range<usize> {
        self.body_start as usize..self.end as usize
    }

    /// Octets of its body as they travel, still encoded.
    #[must_use]
    pub fn size_bytes(&self) -> u32 {
        self.end.saturating_sub(self.body_start)
    }

    /// Whether it has parts of its own.
    #[must_use]
    pub fn is_multipart(&self) -> bool {
        !self.children.is_empty()
    }

    /// The name under which a reader would save it.
    #[must_use]
    pub fn file_name(&self) -> Option<&str> {
        let named = |wanted: &str, among: &'_ [Parameter]| among.iter().position(|(name, _)| name == wanted);
        let disposition = self.disposition.as_ref().map_or(&[][..], |(_, parameters)| parameters);
        let found = named("filename", disposition).and_then(|at| disposition.get(at));
        let found = found.or_else(|| named("name", &self.parameters).and_then(|at| self.parameters.get(at)));
        found.map(|(_, value)| value.as_str())
    }

    /// Whether a reader would show it as an attachment.
    #[must_use]
    pub fn is_attachment(&self) -> bool {
        let declared = self.disposition.as_ref().map(|(kind, _)| kind.as_str());
        match declared {
            Some("attachment") => true,
            _ if self.is_multipart() => false,
            _ => self.file_name().is_some() && self.id.is_none() || self.kind == "message" && self.inner.is_some(),
        }
    }

    /// The part that an IMAP section such as `1.2.3` names (RFC 9051 §6.4.5.1), where `path` holds its
    /// numbers. Numbers go through a message/rfc822 into the message inside.
    #[must_use]
    pub fn at(&self, path: &[u32]) -> Option<&Self> {
        let Some((&number, rest)) = path.split_first() else { return Some(self) };
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        if self.is_multipart() {
            return self.children.get(index)?.below(rest);
        }
        // A message that is no multipart has one part, itself.
        if index == 0 { self.below(rest) } else { None }
    }

    fn below(&self, rest: &[u32]) -> Option<&Self> {
        match &self.inner {
            _ if rest.is_empty() => Some(self),
            Some(inner) => inner.root.at(rest),
            None if self.is_multipart() => self.at(rest),
            None => None,
        }
    }

    /// All parts without parts of their own, in order, those of messages inside left out.
    pub fn leaves(&self) -> Vec<&Self> {
        if self.is_multipart() { self.children.iter().flat_map(Self::leaves).collect() } else { vec![self] }
    }

    pub(crate) fn of(message: &Message<'_>, raw: &[u8], id: usize, depth: usize) -> Self {
        let Some(found) = message.parts.get(id) else { return Self::default() };
        let mut part = Self::leaf(found, raw);
        match &found.body {
            PartType::Multipart(children) if depth < DEPTH_MAX => {
                let child = |id: &u32| Self::of(message, raw, *id as usize, depth + 1);
                part.children = children.iter().filter(|child| **child as usize > id).map(child).collect();
            }
            // A message that was itself encoded lies nowhere in the octets: it stays a closed box.
            PartType::Message(inside) if depth < DEPTH_MAX && part.is_transparent() => {
                part.inner = Some(Box::new(Inner {
                    correspondence: Correspondence::of(inside, raw),
                    root: Self::of(inside, raw, 0, depth + 1),
                }));
            }
            _ => {}
        }
        part.settled()
    }

    /// A message ends where its octets end, however much of it was read.
    pub(crate) fn reaching_the_end_of(mut self, raw: &[u8]) -> Self {
        let end = u32::try_from(raw.len()).unwrap_or(u32::MAX);
        if self.end != end {
            self.end = end;
            self.lines = lines(raw.get(self.body()).unwrap_or_default());
        }
        self
    }

    fn is_transparent(&self) -> bool {
        matches!(self.encoding.as_str(), "7bit" | "8bit" | "binary")
    }

    fn leaf(found: &MessagePart<'_>, raw: &[u8]) -> Self {
        let (kind, subtype, parameters) = media_type(found);
        let disposition = found
            .content_disposition()
            .map(|disposition| (disposition.c_type.to_lowercase(), parameters_of(disposition.attributes.as_deref())));
        let body = raw.get(found.offset_body as usize..found.offset_end as usize).unwrap_or_default();
        Self {
            kind,
            subtype,
            parameters,
            id: found.content_id().map(str::to_owned),
            description: found.content_description().map(str::to_owned),
            encoding: encoding(found, raw),
            disposition,
            language: languages(found),
            location: found.content_location().map(str::to_owned),
            header_start: found.offset_header,
            body_start: found.offset_body,
            end: found.offset_end.max(found.offset_body),
            lines: lines(body),
            children: Vec::new(),
            inner: None,
        }
    }

    // IMAP has no words for an empty multipart or a closed message: the one is a text, the other a file.
    fn settled(mut self) -> Self {
        if self.kind == "multipart" && self.children.is_empty() {
            (self.kind, self.subtype) = ("text".to_owned(), "plain".to_owned());
            self.parameters.clear();
        }
        let closed =
            self.kind == "message" && matches!(self.subtype.as_str(), "rfc822" | "global") && self.inner.is_none();
        if closed || self.kind == "closed" {
            (self.kind, self.subtype) = ("application".to_owned(), "octet-stream".to_owned());
        }
        self
    }
}

pub(crate) fn lines(body: &[u8]) -> u32 {
    u32::try_from(body.iter().filter(|byte| **byte == b'\n').count()).unwrap_or(u32::MAX)
}

fn media_type(found: &MessagePart<'_>) -> (String, String, Vec<Parameter>) {
    let word = |text: &str| text.trim().to_lowercase();
    if let Some(declared) = found.content_type() {
        let subtype = declared.c_subtype.as_deref().map(word).unwrap_or_default();
        let kind = word(&declared.c_type);
        let fits = !kind.is_empty() && !subtype.is_empty() && (kind == "multipart") == is_multipart(found);
        if fits {
            return (kind, subtype, parameters_of(declared.attributes.as_deref()));
        }
    }
    // RFC 2045 §5.2: what declares nothing is plain text in US-ASCII.
    match &found.body {
        PartType::Multipart(_) => ("multipart".to_owned(), "mixed".to_owned(), Vec::new()),
        PartType::Message(_) => ("message".to_owned(), "rfc822".to_owned(), Vec::new()),
        PartType::Binary(_) | PartType::InlineBinary(_) => {
            ("application".to_owned(), "octet-stream".to_owned(), Vec::new())
        }
        _ => ("text".to_owned(), "plain".to_owned(), vec![("charset".to_owned(), "us-ascii".to_owned())]),
    }
}

fn is_multipart(found: &MessagePart<'_>) -> bool {
    matches!(found.body, PartType::Multipart(_))
}

fn parameters_of(attributes: Option<&[mail_parser::Attribute<'_>]>) -> Vec<Parameter> {
    let pair = |one: &mail_parser::Attribute<'_>| (one.name.to_lowercase(), one.value.to_string());
    attributes.unwrap_or_default().iter().take(64).map(pair).collect()
}

fn languages(found: &MessagePart<'_>) -> Vec<String> {
    match found.content_language() {
        mail_parser::HeaderValue::Text(one) => vec![one.to_string()],
        mail_parser::HeaderValue::TextList(many) => many.iter().map(ToString::to_string).collect(),
        _ => Vec::new(),
    }
}
