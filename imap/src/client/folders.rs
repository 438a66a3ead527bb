//! Folders: which there are, how they stand, and entering one.

use std::ops::RangeInclusive;

use mail::FolderRole;

use super::fetch::Fetched;
use super::value::Value;
use super::{Answered, Client, quoted};
use crate::{Error, from_modified_utf7, to_modified_utf7};

/// A folder as LIST shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its path in Unicode, `/` between levels; the inbox is `INBOX`.
    pub path: String,
    /// Its name as the server wants it.
    pub wire: String,
    /// What it is for.
    pub role: Option<FolderRole>,
    /// Whether it can hold messages.
    pub selectable: bool,
    /// What separates levels at this server.
    pub separator: Option<char>,
    /// How it stands, where the server says so at once (RFC 5819).
    pub status: Option<Status>,
}

/// How a folder stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Messages in it.
    pub messages: u32,
    /// The UID that the next message gets.
    pub uidnext: u32,
    /// UIDVALIDITY.
    pub uidvalidity: u32,
    /// The highest MODSEQ (RFC 7162), 0 when the server has none.
    pub highest_modseq: u64,
}

/// What we know of a folder that we enter again (RFC 7162 §3.2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// UIDVALIDITY of last time.
    pub uidvalidity: u32,
    /// The highest MODSEQ of last time.
    pub modseq: u64,
}

/// A folder that was entered.
#[derive(Clone, Debug, Default)]
pub struct Selected {
    /// How it stands.
    pub status: Status,
    /// With QRESYNC: messages whose flags changed since.
    pub changed: Vec<Fetched>,
    /// With QRESYNC: UIDs that are gone since.
    pub vanished: Vec<RangeInclusive<u32>>,
}

const STATUS_ITEMS: &str = "(MESSAGES UIDNEXT UIDVALIDITY)";
const STATUS_ITEMS_CONDSTORE: &str = "(MESSAGES UIDNEXT UIDVALIDITY HIGHESTMODSEQ)";

impl Client {
    fn status_items(&self) -> &'static str {
        if self.can("CONDSTORE") || self.can("QRESYNC") { STATUS_ITEMS_CONDSTORE } else { STATUS_ITEMS }
    }

    /// All folders, with how they stand where one command can tell.
    ///
    /// # Errors
    /// Those of a command.
    pub async fn list(&mut self) -> Result<Vec<Listed>, Error> {
        let command = if self.can("LIST-STATUS") {
            let special_use = if self.can("SPECIAL-USE") { "SPECIAL-USE " } else { "" };
            format!("LIST \"\" \"*\" RETURN ({special_use}STATUS {})", self.status_items())
        } else {
            "LIST \"\" \"*\"".to_owned()
        };
        let answered = self.command(&command).await?;
        let mut folders: Vec<Listed> = answered.data.iter().filter_map(|values| listed(values)).collect();
        for (name, status) in answered.data.iter().filter_map(|values| status_of(values)) {
            if let Some(folder) = folders.iter_mut().find(|folder| folder.wire == name) {
                folder.status = Some(status);
            }
        }
        Ok(folders)
    }

    /// How one folder stands.
    ///
    /// # Errors
    /// Those of a command.
    pub async fn status(&mut self, folder: &Listed) -> Result<Status, Error> {
        let answered = self.command(&format!("STATUS {} {}", quoted(&folder.wire)?, self.status_items())).await?;
        let found = answered.data.iter().find_map(|values| status_of(values));
        found.map(|(_, status)| status).ok_or_else(|| Error::Rubbish("no STATUS".to_owned()))
    }

    /// Enters a folder to read it. With what is known, a server that has QRESYNC enabled says at once what changed.
    ///
    /// # Errors
    /// Those of a command.
    pub async fn examine(&mut self, folder: &Listed, known: Option<Known>) -> Result<Selected, Error> {
        self.enter("EXAMINE", folder, known).await
    }

    /// Enters a folder to change it.
    ///
    /// # Errors
    /// Those of a command.
    pub async fn select(&mut self, folder: &Listed) -> Result<Selected, Error> {
        self.enter("SELECT", folder, None).await
    }

    async fn enter(&mut self, verb: &str, folder: &Listed, known: Option<Known>) -> Result<Selected, Error> {
        let how = match known {
            Some(Known { uidvalidity, modseq }) => format!(" (QRESYNC ({uidvalidity} {modseq}))"),
            None if self.can("CONDSTORE") => " (CONDSTORE)".to_owned(),
            None => String::new(),
        };
        let answered = self.command(&format!("{verb} {}{how}", quoted(&folder.wire)?)).await?;
        selected(answered)
    }

    /// Makes a folder and subscribes to it.
    ///
    /// # Errors
    /// Those of a command.
    pub async fn create(&mut self, path: &str, separator: Option<char>) -> Result<Listed, Error> {
        let wire =
            to_modified_utf7(&separator.map_or_else(|| path.to_owned(), |mark| path.replace('/', &mark.to_string())));
        match self.command(&format!("CREATE {}", quoted(&wire)?)).await {
            // RFC 5530: somebody was faster.
            Err(Error::No { code, .. }) if code.as_deref() == Some("ALREADYEXISTS") => {}
            other => drop(other?),
        }
        match self.command(&format!("SUBSCRIBE {}", quoted(&wire)?)).await {
            Err(error) if error.ends_session() => return Err(error),
            _ => {}
        }
        Ok(Listed { path: path.to_owned(), wire, role: None, selectable: true, separator, status: None })
    }
}

