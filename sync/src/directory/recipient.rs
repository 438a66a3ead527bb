//! From the attributes of an entry to what Relais knows of it, as Active Directory and Exchange write them.
//!
//! ```text
//!   proxyAddresses  SMTP:main@..  smtp:alias@..  X500:/o=...     mail        displayName givenName sn
//!   targetAddress   where a contact's mail really goes           member      DNs, resolved by the connector
//!   msExchRecipientTypeDetails  4 shared, 16 room, 32 equipment, 64 contact, 128 mail user ...
//! ```
//!
//! A disabled account is refused sign-in, never its mailbox: the accounts of shared mailboxes are always disabled.

use std::collections::HashMap;

use mail::Address;
use store::EntryId;
use store::directory::{Entry, EntryKind};

/// `userAccountControl`: the account is disabled.
const ACCOUNT_DISABLED: i64 = 2;
/// Shared, room, equipment; the large ones are their remote forms. They exceed 32 bits.
const SHARED_TYPES: [i64; 6] = [4, 16, 32, 8_589_934_592, 17_179_869_184, 34_359_738_368];
/// Mail contact, mail user: their mailbox is elsewhere.
const CONTACT_TYPES: [i64; 2] = [64, 128];

/// The attributes of one entry; names in lower case, as servers spell them as they like.
#[derive(Clone, Debug, Default)]
pub(super) struct Attributes(HashMap<String, Vec<String>>);

impl Attributes {
    pub(super) fn insert(&mut self, name: &str, values: Vec<String>) {
        self.0.entry(name.to_ascii_lowercase()).or_default().extend(values);
    }

    pub(super) fn all(&self, name: &str) -> &[String] {
        self.0.get(&name.to_ascii_lowercase()).map(Vec::as_slice).unwrap_or_default()
    }

    pub(super) fn first(&self, name: &str) -> Option<&str> {
        self.all(name).iter().map(|value| value.trim()).find(|value| !value.is_empty())
    }

    /// A part of many values, `NAME;range=FROM-TO`: the values, and where the next part begins.
    pub(super) fn range(&self, name: &str) -> Option<(Vec<String>, Option<u64>)> {
        let prefix = format!("{};range=", name.to_ascii_lowercase());
        let (found, values) = self.0.iter().find(|(known, _)| known.starts_with(&prefix))?;
        let (_, to) = found.strip_prefix(&prefix)?.split_once('-')?;
        Some((values.clone(), to.parse::<u64>().ok().and_then(|to| to.checked_add(1))))
    }

    fn number(&self, name: &str) -> Option<i64> {
        self.first(name)?.parse().ok()
    }

    fn is_true(&self, name: &str) -> bool {
        self.first(name).is_some_and(|value| value.eq_ignore_ascii_case("true") || value == "1")
    }

    fn is_a(&self, classes: &[&str]) -> bool {
        self.all("objectClass").iter().any(|class| classes.iter().any(|known| known.eq_ignore_ascii_case(class)))
    }
}

/// What an entry is; `None` when it is no recipient of ours. What has an address and is nothing we know, such as a group
/// whose members the primary works out, is a group without members: mail for it waits at its sender instead of bouncing.
fn kind(attributes: &Attributes) -> Option<EntryKind> {
    let details = attributes.number("msExchRecipientTypeDetails");
    if attributes.is_a(&["computer"]) {
        return None;
    }
    if attributes.is_a(&["group", "groupOfNames", "groupOfUniqueNames", "groupOfMembers"]) {
        return Some(EntryKind::Group);
    }
    if attributes.is_a(&["contact"]) || details.is_some_and(|details| CONTACT_TYPES.contains(&details)) {
        return Some(EntryKind::Contact);
    }
    if details.is_some_and(|details| SHARED_TYPES.contains(&details)) {
        return Some(EntryKind::Shared);
    }
    let is_person = attributes.is_a(&["person", "user", "inetOrgPerson", "organizationalPerson", "mailRecipient"]);
    Some(if is_person { EntryKind::Person } else { EntryKind::Group })
}

/// What Relais knows of an entry; members are the connector's affair. `None` for what has no address or is no recipient.
pub(super) fn entry(id: EntryId, attributes: &Attributes, hidden_attribute: &str) -> Option<Entry> {
    let kind = kind(attributes)?;
    let (primary, aliases) = addresses(attributes, kind);
    primary.as_ref()?;
    let text = |name: &str| attributes.first(name).unwrap_or_default().to_owned();
    let maybe = |name: &str| attributes.first(name).map(str::to_owned);
    let name = ["displayName", "cn", "mail"].iter().find_map(|name| attributes.first(name)).unwrap_or_default();
    let disabled = attributes.number("userAccountControl").is_some_and(|bits| bits & ACCOUNT_DISABLED != 0);
    Some(Entry {
        primary,
        aliases,
        given_name: text("givenName"),
        family_name: text("sn"),
        hidden: attributes.is_true(hidden_attribute),
        can_sign_in: kind == EntryKind::Person && !disabled,
        phone: maybe("telephoneNumber").or_else(|| maybe("mobile")),
        department: maybe("department").or_else(|| maybe("departmentNumber")),
        title: maybe("title"),
        ..Entry::new(id, kind, name)
    })
}

