//! Responses, as far as what follows is concerned (RFC 9051 §7).

use super::reader::Raw;
use super::value::{self, Value};
use crate::Error;

/// How something ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Ok,
    No,
    Bad,
    Bye,
}

/// A response code, `[NAME argument]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Code {
    /// Upper case.
    pub(crate) name: String,
    pub(crate) argument: String,
}

/// A response.
#[derive(Debug)]
pub(super) enum Response {
    Tagged { tag: String, state: State, code: Option<Code>, text: String },
    Untagged { state: State, code: Option<Code>, text: String },
    Data(Vec<Value>),
    Continue,
}

impl Response {
    pub(super) fn read(raw: Raw) -> Result<Self, Error> {
        let line = raw.lines.first().map(Vec::as_slice).unwrap_or_default();
        if line.starts_with(b"+") {
            return Ok(Self::Continue);
        }
        let space = line.iter().position(|byte| *byte == b' ').ok_or_else(|| rubbish(line))?;
        let (tag, rest) = line.split_at(space);
        let rest = rest.get(1..).unwrap_or_default();
        let word = rest.split(|byte| *byte == b' ').next().unwrap_or_default();
        let state = state(word);
        match (tag, state) {
            (b"*", None) => value::parse(raw, 2).map(Self::Data),
            (b"*", Some(state)) => {
                let (code, text) = code_and_text(rest.get(word.len()..).unwrap_or_default());
                Ok(Self::Untagged { state, code, text })
            }
            (tag, Some(state)) if tag.len() < 32 && tag.is_ascii() => {
                let (code, after) = code_and_text(rest.get(word.len()..).unwrap_or_default());
                Ok(Self::Tagged { tag: text(tag), state, code, text: after })
            }
            _ => Err(rubbish(line)),
        }
    }
}

fn rubbish(line: &[u8]) -> Error {
    let start: String = text(line).chars().filter(|c| !c.is_control()).take(60).collect();
    Error::Rubbish(start)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_owned()
}

fn state(word: &[u8]) -> Option<State> {
    match word.to_ascii_uppercase().as_slice() {
        b"OK" | b"PREAUTH" => Some(State::Ok),
        b"NO" => Some(State::No),
        b"BAD" => Some(State::Bad),
        b"BYE" => Some(State::Bye),
        _ => None,
    }
}

fn code_and_text(rest: &[u8]) -> (Option<Code>, String) {
    let rest = text(rest);
    let Some((code, after)) = rest.strip_prefix('[').and_then(|inside| inside.split_once(']')) else {
        return (None, rest);
    };
    let (name, argument) = code.split_once(' ').unwrap_or((code, ""));
    (Some(Code { name: name.to_ascii_uppercase(), argument: argument.to_owned() }), after.trim().to_owned())
}
