#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
use super::*;

const LEAST: &str = "organisation = \"Mairie\"\ndomains = [\"mairie.test\"]\ndata = \"/var/lib/relais\"\n";

fn wrong(text: &str) -> String {
    let parsed = Config::parse(text, Path::new("relais.toml"));
    parsed.and_then(|config| config.check(text, Path::new("relais.toml"))).unwrap_err().to_string()
}

#[test]
fn three_keys_are_enough() {
    let config = Config::parse(LEAST, Path::new("relais.toml")).unwrap();
    assert_eq!(config.hostname(), "relais.mairie.test");
}

/// `#key = value` is a default.
#[test]
fn the_example_shows_the_defaults() {
    let shown = Config::parse(&defaults_shown(), Path::new("example")).unwrap();
    let required = |line: &&str| ["organisation", "domains", "data"].iter().any(|key| line.starts_with(key));
    let least: String = EXAMPLE.lines().filter(required).map(|line| format!("{line}\n")).collect();
    assert_eq!(shown, Config::parse(&least, Path::new("least")).unwrap());
}

fn defaults_shown() -> String {
    let keep = |line: &str| match line.strip_prefix('#') {
        Some(rest) if is_key(rest) => rest.to_owned(),
        _ => line.to_owned(),
    };
    EXAMPLE.lines().map(keep).collect::<Vec<_>>().join("\n")
}

fn is_key(line: &str) -> bool {
    let name = line.split_once(" = ").map_or("", |(name, _)| name);
    !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '_')
}

/// `#: key = value` and `#: [table]` have no default.
#[test]
fn the_example_shows_every_key() {
    let text = defaults_shown()
        .lines()
        .map(|line| format!("{}\n", line.strip_prefix("#: ").unwrap_or(line)))
        .collect::<String>();
    let all = Config::parse(&text, Path::new("example")).unwrap();
    all.check(&text, Path::new("example")).unwrap();
    let mut absent = Vec::new();
    nulls("", &serde_json::to_value(&all).unwrap(), &mut absent);
    assert_eq!(absent, Vec::<String>::new(), "not in the example");
}

fn nulls(path: &str, value: &serde_json::Value, found: &mut Vec<String>) {
    match value {
        serde_json::Value::Null => found.push(path.to_owned()),
        serde_json::Value::Object(map) => {
            map.iter().for_each(|(key, value)| nulls(&format!("{path}.{key}"), value, found))
        }
        _ => {}
    }
}

#[test]
fn an_unknown_key_is_named_with_its_line_and_what_is_allowed() {
    let said = wrong(&format!("{LEAST}\n[smtp]\nlisten = []\nport = 25\n"));
    assert!(said.starts_with("relais.toml:7: smtp.port: unknown field `port`, expected one of `listen`"), "{said}");
}

#[test]
fn a_wrong_value_is_named_with_its_line_and_what_is_allowed() {
    let said = wrong(&format!("{LEAST}[log]\nformat = \"xml\"\n"));
    assert!(said.starts_with("relais.toml:5: log.format: unknown variant `xml`, expected `text` or `json`"), "{said}");
    let said = wrong(&format!("{LEAST}[history]\nwindow_days = \"30\"\n"));
    assert!(said.starts_with("relais.toml:5: history.window_days: "), "{said}");
    assert!(wrong(&format!("{LEAST}[history]\nwindow_days = 0\n")).contains("at least 1"));
    let said = wrong(&format!("{LEAST}[smtp]\nlisten = [\"25\"]\n"));
    assert!(said.starts_with("relais.toml:5: smtp.listen: "), "{said}");
}

#[test]
fn a_missing_key_is_named() {
    assert!(wrong("organisation = \"Mairie\"\n").contains("missing field `domains`"));
    let said = wrong(&format!("{LEAST}[directory]\nconnector = \"ldap\"\n"));
    assert_eq!(said, "relais.toml:4: directory: connector = \"ldap\" needs url");
}

#[test]
fn keys_inside_the_data_folder_are_refused() {
    let said = wrong(&format!("{LEAST}secrets = \"/var/lib/relais/secrets\"\n"));
    assert!(said.starts_with("relais.toml:4: secrets: the keys must lie outside"), "{said}");
}

#[test]
fn text_that_is_no_toml_is_named_with_its_line() {
    assert!(wrong("organisation = \"Mairie\"\ndomains = [\n").starts_with("relais.toml:"));
}