fn listed(values: &[Value]) -> Option<Listed> {
    let [word, attributes, separator, name, ..] = values else { return None };
    if !word.is("LIST") {
        return None;
    }
    let attributes: Vec<&str> = attributes.list()?.iter().filter_map(Value::atom).collect();
    let has = |wanted: &str| attributes.iter().any(|attribute| attribute.eq_ignore_ascii_case(wanted));
    let separator = separator.text().filter(|_| !separator.is("NIL")).and_then(|text| text.chars().next());
    let wire = name.text()?;
    let decoded = from_modified_utf7(&wire);
    let path = match separator {
        Some('/') | None => decoded,
        // A slash in a name would be a level; it is written as its full-width form.
        Some(mark) => decoded.replace('/', "\u{ff0f}").replace(mark, "/"),
    };
    let is_inbox = path.eq_ignore_ascii_case("INBOX");
    let path = if is_inbox { "INBOX".to_owned() } else { path };
    let special = attributes.iter().find_map(|attribute| FolderRole::from_special_use(attribute));
    let role = if is_inbox { Some(FolderRole::Inbox) } else { special };
    Some(Listed { path, wire, role, selectable: !has("\\Noselect") && !has("\\NonExistent"), separator, status: None })
}

fn status_of(values: &[Value]) -> Option<(String, Status)> {
    let [word, name, items, ..] = values else { return None };
    if !word.is("STATUS") {
        return None;
    }
    let mut status = Status::default();
    for pair in items.list()?.chunks(2) {
        let [item, number] = pair else { continue };
        match item.atom()?.to_ascii_uppercase().as_str() {
            "MESSAGES" => status.messages = number.number()?,
            "UIDNEXT" => status.uidnext = number.number()?,
            "UIDVALIDITY" => status.uidvalidity = number.number()?,
            "HIGHESTMODSEQ" => status.highest_modseq = number.number()?,
            _ => {}
        }
    }
    Some((name.text()?, status))
}

fn selected(answered: Answered) -> Result<Selected, Error> {
    let mut selected = Selected::default();
    let number = |text: &str| text.split(' ').next().and_then(|number| number.parse().ok());
    for code in &answered.codes {
        match code.name.as_str() {
            "UIDVALIDITY" => selected.status.uidvalidity = number(&code.argument).unwrap_or(0),
            "UIDNEXT" => selected.status.uidnext = number(&code.argument).unwrap_or(0),
            "HIGHESTMODSEQ" => selected.status.highest_modseq = code.argument.trim().parse().unwrap_or(0),
            _ => {}
        }
    }
    for values in answered.data {
        match values.as_slice() {
            [count, word] if word.is("EXISTS") => selected.status.messages = count.number().unwrap_or(0),
            [word, rest @ ..] if word.is("VANISHED") => selected.vanished.extend(vanished(rest)),
            [_, word, ..] if word.is("FETCH") => selected.changed.extend(Fetched::read(values)),
            _ => {}
        }
    }
    if selected.status.uidvalidity == 0 {
        return Err(Error::Rubbish("a folder without UIDVALIDITY".to_owned()));
    }
    Ok(selected)
}

/// The UIDs of a VANISHED response (RFC 7162 §3.2.10), `(EARLIER)` or not.
pub(super) fn vanished(rest: &[Value]) -> Vec<RangeInclusive<u32>> {
    rest.last().and_then(Value::atom).map(ranges).unwrap_or_default()
}

/// Reads `1:5,7`.
pub(super) fn ranges(set: &str) -> Vec<RangeInclusive<u32>> {
    let one = |part: &str| {
        let (from, to) = part.split_once(':').unwrap_or((part, part));
        let (from, to): (u32, u32) = (from.parse().ok()?, to.parse().ok()?);
        Some(from.min(to)..=from.max(to))
    };
    set.split(',').filter_map(one).collect()
}
