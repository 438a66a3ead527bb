//! The tokens of a response.
//!
//! ```text
//!   value = atom / quoted / literal / "(" *(SP value) ")"     an atom may hold "[" ... "]" with anything in it
//! ```

use super::reader::Raw;
use crate::Error;

/// Lists in lists.
const DEPTH_MAX: usize = 20;

/// A token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// An atom; also a number, a flag, NIL.
    Atom(String),
    /// A string, quoted or literal.
    Text(Vec<u8>),
    /// A list.
    List(Vec<Value>),
}

impl Value {
    /// An atom or a string as text.
    pub(crate) fn text(&self) -> Option<String> {
        match self {
            Self::Atom(atom) => Some(atom.clone()),
            Self::Text(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
            Self::List(_) => None,
        }
    }

    pub(crate) fn atom(&self) -> Option<&str> {
        match self {
            Self::Atom(atom) => Some(atom),
            _ => None,
        }
    }

    pub(crate) fn is(&self, word: &str) -> bool {
        self.atom().is_some_and(|atom| atom.eq_ignore_ascii_case(word))
    }

    pub(crate) fn number<N: std::str::FromStr>(&self) -> Option<N> {
        self.atom()?.parse().ok()
    }

    pub(crate) fn list(&self) -> Option<&[Self]> {
        match self {
            Self::List(values) => Some(values),
            _ => None,
        }
    }
}

/// Reads all tokens of a response, from octet `skip` of its first line on.
pub(super) fn parse(raw: Raw, skip: usize) -> Result<Vec<Value>, Error> {
    let mut literals = raw.literals.into_iter();
    let mut open: Vec<Vec<Value>> = vec![Vec::new()];
    for (index, line) in raw.lines.iter().enumerate() {
        let mut rest = line.get(if index == 0 { skip } else { 0 }..).unwrap_or_default();
        while let Some((first, after)) = rest.split_first() {
            rest = match first {
                b' ' => after,
                b'(' => {
                    open.push(Vec::new());
                    if open.len() > DEPTH_MAX {
                        return Err(rubbish("lists too deep"));
                    }
                    after
                }
                b')' => {
                    let closed = open.pop().unwrap_or_default();
                    push(&mut open, Value::List(closed))?;
                    after
                }
                b'"' => {
                    let (text, after) = quoted(after)?;
                    push(&mut open, Value::Text(text))?;
                    after
                }
                b'{' | b'~' if is_announcement(rest) => {
                    let literal = literals.next().ok_or_else(|| rubbish("a literal that did not come"))?;
                    push(&mut open, Value::Text(literal))?;
                    &[]
                }
                _ => {
                    let (atom, after) = atom(rest)?;
                    push(&mut open, Value::Atom(atom))?;
                    after
                }
            };
        }
    }
    let values = open.pop().unwrap_or_default();
    if open.is_empty() { Ok(values) } else { Err(rubbish("a list without an end")) }
}

fn push(open: &mut [Vec<Value>], value: Value) -> Result<(), Error> {
    open.last_mut().ok_or_else(|| rubbish("a list that ends twice"))?.push(value);
    Ok(())
}

fn rubbish(what: &str) -> Error {
    Error::Rubbish(what.to_owned())
}

fn is_announcement(rest: &[u8]) -> bool {
    let rest = rest.strip_prefix(b"~").unwrap_or(rest);
    rest.strip_prefix(b"{").and_then(|rest| rest.strip_suffix(b"}")).is_some_and(|inside| !inside.is_empty())
}

fn quoted(bytes: &[u8]) -> Result<(Vec<u8>, &[u8]), Error> {
    let mut text = Vec::new();
    let mut rest = bytes;
    loop {
        match rest {
            [b'"', after @ ..] => return Ok((text, after)),
            [b'\\', escaped, after @ ..] => {
                text.push(*escaped);
                rest = after;
            }
            [byte, after @ ..] => {
                text.push(*byte);
                rest = after;
            }
            [] => return Err(rubbish("a string without an end")),
        }
    }
}

fn atom(bytes: &[u8]) -> Result<(String, &[u8]), Error> {
    let mut brackets = 0_usize;
    let ends = |byte: u8, brackets: &mut usize| match byte {
        b'[' => {
            *brackets += 1;
            false
        }
        b']' => {
            *brackets = brackets.saturating_sub(1);
            false
        }
        b' ' | b'(' | b')' | b'"' => *brackets == 0,
        _ => false,
    };
    let end = bytes.iter().position(|byte| ends(*byte, &mut brackets)).unwrap_or(bytes.len());
    let (atom, after) = bytes.split_at(end);
    if atom.is_empty() {
        return Err(rubbish("an empty atom"));
    }
    Ok((String::from_utf8_lossy(atom).into_owned(), after))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    fn tokens(line: &str) -> Result<Vec<Value>, Error> {
        parse(Raw { lines: vec![line.as_bytes().to_vec()], literals: Vec::new() }, 0)
    }

    #[test]
    fn sections_may_hold_lists() {
        let values = tokens(r#"2 FETCH (BODY[HEADER.FIELDS (RELAIS-ID)] "a\"b" FLAGS (\Seen $X) NIL)"#).unwrap();
        let list = values[2].list().unwrap();
        assert_eq!(list[0].atom(), Some("BODY[HEADER.FIELDS (RELAIS-ID)]"));
        assert_eq!(list[1], Value::Text(b"a\"b".to_vec()));
        assert_eq!(list[3].list().unwrap().len(), 2);
    }

    #[test]
    fn what_is_no_response_is_rubbish_and_nothing_panics() {
        for line in ["(", ")", "(((((((((((((((((((((((((", "\"", "{5}", "a)b", "\u{0}\u{1}"] {
            let _ = tokens(line);
        }
        assert!(tokens("(").is_err() && tokens(")").is_err() && tokens("{5}").is_err());
    }
}