#[test]
fn a_room_that_one_message_fills_is_refused() {
    let said = wrong(&format!("{LEAST}[smtp]\nheld_max_bytes = 1000\n"));
    assert!(said.starts_with("relais.toml:5: smtp.held_max_bytes: must be at least twice"), "{said}");
    let said = wrong(&format!("{LEAST}[imap]\nheld_max_bytes = 1000\n"));
    assert!(said.starts_with("relais.toml:5: imap.held_max_bytes: must be at least twice"), "{said}");
}

#[test]
fn signatures_witness_origins_and_postmaster_are_checked() {
    for (text, says) in [
        ("[failover]\napprovals = 3\n", "failover.approvals: one or two people sign"),
        ("[audit]\nwitness_file = \"/var/lib/relais/heads\"\n", "audit.witness_file: the witness must lie outside"),
        ("[audit]\nsyslog = { address = \"logs\" }\n", "audit: syslog.address \"logs\" is not host:port"),
        (
            "[audit]\nsyslog = { address = \"logs:6514\", key_file = \"a.key\" }\n",
            "audit: syslog.certificate_file and syslog.key_file go together",
        ),
        ("[webmail]\norigin = \"http://secours.example\"\n", "browsers keep no session there: say https://"),
        (
            "[console]\norigin = \"https://secours.example/\"\n",
            "console: origin \"https://secours.example/\" is not what",
        ),
        ("postmaster = \"dsi@elsewhere.test\"\n", "postmaster: the address must lie in one of"),
    ] {
        let said = wrong(&format!("{LEAST}{text}"));
        assert!(said.contains(says), "{said}");
    }
}

#[test]
fn regions_and_rules_that_do_not_fit_are_named() {
    let two = "[[region]]\nname = \"paris\"\n[[region]]\nname = \"bonn\"\ndata = \"/srv/bonn\"\n";
    for (text, says) in [
        ("[[region]]\nname = \"a\"\n[[region]]\nname = \"a\"\n", "two regions are named \"a\""),
        ("[[region]]\nname = \"a\"\ndata = \"/var/lib/relais\"\n", "needs a data folder that nobody else has"),
        ("[[region]]\nname = \"a\"\nunlock_key_file = \"/k\"\n", "unlock_key_file without unlock_public"),
        ("[pinning]\ndefault = \"mars\"\n", "there is no [[region]] named \"mars\""),
        ("[pinning]\nattribute = \"c\"\n", "attribute and values belong together"),
    ] {
        let said = wrong(&format!("{LEAST}{text}"));
        assert!(said.contains(says), "{said}");
    }
    let key = "unlock_public = \"x\"\nunlock_key_file = \"/srv/bonn/unlock.key\"\n";
    assert!(wrong(&format!("{LEAST}{two}{key}")).contains("must lie outside the data folders"));
}

#[test]
fn two_parts_of_the_store_do_not_share_a_place_for_backups() {
    let regions = "[[region]]\nname = \"main\"\n[[region]]\nname = \"bonn\"\ndata = \"/srv/bonn\"\nbackup_to = \"/copies/house/\"\n";
    let said = wrong(&format!("{LEAST}[backup]\nto = \"/copies/house\"\n{regions}"));
    assert!(said.contains("each needs a place of its own"), "{said}");
}

#[test]
fn a_region_takes_from_the_house_what_it_leaves_out() {
    let own = "unlock_public = \"x\"\nunlock_key_file = \"/media/bonn.key\"\nwindow_days = 7\n";
    let text = format!(
        "{LEAST}[seal]\nunlock = \"quorum\"\nunlock_public = \"y\"\n[[region]]\nname = \"paris\"\n[[region]]\nname = \"bonn\"\n{own}"
    );
    let config = Config::parse(&text, Path::new("relais.toml")).unwrap();
    config.check(&text, Path::new("relais.toml")).unwrap();
    let [paris, bonn] = &config.regions()[..] else { panic!("two regions") };
    assert_eq!(paris.seal(&config.seal).unlock_public.as_deref(), Some("y"));
    let seal = bonn.seal(&config.seal);
    assert_eq!((seal.unlock_public.as_deref(), seal.unlock), (Some("x"), UnlockBy::File));
    assert_eq!((config.window_days(&paris.name), config.window_days(&bonn.name)), (30, 7));
    let none = Config::parse(LEAST, Path::new("relais.toml")).unwrap();
    assert_eq!(none.regions().len(), 1, "without any there is one");
    assert_eq!(none.regions()[0].name, none.seal.region);
}
