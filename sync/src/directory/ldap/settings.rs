//! How an LDAP server is reached and what is read there.

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;

use mail::Region;

/// The settings of a connector.
#[derive(Clone)]
pub struct Settings {
    /// `ldaps://host` or `ldap://host`, with a port when it is another.
    pub url: String,
    /// STARTTLS on an `ldap://` connection, which is then required.
    pub starttls: bool,
    /// Whom to bind as; anonymous when absent.
    pub bind_dn: Option<String>,
    /// Its password.
    pub password: String,
    /// Below what to search.
    pub base: String,
    /// Which entries.
    pub filter: String,
    /// The attribute that says that an entry is left out of address lists.
    pub hidden_attribute: String,
    /// The attribute that says where a mailbox is kept.
    pub region: Option<RegionBy>,
    /// The authority whose certificates are trusted; the system's when absent.
    pub ca_file: Option<PathBuf>,
    /// Seconds to wait for an answer.
    pub answer_s: u64,
}

/// Where a mailbox is kept, by the value of an attribute.
#[derive(Clone, Debug)]
pub struct RegionBy {
    /// The attribute's name.
    pub attribute: String,
    /// What its values mean; case does not matter.
    pub values: HashMap<String, Region>,
}

impl RegionBy {
    /// Where these values send a mailbox; `None` when no value is known.
    pub(super) fn of(&self, values: &[String]) -> Option<Region> {
        let named = |value: &String| {
            let is_named = |known: &&String| known.eq_ignore_ascii_case(value.trim());
            self.values.keys().find(is_named).and_then(|known| self.values.get(known)).cloned()
        };
        values.iter().find_map(named)
    }
}

impl Settings {
    /// Settings that read every recipient below `base`, anonymously.
    #[must_use]
    pub fn new(url: &str, base: &str) -> Self {
        Self {
            url: url.to_owned(),
            starttls: false,
            bind_dn: None,
            password: String::new(),
            base: base.to_owned(),
            filter: "(|(mail=*)(proxyAddresses=*)(targetAddress=*))".to_owned(),
            hidden_attribute: "msExchHideFromAddressLists".to_owned(),
            region: None,
            ca_file: None,
            answer_s: 30,
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("url", &self.url).field("base", &self.base).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn the_first_known_value_tells_the_region() {
        let region = Region::parse("bonn").unwrap();
        let by = RegionBy { attribute: "c".to_owned(), values: HashMap::from([("DE".to_owned(), region.clone())]) };
        let of = |values: &[&str]| by.of(&values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>());
        assert_eq!(of(&["FR", " de "]), Some(region));
        assert_eq!(of(&["FR"]), None);
        assert_eq!(of(&[]), None);
    }
}
