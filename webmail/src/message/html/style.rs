//! What of a `style` attribute is kept (CSS Syntax 3, read by a real parser).
//!
//! ```text
//!   name ── one of ours? ── value, token by token ── words, numbers, colours, a few functions? ── written anew
//!                └─ no ─────────────┴────────────────────────── no ──────────────────────────────> gone
//! ```
//!
//! No `url()`, `var()`, `image-set()`, no function that is not named here, no `!important`, no `position`: nothing that
//! asks for anything or leaves its place. Nothing is copied: what stays is printed from its tokens.

use cssparser::{Delimiter, ParseError, Parser, ToCss as _, Token};

/// Octets of an attribute that is read at all.
const STYLE_MAX_BYTES: usize = 8 * 1024;
/// The largest number of a value, in whatever unit.
const NUMBER_MAX: f32 = 10_000.0;
/// The smallest letters, in CSS pixels.
const FONT_MIN_PX: f32 = 9.0;
/// The furthest that text may hang out to the left: what word processors do for lists.
const INDENT_MIN: f32 = -72.0;
/// How deep functions may stand in each other.
const FUNCTIONS_DEEP: usize = 4;

const PROPERTIES: &[&str] = &[
    "background",
    "background-color",
    "border",
    "border-bottom",
    "border-bottom-color",
    "border-bottom-style",
    "border-bottom-width",
    "border-collapse",
    "border-color",
    "border-left",
    "border-left-color",
    "border-left-style",
    "border-left-width",
    "border-radius",
    "border-right",
    "border-right-color",
    "border-right-style",
    "border-right-width",
    "border-spacing",
    "border-style",
    "border-top",
    "border-top-color",
    "border-top-style",
    "border-top-width",
    "border-width",
    "box-sizing",
    "caption-side",
    "clear",
    "color",
    "direction",
    "display",
    "empty-cells",
    "float",
    "font",
    "font-family",
    "font-size",
    "font-style",
    "font-variant",
    "font-weight",
    "height",
    "letter-spacing",
    "line-height",
    "list-style",
    "list-style-position",
    "list-style-type",
    "margin",
    "margin-bottom",
    "margin-left",
    "margin-right",
    "margin-top",
    "max-height",
    "max-width",
    "min-height",
    "min-width",
    "overflow-wrap",
    "padding",
    "padding-bottom",
    "padding-left",
    "padding-right",
    "padding-top",
    "table-layout",
    "text-align",
    "text-decoration",
    "text-decoration-color",
    "text-decoration-line",
    "text-decoration-style",
    "text-indent",
    "text-transform",
    "vertical-align",
    "visibility",
    "white-space",
    "width",
    "word-break",
    "word-spacing",
    "word-wrap",
];
const FUNCTIONS: &[&str] = &["rgb", "rgba", "hsl", "hsla", "calc"];
// Not the viewport's: a letter does not know how large it is shown.
const UNITS: &[&str] = &["px", "pt", "pc", "em", "rem", "ex", "ch", "cm", "mm", "in", "q", "deg"];

type Read<T> = Result<T, ParseError<()>>;

/// The declarations of an attribute that may stay, written anew; empty when there is none.
#[must_use]
pub fn kept(style: &str) -> String {
    if style.len() > STYLE_MAX_BYTES {
        return String::new();
    }
    let mut parser = Parser::new(style);
    let mut out = String::with_capacity(style.len());
    while !parser.is_exhausted() {
        if let Ok((name, value)) = parser.parse_until_after(Delimiter::Semicolon, declaration) {
            if !out.is_empty() {
                out.push_str("; ");
            }
            out.push_str(&format!("{name}: {value}"));
        }
    }
    out
}

fn refused<T>() -> Read<T> {
    Err(ParseError::custom(()))
}

fn declaration(input: &mut Parser<'_>) -> Read<(String, String)> {
    let name = input.expect_ident()?.to_ascii_lowercase();
    input.expect_colon()?;
    if !PROPERTIES.contains(&name.as_str()) {
        return refused();
    }
    let mut value = Value { property: &name, out: String::new() };
    value.tokens(input, 0)?;
    let value = value.out.trim().to_owned();
    if value.is_empty() { refused() } else { Ok((name, value)) }
}

/// A value on its way from one attribute to the next.
struct Value<'a> {
    property: &'a str,
    out: String,
}

