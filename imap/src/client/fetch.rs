//! Reading messages, one at a time as they come.

use std::ops::RangeInclusive;

use mail::{Flags, Timestamp};

use super::folders::vanished;
use super::response::Response;
use super::value::Value;
use super::{Client, finished, quoted};
use crate::Error;

/// What is wanted of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Flags.
    Flags,
    /// Flags, INTERNALDATE and size.
    Facts,
    /// Flags, INTERNALDATE and the whole message; nothing is marked as seen.
    Whole,
    /// INTERNALDATE, size and the fields of this name.
    Field(&'static str),
}

impl Wanted {
    fn items(self) -> String {
        match self {
            Self::Flags => "(UID FLAGS)".to_owned(),
            Self::Facts => "(UID FLAGS INTERNALDATE RFC822.SIZE)".to_owned(),
            Self::Whole => "(UID FLAGS INTERNALDATE BODY.PEEK[])".to_owned(),
            Self::Field(name) => format!("(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS ({name})])"),
        }
    }
}

/// What was said of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fetched {
    /// Its UID.
    pub uid: u32,
    /// Its flags.
    pub flags: Option<Flags>,
    /// INTERNALDATE.
    pub received_at: Option<Timestamp>,
    /// RFC822.SIZE.
    pub size_bytes: Option<u64>,
    /// MODSEQ.
    pub modseq: Option<u64>,
    /// The message, or the part of it that was asked for.
    pub body: Option<Vec<u8>>,
}

impl Fetched {
    /// Reads a FETCH response; `None` without a UID: then nobody asked.
    pub(super) fn read(values: Vec<Value>) -> Option<Self> {
        let Some(Value::List(items)) = values.into_iter().nth(2) else { return None };
        let mut fetched = Self::default();
        let mut items = items.into_iter();
        while let (Some(item), Some(value)) = (items.next(), items.next()) {
            let name = item.atom()?.to_ascii_uppercase();
            match name.as_str() {
                "UID" => fetched.uid = value.number()?,
                "FLAGS" => fetched.flags = Some(flags(&value)?),
                "INTERNALDATE" => fetched.received_at = value.text().and_then(|text| Timestamp::parse_imap(&text)),
                "RFC822.SIZE" => fetched.size_bytes = value.number(),
                "MODSEQ" => fetched.modseq = value.list().and_then(|list| list.first()?.number()),
                name if name.starts_with("BODY[") => fetched.body = body(value),
                _ => {}
            }
        }
        (fetched.uid > 0).then_some(fetched)
    }
}

fn flags(value: &Value) -> Option<Flags> {
    Some(Flags::from_names(value.list()?.iter().filter_map(Value::atom)))
}

fn body(value: Value) -> Option<Vec<u8>> {
    match value {
        Value::Text(bytes) => Some(bytes),
        Value::Atom(_) | Value::List(_) => None,
    }
}

/// A message, or UIDs that are gone.
#[derive(Debug)]
enum Next {
    Message(Fetched),
    Gone(Vec<RangeInclusive<u32>>),
    End,
}

impl Client {
    /// Begins to fetch messages of the entered folder by UID, such as `5:9,12`. Read them all with
    /// [`Self::fetched`] before the next command.
    ///
    /// # Errors
    /// Those of writing.
    pub async fn fetch(&mut self, uids: &str, wanted: Wanted) -> Result<(), Error> {
        let tag = self.send(&format!("UID FETCH {uids} {}", wanted.items())).await?;
        self.fetching = Some(tag);
        Ok(())
    }

    /// The next message; `None` when there are no more. One that is gone meanwhile does not come.
    ///
    /// # Errors
    /// Those of a command.
    pub async fn fetched(&mut self) -> Result<Option<Fetched>, Error> {
        loop {
            match self.next_fetched().await? {
                Next::Message(fetched) => return Ok(Some(fetched)),
                Next::Gone(_) => {}
                Next::End => return Ok(None),
            }
        }
    }

    async fn next_fetched(&mut self) -> Result<Next, Error> {
        let Some(tag) = self.fetching.clone() else { return Ok(Next::End) };
        loop {
            match self.next().await? {
                Response::Data(values) => match values.as_slice() {
                    [_, word, ..] if word.is("FETCH") => {
                        if let Some(fetched) = Fetched::read(values) {
                            return Ok(Next::Message(fetched));
                        }
                    }
                    [word, rest @ ..] if word.is("VANISHED") => return Ok(Next::Gone(vanished(rest))),
                    _ => {}
                },
                Response::Tagged { tag: found, state, code, text } => {
                    self.fetching = None;
                    finished(&tag, (&found, state), code, text)?;
                    return Ok(Next::End);
                }
                Response::Untagged { .. } | Response::Continue => {}
            }
        }
    }

    /// Flags of all messages, and what changed and vanished since `modseq` where it is given (QRESYNC must be enabled).
    ///
    /// # Errors
    /// Those of a command.
    pub async fn changes_since(&mut self, modseq: u64) -> Result<(Vec<Fetched>, Vec<RangeInclusive<u32>>), Error> {
        let command = format!("UID FETCH 1:* (UID FLAGS) (CHANGEDSINCE {modseq} VANISHED)");
        self.fetching = Some(self.send(&command).await?);
        let (mut changed, mut gone) = (Vec::new(), Vec::new());
        loop {
            match self.next_fetched().await? {
                Next::Message(fetched) => changed.push(fetched),
                Next::Gone(uids) => gone.extend(uids),
                Next::End => return Ok((changed, gone)),
            }
        }
    }

    /// What is said of these messages, all at once.
    ///
    /// # Errors
    /// Those of a command.
    pub async fn fetch_all(&mut self, uids: &str, wanted: Wanted) -> Result<Vec<Fetched>, Error> {
        self.fetch(uids, wanted).await?;
        let mut all = Vec::new();
        while let Some(fetched) = self.fetched().await? {
            all.push(fetched);
        }
        Ok(all)
    }

    /// The UIDs of the entered folder that meet criteria, such as `SINCE 1-Nov-2026`, rising.
    ///
    /// # Errors
    /// Those of a command.
    pub async fn search(&mut self, criteria: &str) -> Result<Vec<u32>, Error> {
        let answered = self.command(&format!("UID SEARCH {criteria}")).await?;
        let found = answered.data.iter().filter(|values| values.first().is_some_and(|word| word.is("SEARCH")));
        let mut uids: Vec<u32> = found.flatten().skip(1).filter_map(Value::number).collect();
        uids.sort_unstable();
        uids.dedup();
        Ok(uids)
    }

    /// The UIDs of the entered folder whose field `name` contains `text`.
    ///
    /// # Errors
    /// Those of a command.
    pub async fn search_field(&mut self, name: &str, text: &str) -> Result<Vec<u32>, Error> {
        self.search(&format!("HEADER {} {}", quoted(name)?, quoted(text)?)).await
    }
}
