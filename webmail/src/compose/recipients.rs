//! Who was meant: what people type becomes addresses, or a sentence about what is wrong with it.
//!
//! ```text
//!   Anne Müller, bruno; "Lœwe, C." <c@corp.test>
//!   └ a name ──> the address book   └ name and address ──> taken as it is, if mail can go there
//! ```

use mail::{Address, search::fold};
use store::directory::{AsOf, Entry, Resolved};

use crate::guard::Staff;
use crate::{House, Lang, Trouble};

use super::reply::mailbox;

/// The most recipients of one message.
pub const RECIPIENTS_MAX: usize = 500;
/// Members of a group that are named.
const NAMED_MAX: usize = 30;

/// Somebody a message goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// The name; empty where there is none.
    pub name: String,
    /// The address.
    pub address: Address,
}

/// What one field came to.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// Whom it names.
    pub found: Vec<Recipient>,
    /// What of it is wrong, in a sentence each.
    pub wrong: Vec<String>,
    /// The field with names made addresses; what is wrong stays as it was typed.
    pub text: String,
}

/// Who is in a group that a message goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// "Council: 12 members"
    pub said: String,
    /// Names, and how many more there are.
    pub members: Vec<String>,
}

/// Finds out who is meant by what stands in a field.
///
/// # Errors
/// Those of the store.
pub async fn check(house: &House, staff: &Staff, typed: &str) -> Result<Checked, Trouble> {
    let as_of = house.store.directory().trusted().await?;
    let mut checked = Checked::default();
    let mut texts = Vec::new();
    for piece in pieces(typed).into_iter().take(RECIPIENTS_MAX + 1) {
        match one(house, staff.person.lang, as_of, &piece).await? {
            Ok(recipient) => {
                texts.push(mailbox(Some(&recipient.name), &recipient.address.to_string()));
                if !checked.found.iter().any(|known| known.address.key() == recipient.address.key()) {
                    checked.found.push(recipient);
                }
            }
            Err(wrong) => {
                texts.push(piece);
                checked.wrong.push(wrong);
            }
        }
    }
    checked.text = texts.join(", ");
    Ok(checked)
}

async fn one(house: &House, lang: Lang, as_of: AsOf, piece: &str) -> Result<Result<Recipient, String>, Trouble> {
    let (name, address) = taken_apart(piece);
    let recipient = if address.contains('@') {
        match Address::parse(&address) {
            Ok(address) => Recipient { name, address },
            Err(_) => return Ok(Err(lang.compose_no_address(piece))),
        }
    } else {
        match called(house, lang, as_of, piece).await? {
            Ok(recipient) => recipient,
            Err(wrong) => return Ok(Err(wrong)),
        }
    };
    let typed = recipient.address.to_string();
    Ok(match house.service.accepts(&recipient.address).await {
        Ok(()) => Ok(recipient),
        Err(reply) if reply.code >= 500 => Err(lang.compose_no_such(&typed)),
        Err(_) => Err(lang.compose_not_taken(&typed)),
    })
}

/// Who is called so: exactly, else the only one whose name begins so.
async fn called(house: &House, lang: Lang, as_of: AsOf, name: &str) -> Result<Result<Recipient, String>, Trouble> {
    let directory = house.store.directory();
    if let Some(entry) = directory.person(name, as_of).await?.filter(|entry| !entry.hidden) {
        return Ok(recipient(&entry).ok_or_else(|| lang.compose_no_address(name)));
    }
    let found = directory.complete(name, as_of, 6).await?;
    let folded = fold(name.trim());
    let exact: Vec<&Entry> = found.iter().filter(|entry| fold(entry.name.trim()) == folded).collect();
    let meant: Vec<&Entry> = if exact.is_empty() { found.iter().collect() } else { exact };
    Ok(match meant.as_slice() {
        [] => Err(lang.compose_no_address(name)),
        [one] => recipient(one).ok_or_else(|| lang.compose_no_address(name)),
        several => {
            let names: Vec<String> =
                several.iter().filter_map(|entry| recipient(entry)).map(|who| who.text()).collect();
            Err(lang.compose_several(name, &names.join("; ")))
        }
    })
}

fn recipient(entry: &Entry) -> Option<Recipient> {
    Some(Recipient { name: entry.name.clone(), address: entry.primary.clone()? })
}

impl Recipient {
    /// Name and address as they are typed.
    #[must_use]
    pub fn text(&self) -> String {
        mailbox(Some(&self.name), &self.address.to_string())
    }
}

