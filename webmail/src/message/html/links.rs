//! Where links lead, and whether what they say hides it.

use url::{Host, Url};

/// Octets of an address that is followed at all.
const URL_MAX_BYTES: usize = 4000;

/// The target of a link, written as browsers read it; nothing for what is no web, mail or telephone address.
#[must_use]
pub fn target(value: &str) -> Option<Url> {
    if value.len() > URL_MAX_BYTES {
        return None;
    }
    let url = Url::parse(value.trim()).ok()?;
    match url.scheme() {
        "http" | "https" => url.host().is_some().then_some(url),
        "mailto" | "tel" => Some(url),
        _ => None,
    }
}

/// What has to be said of a link beside its text: the host it leads to, or the address it writes to. Nothing where the
/// text hides nothing.
#[must_use]
pub fn remark(target: &Url, text: &str) -> Option<String> {
    match target.scheme() {
        "http" | "https" => {
            let host = target.host()?;
            let has_user = !target.username().is_empty() || target.password().is_some();
            let is_odd = is_odd(&host) || has_user || is_mixed(text);
            let is_other = hosts_in(text).iter().any(|said| !is_same(said, &host.to_string()));
            (is_odd || is_other).then(|| host.to_string())
        }
        "mailto" => {
            let to = crate::message::plain::unescaped(target.path());
            let said = text.split_whitespace().find(|word| word.contains('@'))?;
            let said = said.trim_matches(|c: char| !c.is_alphanumeric());
            (!to.eq_ignore_ascii_case(said)).then_some(to)
        }
        _ => None,
    }
}

/// A host that people cannot read for what it is.
fn is_odd(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => name.split('.').any(|label| label.starts_with("xn--")),
        Host::Ipv4(_) | Host::Ipv6(_) => true,
    }
}

/// The host names that a text mentions.
fn hosts_in(text: &str) -> Vec<String> {
    let words = text.split(|c: char| {
        c.is_whitespace() || matches!(c, '<' | '>' | '(' | ')' | '[' | ']' | ',' | ';' | '"' | '«' | '»')
    });
    words.take(200).filter_map(host_of).take(8).collect()
}

fn host_of(word: &str) -> Option<String> {
    let after_scheme = word.split_once("://").map_or(word, |(_, rest)| rest);
    let authority = after_scheme.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?.split(':').next()?.trim_end_matches('.');
    let labels: Vec<&str> = host.split('.').collect();
    let (last, first) = labels.split_last()?;
    let is_label =
        |label: &&str| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_');
    let is_top = last.chars().count() >= 2 && last.chars().all(char::is_alphabetic);
    (!first.is_empty() && is_top && first.iter().all(is_label)).then(|| host.to_lowercase())
}

/// Whether two hosts are of one house: the same, or one inside the other, `www.` left out.
fn is_same(said: &str, real: &str) -> bool {
    let bare = |host: &str| host.strip_prefix("www.").unwrap_or(host).to_owned();
    let (said, real) = (bare(said), bare(real));
    let inside =
        |outer: &str, inner: &str| inner.strip_suffix(outer).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    inside(&said, &real) || inside(&real, &said)
}

/// Whether a word mixes scripts whose letters look alike (Unicode TR 39 §5.1).
#[must_use]
pub fn is_mixed(text: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric()).any(|word| {
        let latin =
            word.chars().any(|c| c.is_alphabetic() && matches!(c, '\u{41}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}'));
        let alike = word
            .chars()
            .any(|c| matches!(c, '\u{370}'..='\u{52f}' | '\u{13a0}'..='\u{13ff}' | '\u{ff21}'..='\u{ff5a}'));
        latin && alike
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn only_web_mail_and_telephone_are_followed() {
        for bad in [
            "javascript:alert(1)",
            " java\nscript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "\u{1}javascript:alert(1)",
            "vbscript:x",
            "data:text/html,<script>",
            "file:///etc/passwd",
            "blob:https://x/y",
            "//evil.example/",
            "/f/1",
            "#x",
            "",
            "https://",
            "http:///",
            "about:blank",
            "view-source:https://x",
        ] {
            assert!(target(bad).is_none_or(|url| matches!(url.scheme(), "http" | "https")), "{bad}");
        }
        assert!(target("javascript:alert(1)").is_none());
        assert_eq!(target("https://Mairie.example/a b?<x>").unwrap().as_str(), "https://mairie.example/a%20b?%3Cx%3E");
        assert!(target("mailto:a@b.example").is_some() && target("tel:+33123").is_some());
    }

    fn said(href: &str, text: &str) -> Option<String> {
        remark(&target(href).unwrap(), text)
    }

    #[test]
    fn a_text_that_names_another_host_is_corrected() {
        assert_eq!(said("https://evil.example/x", "https://www.mabanque.fr").as_deref(), Some("evil.example"));
        assert_eq!(said("https://evil.example/", "Log in at mabanque.fr now").as_deref(), Some("evil.example"));
        assert_eq!(said("https://www.mabanque.fr/x", "mabanque.fr"), None);
        assert_eq!(said("https://login.mabanque.fr/x", "www.mabanque.fr/compte"), None);
        assert_eq!(
            said("https://mabanque.fr.evil.example/", "mabanque.fr").as_deref(),
            Some("mabanque.fr.evil.example")
        );
        assert_eq!(said("https://x.example/", "Cliquez ici"), None);
        assert_eq!(said("https://x.example/", "v. 2.0 of 3.5"), None);
        assert_eq!(said("https://mabanque.fr@evil.example/", "ici").as_deref(), Some("evil.example"));
        assert_eq!(said("https://192.0.2.7/", "ici").as_deref(), Some("192.0.2.7"));
        assert_eq!(said("mailto:evil@evil.example", "maire@mairie.test").as_deref(), Some("evil@evil.example"));
        assert_eq!(said("mailto:maire@mairie.test?subject=x", "maire@mairie.test"), None);
    }

    #[test]
    fn letters_that_look_alike_are_shown_as_they_are() {
        assert_eq!(said("https://p\u{430}ypal.com/", "paypal.com").as_deref(), Some("xn--pypal-4ve.com"));
        assert!(is_mixed("P\u{430}ypal") && !is_mixed("Привет, Paul") && !is_mixed("Zoé"));
    }
}
