//! Where in the file something is said: an offset becomes a line and a key, a key becomes a line.

/// The line (from 1) of a byte offset, and the key that stands there with its section.
pub(super) fn of_offset(text: &str, offset: usize) -> (usize, String) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let mut section = String::new();
    let mut key = String::new();
    for said in text.lines().take(line).map(Said::read) {
        match said {
            Said::Section(name) => (section, key) = (name, String::new()),
            Said::Key(name) => key = name,
            Said::Other => {}
        }
    }
    (line, joined(&section, &key))
}

/// The line (from 1) that says `key`, or else its section, or else 1.
pub(super) fn of_key(text: &str, key: &str) -> usize {
    let mut section = String::new();
    let mut nearest = 1;
    for (at, said) in text.lines().map(Said::read).enumerate() {
        match said {
            Said::Section(name) => section = name,
            Said::Key(name) if joined(&section, &name) == key => return at + 1,
            Said::Key(_) | Said::Other => continue,
        }
        if section == key || key.starts_with(&format!("{section}.")) {
            nearest = at + 1;
        }
    }
    nearest
}

fn joined(section: &str, key: &str) -> String {
    match (section.is_empty(), key.is_empty()) {
        (true, _) => key.to_owned(),
        (false, true) => format!("[{section}]"),
        (false, false) => format!("{section}.{key}"),
    }
}

/// What a line says, as far as names go.
enum Said {
    Section(String),
    Key(String),
    Other,
}

impl Said {
    fn read(line: &str) -> Self {
        let line = line.trim();
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            return Self::Section(name.trim_matches(['[', ' ', '"']).to_owned());
        }
        let named = line.split_once('=').map(|(name, _)| name.trim());
        let is_name = |name: &&str| name.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
        named.filter(is_name).map_or(Self::Other, |name| Self::Key(name.to_owned()))
    }
}
