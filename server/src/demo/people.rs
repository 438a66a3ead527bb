//! The stage's staff as the directory file that the demo's `csv` connector reads.

use deploy::staff::{CONTACTS, DOMAIN, GROUPS, STAFF};

const HEADER: &str = "kind,name,address,aliases,given_name,family_name,department,members\n";

/// The whole directory.
#[must_use]
pub fn csv() -> String {
    let people = STAFF.iter().map(|one| {
        let alias = if one.alias.is_empty() { String::new() } else { format!("{}@{DOMAIN}", one.alias) };
        row(&["person", &one.name(), &one.address(), &alias, one.given, one.family, one.department, ""])
    });
    let groups = GROUPS.iter().map(|group| {
        let members: Vec<String> = group.members.iter().map(|login| format!("{login}@{DOMAIN}")).collect();
        row(&["group", group.name, &format!("{}@{DOMAIN}", group.login), "", "", "", "", &members.join(" ")])
    });
    let contacts = CONTACTS.iter().map(|(name, address)| row(&["contact", name, address, "", "", "", "", ""]));
    std::iter::once(HEADER.to_owned()).chain(people).chain(groups).chain(contacts).collect()
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
        let entries = sync::directory::csv::parse(csv().as_bytes()).unwrap();
        assert_eq!(entries.len(), STAFF.len() + GROUPS.len() + CONTACTS.len());
    }
}
