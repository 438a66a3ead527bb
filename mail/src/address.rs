//! A mailbox address: `local-part "@" domain` (RFC 5321 §4.1.2, RFC 6531 §3.3).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Domain;

/// Why a text is no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// There is no `@` with something before it.
    #[error("an address needs a local part, an @ and a domain")]
    Form,
    /// The part before the `@` is over 64 octets or has characters that need quoting.
    #[error("the part before the @ is not valid")]
    LocalPart,
    /// The part after the `@` is no domain.
    #[error("the domain is not valid")]
    Domain,
}

/// A mailbox address. The local part is kept as it was written, without its quotes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address {
    local: String,
    domain: Domain,
}

impl Address {
    /// Reads `local@domain` or `"quoted local"@domain`, without angle brackets.
    ///
    /// # Errors
    /// [`AddressError`] names the part that is wrong.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let (local, domain) = split(text)?;
        Ok(Self { local, domain: Domain::parse(domain)? })
    }

    /// Puts an address together from a local part without quotes and a domain.
    ///
    /// # Errors
    /// [`AddressError::LocalPart`] when the local part is empty, too long or has control characters.
    pub fn new(local: &str, domain: Domain) -> Result<Self, AddressError> {
        is_local(local).then(|| Self { local: local.to_owned(), domain }).ok_or(AddressError::LocalPart)
    }

    /// The local part as written, without quotes.
    #[must_use]
    pub fn local(&self) -> &str {
        &self.local
    }

    /// The domain.
    #[must_use]
    pub fn domain(&self) -> &Domain {
        &self.domain
    }

    /// The form under which an address is looked up: all in lower case, as every Exchange compares it.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}@{}", self.local.to_lowercase(), self.domain)
    }

    /// Whether the address needs SMTPUTF8 to travel (RFC 6531 §3.2): its local part is not ASCII.
    #[must_use]
    pub fn needs_utf8(&self) -> bool {
        !self.local.is_ascii()
    }
}

fn split(text: &str) -> Result<(String, &str), AddressError> {
    if let Some(quoted) = text.strip_prefix('"') {
        return split_quoted(quoted);
    }
    let (local, domain) = text.rsplit_once('@').ok_or(AddressError::Form)?;
    let atoms = is_local(local) && local.split('.').all(is_atom);
    atoms.then(|| (local.to_owned(), domain)).ok_or(AddressError::LocalPart)
}

// Quoted-string = DQUOTE *QcontentSMTP DQUOTE (RFC 5321 §4.1.2)
fn split_quoted(text: &str) -> Result<(String, &str), AddressError> {
    let mut local = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => {
                let domain = text.get(at + 1..).and_then(|rest| rest.strip_prefix('@')).ok_or(AddressError::Form)?;
                return is_local(&local).then_some((local, domain)).ok_or(AddressError::LocalPart);
            }
            '\\' => local.push(chars.next().ok_or(AddressError::LocalPart)?.1),
            _ => local.push(c),
        }
    }
    Err(AddressError::Form)
}

// RFC 5321 §4.5.3.1.1: a local part has at most 64 octets.
fn is_local(local: &str) -> bool {
    !local.is_empty() && local.len() <= 64 && !local.chars().any(char::is_control)
}

// atext of RFC 5322 §3.2.3, and UTF8-non-ascii of RFC 6531 §3.3
fn is_atom(atom: &str) -> bool {
    let atext = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c) || !c.is_ascii();
    !atom.is_empty() && atom.chars().all(atext)
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.local.split('.').all(is_atom) {
            return write!(f, "{}@{}", self.local, self.domain);
        }
        let escaped = self.local.replace('\\', "\\\\").replace('"', "\\\"");
        write!(f, "\"{escaped}\"@{}", self.domain)
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Address {
    type Error = AddressError;

    fn try_from(text: String) -> Result<Self, AddressError> {
        Self::parse(&text)
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.to_string()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn case_differs_in_display_but_not_in_key() {
        let address = Address::parse("Accueil@Corp.Test").unwrap();
        assert_eq!(address.to_string(), "Accueil@corp.test");
        assert_eq!(address.key(), "accueil@corp.test");
    }

    #[test]
    fn quoted_local_parts_keep_their_meaning() {
        let address = Address::parse(r#""a \"b\" c"@corp.test"#).unwrap();
        assert_eq!(address.local(), r#"a "b" c"#);
        assert_eq!(address.to_string(), r#""a \"b\" c"@corp.test"#);
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for bad in ["", "@", "a@", "@b.c", "a", "a b@c.d", "a..b@c.d", ".a@c.d", "\"a@c.d", "a\r\n@c.d", "<a@b.c>"] {
            assert!(Address::parse(bad).is_err(), "{bad:?}");
        }
        assert!(Address::parse(&format!("{}@b.c", "a".repeat(65))).is_err());
    }

    proptest! {
        #[test]
        fn printing_and_parsing_are_inverse(local in "[ -~é中]{1,20}") {
            let address = Address::new(&local, Domain::parse("corp.test").unwrap()).unwrap();
            prop_assert_eq!(Address::parse(&address.to_string()).unwrap(), address);
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC*") {
            let _ = Address::parse(&text);
        }
    }
}
