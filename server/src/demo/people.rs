//! The stage's staff as the directory file that the demo's `csv` connector reads.

use deploy::primary::{BENT_ALIAS, INTRUDER};
use deploy::staff::{CONTACTS, DOMAIN, GROUPS, STAFF};

const HEADER: &str = "kind,name,address,aliases,given_name,family_name,department,members\n";

/// The whole directory; when `is_bent`, with the attacker's account, which has taken an alias of the counter.
#[must_use]
pub fn csv(is_bent: bool) -> String {
    let people = STAFF.iter().map(move |one| {
        let is_taken = one.alias.is_empty() || is_bent && one.alias == BENT_ALIAS;
        let alias = if is_taken { String::new() } else { format!("{}@{DOMAIN}", one.alias) };
        row(&["person", &one.name(), &one.address(), &alias, one.given, one.family, one.department, ""])
    });
    let groups = GROUPS.iter().map(|group| {
        let members: Vec<String> = group.members.iter().map(|login| format!("{login}@{DOMAIN}")).collect();
        row(&["group", group.name, &format!("{}@{DOMAIN}", group.login), "", "", "", "", &members.join(" ")])
    });
    let contacts = CONTACTS.iter().map(|(name, address)| row(&["contact", name, address, "", "", "", "", ""]));
    let (intruder, alias) = (format!("{INTRUDER}@{DOMAIN}"), format!("{BENT_ALIAS}@{DOMAIN}"));
    let intruder = is_bent.then(|| row(&["person", "IT Support", &intruder, &alias, "IT", "Support", "", ""]));
    std::iter::once(HEADER.to_owned()).chain(people).chain(intruder).chain(groups).chain(contacts).collect()
}

fn row(cells: &[&str]) -> String {
    let quoted: Vec<String> = cells.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
    format!("{}\n", quoted.join(","))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn the_connector_reads_it() {
        let entries = sync::directory::csv::parse(csv(false).as_bytes()).unwrap();
        assert_eq!(entries.len(), STAFF.len() + GROUPS.len() + CONTACTS.len());
        let bent = sync::directory::csv::parse(csv(true).as_bytes()).unwrap();
        assert_eq!(bent.len(), entries.len() + 1);
    }
}
