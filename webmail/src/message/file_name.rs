//! Names of files as they travel in a header (RFC 6266, RFC 8187), and as they may be saved.

/// Characters of a name.
const CHARS_MAX: usize = 120;
/// Characters of what follows its last dot.
const EXTENSION_CHARS: usize = 12;
/// Names that one system or another keeps for itself.
const RESERVED: [&str; 6] = ["con", "prn", "aux", "nul", "com1", "lpt1"];

/// A name under which a file can be saved anywhere: one line, no way into other folders, no tricks of direction, its
/// extension where it is.
#[must_use]
pub fn safe(name: &str) -> String {
    let name = super::plain::line(name, usize::MAX);
    // Whatever stands before a slash is a folder of somebody else's machine.
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String =
        name.chars().map(|c| if matches!(c, ':' | '*' | '?' | '"' | '<' | '>' | '|') { '_' } else { c }).collect();
    let name = name.trim_matches([' ', '.']);
    let stem = name.split('.').next().unwrap_or_default().to_ascii_lowercase();
    match name {
        "" => "file".to_owned(),
        name if RESERVED.contains(&stem.as_str()) => format!("_{name}"),
        name => shortened(name),
    }
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= CHARS_MAX {
        return name.to_owned();
    }
    let extension = name.rsplit_once('.').map(|(_, extension)| extension);
    match extension.filter(|extension| extension.chars().count() <= EXTENSION_CHARS) {
        Some(extension) => {
            format!("{}….{extension}", name.chars().take(CHARS_MAX - EXTENSION_CHARS).collect::<String>())
        }
        None => name.chars().take(CHARS_MAX).collect(),
    }
}

/// The value of Content-Disposition for a file that is to be saved, whatever it is called.
#[must_use]
pub fn disposition(name: &str) -> String {
    let name = safe(name);
    // RFC 6266 appendix D: a plain form for whoever does not know the other; without quotes, backslashes and percents.
    let plain: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, ' ' | '.' | '-' | '_' | '(' | ')') { c } else { '_' })
        .collect();
    let mut encoded = String::new();
    for octet in name.bytes() {
        match octet {
            // RFC 8187 §3.2.1, attr-char
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b'~' => encoded.push(char::from(octet)),
            _ => encoded.push_str(&format!("%{octet:02X}")),
        }
    }
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_nowhere() {
        for (name, expected) in [
            ("../../etc/passwd", "passwd"),
            ("C:\\Windows\\system32\\cmd.exe", "cmd.exe"),
            ("facture\u{202e}fdp.exe", "facturefdp.exe"),
            ("a\r\nSet-Cookie: x=y.txt", "a  Set-Cookie_ x=y.txt"),
            ("", "file"),
            ("...", "file"),
            (".htaccess", "htaccess"),
            ("con.txt", "_con.txt"),
            ("\"><img src=x onerror=alert(1)>.png", "___img src=x onerror=alert(1)_.png"),
            ("Été 2026 🙂.pdf", "Été 2026 🙂.pdf"),
        ] {
            assert_eq!(safe(name), expected);
        }
        let long = safe(&format!("{}.pdf", "é".repeat(5000)));
        assert!(long.chars().count() <= CHARS_MAX && long.ends_with(".pdf"), "{long}");
    }

    #[test]
    fn headers_hold_any_name() {
        assert_eq!(
            disposition("Devis \"n° 3\" 🙂.pdf"),
            "attachment; filename=\"Devis _n_ 3_ _.pdf\"; filename*=UTF-8''Devis%20_n%C2%B0%203_%20%F0%9F%99%82.pdf"
        );
        for name in ["a\r\nX: y", "\";x=\"", "%22%0d%0a", "\u{202e}", "'", "\\"] {
            let value = disposition(name);
            assert!(value.bytes().all(|octet| (b' '..=b'~').contains(&octet)), "{value}");
            assert_eq!(value.matches('"').count(), 2, "{value}");
        }
    }
}