/// The groups among recipients, and who is in them.
///
/// # Errors
/// Those of the store.
pub async fn groups(house: &House, staff: &Staff, found: &[&Recipient]) -> Result<Vec<Group>, Trouble> {
    let directory = house.store.directory();
    let as_of = directory.trusted().await?;
    let mut groups = Vec::new();
    for recipient in found {
        let Resolved::Group { members, external } = directory.resolve(&recipient.address, as_of).await? else {
            continue;
        };
        let all = members.len() + external.len();
        let mut names = Vec::new();
        for id in members.iter().take(NAMED_MAX) {
            names.extend(directory.entry(id, as_of).await?.map(|entry| entry.name));
        }
        let room = NAMED_MAX.saturating_sub(names.len());
        names.extend(external.iter().take(room).map(ToString::to_string));
        if all > names.len() {
            names.push(staff.person.lang.compose_more(all - names.len()));
        }
        let title = if recipient.name.is_empty() { recipient.address.to_string() } else { recipient.name.clone() };
        groups.push(Group { said: staff.person.lang.compose_group(&title, all), members: names });
    }
    Ok(groups)
}

/// The pieces of a field: parted by semicolons where there are any, as Outlook does, else by commas; not within quotes
/// or angle brackets.
fn pieces(typed: &str) -> Vec<String> {
    let semicolons = parted(typed, ';');
    if semicolons.len() > 1 { semicolons } else { parted(typed, ',') }
}

fn parted(typed: &str, sign: char) -> Vec<String> {
    let (mut pieces, mut piece) = (Vec::new(), String::new());
    let (mut quoted, mut escaped, mut in_brackets) = (false, false, false);
    for character in typed.chars() {
        let parts = character == sign && !quoted && !in_brackets;
        match character {
            '"' if !escaped => quoted = !quoted,
            '<' if !quoted => in_brackets = true,
            '>' if !quoted => in_brackets = false,
            _ => {}
        }
        escaped = character == '\\' && quoted && !escaped;
        if parts {
            pieces.push(std::mem::take(&mut piece));
        } else {
            piece.push(character);
        }
    }
    pieces.push(piece);
    pieces.iter().map(|piece| piece.trim()).filter(|piece| !piece.is_empty()).map(str::to_owned).collect()
}

/// Name and address of a piece; without brackets all of it is the address.
fn taken_apart(piece: &str) -> (String, String) {
    let bracketed = piece.rsplit_once('<').and_then(|(name, rest)| Some((name, rest.trim_end().strip_suffix('>')?)));
    let Some((name, address)) = bracketed else { return (String::new(), piece.trim().to_owned()) };
    let name = name.trim();
    let name = match name.strip_prefix('"').and_then(|name| name.strip_suffix('"')) {
        Some(quoted) => unescaped(quoted),
        None => name.to_owned(),
    };
    (super::typed::line(&name), address.trim().to_owned())
}

fn unescaped(quoted: &str) -> String {
    let mut characters = quoted.chars();
    let mut out = String::new();
    while let Some(character) = characters.next() {
        out.extend(if character == '\\' { characters.next() } else { Some(character) });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_part_where_people_part_them() {
        assert_eq!(
            pieces(" a@x.test , Bruno;, \"Lœwe, C.\" <c@x.test>"),
            ["a@x.test , Bruno", ", \"Lœwe, C.\" <c@x.test>"]
        );
        assert_eq!(pieces("a@x.test, \"Lœwe, C.\" <c@x.test>,, d"), ["a@x.test", "\"Lœwe, C.\" <c@x.test>", "d"]);
        assert_eq!(pieces("Müller, Anne <a@x.test>; Petit, Bruno <b@x.test>").len(), 2);
        assert_eq!(pieces("\"say \\\"hi, there\\\"\" <a@x.test>, b").len(), 2);
        assert!(pieces(" ,;, ").is_empty() || pieces(",").is_empty());
    }

    #[test]
    fn names_with_quotes_emoji_and_both_directions_come_through() {
        for name in ["Zoé \"la\" Z.", "🙂 Équipe", "שלום, חבר", "a\\b"] {
            let typed = mailbox(Some(name), "z@x.test");
            assert_eq!(pieces(&typed), std::slice::from_ref(&typed), "{typed}");
            assert_eq!(taken_apart(&typed), (name.to_owned(), "z@x.test".to_owned()));
        }
        assert_eq!(taken_apart("a@x.test").1, "a@x.test");
    }
}
