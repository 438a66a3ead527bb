//! The arrows between the rooms point down only; the manifests are read and any other arrow is refused.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};

use crate::house::root;

/// Room, and the rooms it may import.
const ARROWS: [(&str, &[&str]); 12] = [
    ("mail", &[]),
    ("dns", &["mail"]),
    ("failover", &["mail"]),
    ("smtp", &["mail"]),
    ("imap", &["mail"]),
    ("store", &["mail"]),
    ("identity", &["mail", "store"]),
    ("sync", &["mail", "store", "imap"]),
    ("webmail", &["mail", "store", "identity", "failover", "dns"]),
    // The demo's stage plays outsiders: it knows protocols, never the store.
    ("deploy", &["mail", "dns", "smtp", "imap"]),
    (
        "server",
        &["mail", "dns", "failover", "smtp", "imap", "store", "identity", "sync", "webmail", "deploy"],
    ),
    ("tests", &[]),
];

const FORBIDDEN_NAMES: [&str; 5] = ["common", "core", "utils", "util", "helpers"];

pub fn play(_: &Path) -> Result<()> {
    let arrows: BTreeMap<&str, &[&str]> = ARROWS.into_iter().collect();
    let manifest = manifest(&root()?)?;
    let members = manifest["workspace"]["members"].as_array().context("no members")?;
    for member in members.iter().filter_map(toml::Value::as_str) {
        ensure!(!FORBIDDEN_NAMES.contains(&member), "no room is called {member}");
        let allowed = arrows.get(member).with_context(|| format!("{member} is no room of the house"))?;
        let imports = rooms_imported(member, &arrows)?;
        for import in &imports {
            ensure!(allowed.contains(&import.as_str()), "{member} imports {import}: arrows point down only");
        }
    }
    ensure!(members.len() >= 10, "read {} members only", members.len());
    Ok(())
}

/// The rooms that a room's manifest names, whatever for.
fn rooms_imported(member: &str, arrows: &BTreeMap<&str, &[&str]>) -> Result<Vec<String>> {
    let manifest = manifest(&root()?.join(member))?;
    let name = manifest["package"]["name"].as_str().context("no name")?;
    ensure!(name == member, "the folder {member} holds a package called {name}");
    let tables = ["dependencies", "build-dependencies", "dev-dependencies"];
    let named = tables.iter().filter_map(|table| manifest.get(*table)?.as_table()).flat_map(|table| table.keys());
    Ok(named.filter(|name| arrows.contains_key(name.as_str()) || name.as_str() == "server").cloned().collect())
}

fn manifest(dir: &Path) -> Result<toml::Table> {
    let path = dir.join("Cargo.toml");
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(text.parse()?)
}