/// The address to send as, and the others. A contact's mail goes to its target, whatever else it is called here.
fn addresses(attributes: &Attributes, kind: EntryKind) -> (Option<Address>, Vec<Address>) {
    let proxies = || attributes.all("proxyAddresses").iter().filter_map(|value| value.split_once(':'));
    let named = |scheme: &'static str| proxies().filter(move |(found, _)| *found == scheme).map(|(_, address)| address);
    let target =
        attributes.first("targetAddress").map(|value| value.split_once(':').map_or(value, |(_, address)| address));
    let mut ordered: Vec<&str> = Vec::new();
    if kind == EntryKind::Contact {
        ordered.extend(target);
    }
    ordered.extend(named("SMTP"));
    ordered.extend(attributes.first("mail"));
    ordered.extend(named("smtp"));
    let mut found: Vec<Address> = Vec::new();
    for address in ordered.into_iter().filter_map(|text| Address::parse(text.trim()).ok()) {
        if !found.iter().any(|known| known.key() == address.key()) {
            found.push(address);
        }
    }
    if found.is_empty() {
        return (None, Vec::new());
    }
    let aliases = found.split_off(1);
    (found.pop(), aliases)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    fn attributes(list: &[(&str, &[&str])]) -> Attributes {
        let mut attributes = Attributes::default();
        list.iter()
            .for_each(|(name, values)| attributes.insert(name, values.iter().map(|v| (*v).to_owned()).collect()));
        attributes
    }

    #[test]
    fn the_upper_case_proxy_address_is_the_one_to_send_as() {
        let known = attributes(&[
            ("objectclass", &["inetOrgPerson"]),
            ("mail", &["Alias@corp.test"]),
            (
                "proxyAddresses",
                &["smtp:alias@corp.test", "SMTP:Main@corp.test", "X500:/o=Corp/cn=x", "smtp:second@corp.test"],
            ),
            ("msExchHideFromAddressLists", &["TRUE"]),
        ]);
        let entry = entry("1".into(), &known, "msExchHideFromAddressLists").unwrap();
        assert_eq!(entry.primary.unwrap().to_string(), "Main@corp.test");
        let aliases: Vec<String> = entry.aliases.iter().map(Address::key).collect();
        assert_eq!(aliases, ["alias@corp.test", "second@corp.test"]);
        assert!(entry.hidden);
    }

    #[test]
    fn a_disabled_account_keeps_its_mailbox() {
        let known = attributes(&[
            ("objectClass", &["user"]),
            ("mail", &["accueil@corp.test"]),
            ("userAccountControl", &["514"]),
            ("msExchRecipientTypeDetails", &["34359738368"]),
        ]);
        let entry = entry("1".into(), &known, "hidden").unwrap();
        assert_eq!(entry.kind, EntryKind::Shared);
        assert!(!entry.can_sign_in);
    }

    #[test]
    fn mail_for_a_contact_goes_to_its_target() {
        let known = attributes(&[
            ("objectClass", &["contact"]),
            ("mail", &["presse@corp.test"]),
            ("targetAddress", &["SMTP:presse@partner.test"]),
        ]);
        let entry = entry("1".into(), &known, "hidden").unwrap();
        assert_eq!(entry.kind, EntryKind::Contact);
        assert_eq!(entry.primary.unwrap().to_string(), "presse@partner.test");
    }

    #[test]
    fn a_group_that_only_the_primary_can_work_out_is_known_without_members() {
        let known = attributes(&[
            ("objectClass", &["top", "msExchDynamicDistributionList"]),
            ("mail", &["tous@corp.test"]),
            ("displayName", &["Tous"]),
        ]);
        let entry = entry("1".into(), &known, "hidden").unwrap();
        assert_eq!((entry.kind, entry.members.len()), (EntryKind::Group, 0));
        assert_eq!(entry.primary.unwrap().to_string(), "tous@corp.test");
    }

    #[test]
    fn what_has_no_address_is_no_recipient() {
        assert!(entry("1".into(), &attributes(&[("objectClass", &["organizationalUnit"])]), "h").is_none());
        assert!(
            entry("1".into(), &attributes(&[("objectClass", &["person"]), ("mail", &["nonsense"])]), "h").is_none()
        );
    }
}
