//! What is asked for of an entry, and how it is read.

use ldap3::{ResultEntry, SearchEntry};
use store::EntryId;

use super::Settings;

use super::super::recipient::Attributes;

/// The attributes asked for, besides the one that says hidden.
const WANTED: [&str; 24] = [
    "objectClass",
    "entryUUID",
    "objectGUID",
    "mail",
    "proxyAddresses",
    "targetAddress",
    "displayName",
    "cn",
    "givenName",
    "sn",
    "telephoneNumber",
    "mobile",
    "department",
    "departmentNumber",
    "title",
    "member",
    "uniqueMember",
    "userAccountControl",
    "msExchRecipientTypeDetails",
    "company",
    "physicalDeliveryOfficeName",
    "legacyExchangeDN",
    "mailNickname",
    "manager",
];

pub(super) fn wanted(settings: &Settings) -> Vec<String> {
    let region = settings.region.as_ref().map(|by| by.attribute.as_str());
    WANTED.into_iter().chain([settings.hidden_attribute.as_str()]).chain(region).map(str::to_owned).collect()
}

/// An entry as the server showed it.
pub(super) struct Shown {
    pub(super) dn: String,
    pub(super) id: Option<EntryId>,
    pub(super) attributes: Attributes,
}

impl Shown {
    pub(super) fn read(entry: ResultEntry) -> Self {
        let entry = SearchEntry::construct(entry);
        let mut attributes = Attributes::default();
        let mut guid = None;
        for (name, values) in entry.attrs {
            if name.eq_ignore_ascii_case("objectGUID") {
                guid = values.first().and_then(|value| guid_text(value.as_bytes()));
            } else {
                attributes.insert(&name, values);
            }
        }
        for (name, values) in entry.bin_attrs {
            if name.eq_ignore_ascii_case("objectGUID") {
                guid = values.first().and_then(|value| guid_text(value));
            }
        }
        let id = guid.or_else(|| attributes.first("entryUUID").map(str::to_ascii_lowercase)).map(EntryId);
        Self { dn: entry.dn, id, attributes }
    }
}

/// Sixteen octets in the order they come, as an entryUUID is written.
pub(super) fn uuid_text(bytes: &[u8]) -> Option<String> {
    let number = u128::from_be_bytes(bytes.try_into().ok()?);
    let hex = format!("{number:032x}");
    let cut = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    Some(format!("{}-{}-{}-{}-{}", cut(0, 8), cut(8, 12), cut(12, 16), cut(16, 20), cut(20, 32)))
}

/// An objectGUID as Windows writes it: its first three fields are little endian.
fn guid_text(bytes: &[u8]) -> Option<String> {
    let [a, b, c, d, e, f, g, h, rest @ ..] = bytes else { return None };
    uuid_text(&[&[*d, *c, *b, *a, *f, *e, *h, *g][..], rest].concat())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn ids_are_written_as_their_servers_write_them() {
        let bytes: Vec<u8> = (0..16).collect();
        assert_eq!(uuid_text(&bytes).unwrap(), "00010203-0405-0607-0809-0a0b0c0d0e0f");
        assert_eq!(guid_text(&bytes).unwrap(), "03020100-0504-0706-0809-0a0b0c0d0e0f");
        assert_eq!(uuid_text(b"short"), None);
    }
}