impl Value<'_> {
    fn tokens(&mut self, input: &mut Parser<'_>, deep: usize) -> Read<()> {
        while let Ok(token) = input.next_including_whitespace() {
            let token = token.clone();
            match &token {
                Token::WhiteSpace(_) if self.out.ends_with(' ') => {}
                Token::WhiteSpace(_) => self.out.push(' '),
                Token::Comma => self.out.push_str(", "),
                Token::Delim('/') => self.out.push('/'),
                Token::Delim(sign @ ('+' | '-' | '*')) if deep > 0 => self.out.push(*sign),
                Token::Delim('!') if deep == 0 => return self.end(input),
                Token::ParenthesisBlock if deep > 0 => self.block("", input, deep)?,
                Token::Function(name) => self.function(&name.to_ascii_lowercase(), input, deep)?,
                token => self.word(token)?,
            }
        }
        Ok(())
    }

    /// After `!` comes `important`, which is not heard, and the end.
    fn end(&self, input: &mut Parser<'_>) -> Read<()> {
        input.expect_ident_matching("important")?;
        input.expect_exhausted().map_err(ParseError::from)
    }

    fn function(&mut self, name: &str, input: &mut Parser<'_>, deep: usize) -> Read<()> {
        if FUNCTIONS.contains(&name) { self.block(name, input, deep) } else { refused() }
    }

    fn block(&mut self, name: &str, input: &mut Parser<'_>, deep: usize) -> Read<()> {
        if deep == FUNCTIONS_DEEP {
            return refused();
        }
        self.out.push_str(name);
        self.out.push('(');
        input.parse_nested_block(|inside| self.tokens(inside, deep + 1))?;
        self.out.push(')');
        Ok(())
    }

    fn word(&mut self, token: &Token<'_>) -> Read<()> {
        match token {
            Token::Ident(word) if is_word(word) => self.out.push_str(word),
            Token::Hash(hex) | Token::IDHash(hex) if is_colour(hex) => self.out.push_str(&format!("#{hex}")),
            Token::QuotedString(name) if self.property.starts_with("font") && is_name(name) => {
                self.out.push_str(&format!("'{name}'"));
            }
            Token::Number { value, .. } => self.number(*value, "", token)?,
            Token::Percentage { unit_value, .. } => self.number(unit_value * 100.0, "%", token)?,
            Token::Dimension { value, unit, .. } => {
                let unit = unit.to_ascii_lowercase();
                if !UNITS.contains(&unit.as_str()) {
                    return refused();
                }
                self.number(*value, &unit, token)?;
            }
            _ => return refused(),
        }
        Ok(())
    }

    fn number(&mut self, value: f32, unit: &str, token: &Token<'_>) -> Read<()> {
        let least = match self.property {
            "text-indent" => INDENT_MIN,
            "letter-spacing" | "word-spacing" => -2.0,
            _ => 0.0,
        };
        if !value.is_finite() || value > NUMBER_MAX || value < least {
            return refused();
        }
        let is_size = !unit.is_empty() || value == 0.0;
        match self.property {
            "font-size" if is_size && is_tiny(value, unit) => self.out.push_str("9px"),
            "font" if is_size && !self.out.contains('/') && is_tiny(value, unit) => return refused(),
            _ => self.out.push_str(&token.to_css_string()),
        }
        Ok(())
    }
}

fn is_tiny(value: f32, unit: &str) -> bool {
    let px = match unit {
        "px" | "" => value,
        "pt" => value * 4.0 / 3.0,
        "pc" | "em" | "rem" => value * 16.0,
        "%" => value * 0.16,
        "ex" | "ch" => value * 8.0,
        "in" => value * 96.0,
        "cm" => value * 37.8,
        "mm" => value * 3.78,
        _ => value * 0.94,
    };
    px < FONT_MIN_PX
}

fn is_word(word: &str) -> bool {
    word.len() <= 64 && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

fn is_colour(hex: &str) -> bool {
    matches!(hex.len(), 3 | 4 | 6 | 8) && hex.bytes().all(|octet| octet.is_ascii_hexdigit())
}

/// A font's name: letters of any script, and what stands between them.
fn is_name(name: &str) -> bool {
    name.len() <= 100 && name.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_letters_look_like_stays() {
        for (style, expected) in [
            ("color:#FF0000;font-weight:bold", "color: #FF0000; font-weight: bold"),
            ("COLOR: rgb(1, 2, 3) !important", "color: rgb(1, 2, 3)"),
            ("font-family:\"Segoe UI\",sans-serif", "font-family: 'Segoe UI', sans-serif"),
            ("font:12px/1.5 Arial", "font: 12px/1.5 Arial"),
            ("width: calc(100% - (2 * 12px))", "width: calc(100% - (2 * 12px))"),
            ("margin:0cm 0cm .0001pt;text-indent:-18.0pt", "margin: 0cm 0cm 0.0001pt; text-indent: -18.0pt"),
            ("font-size:1px", "font-size: 9px"),
            ("font-size:0", "font-size: 9px"),
            ("background:#fff;mso-style:x;padding:0", "background: #fff; padding: 0"),
        ] {
            assert_eq!(kept(style), expected, "{style}");
        }
    }

    #[test]
    fn what_asks_or_leaves_its_place_goes() {
        for style in [
            "background:url(https://evil.example/x)",
            "background:u\\72l(https://evil.example/x)",
            "background:\\75 rl('//evil.example')",
            "background-image:image-set('https://evil.example/x' 1x)",
            "background:var(--x)",
            "color:attr(title)",
            "color:env(x)",
            "width:expression(alert(1))",
            "width:calc(var(--x))",
            "--x:url(//evil.example)",
            "position:fixed",
            "position:absolute!important",
            "z-index:9",
            "content:'x'",
            "behavior:url(x)",
            "-moz-binding:url(x)",
            "cursor:url(x),auto",
            "filter:url(#x)",
            "mask:url(x)",
            "clip-path:url(#x)",
            "transform:translate(-50px)",
            "opacity:0",
            "margin-left:-5000px",
            "margin:1px -1px",
            "width:100vw",
            "height:1e99px",
            "font:0px/0 a",
            "font-family:'a;b'",
            "font-family:'</style>'",
            "background:url(https://evil.example/",
            "color:red}body{background:url(x)}",
            "color:red{",
            "@import url(x)",
            "color:/**/",
            "color",
            "",
        ] {
            assert_eq!(kept(style), "", "{style}");
        }
        assert_eq!(kept("color:red;background:url(x;y);margin:1px"), "color: red; margin: 1px");
        assert_eq!(kept("background:u/**/rl(x);/*;*/color:red"), "color: red");
    }

    #[test]
    fn what_is_kept_is_kept_again() {
        let once = kept(
            "font:italic bold 12pt/14pt 'Times New Roman',serif;border:1px solid rgba(0,0,0,.5);width:calc(1px + 2px)",
        );
        assert_eq!(kept(&once), once);
    }
}
