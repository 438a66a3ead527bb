//! What a search asks, as the address bar has it.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use mail::Timestamp;
use mail::search::{Day, Query};
use serde::Deserialize;
use store::FolderId;

use crate::guard::encoded;

/// The fields of the form. All are optional.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Asked {
    /// What was typed.
    #[serde(default)]
    pub q: String,
    /// A folder's number; empty for all.
    #[serde(default, rename = "in")]
    pub folder: String,
    /// Who wrote.
    #[serde(default)]
    pub from: String,
    /// To whom.
    #[serde(default)]
    pub to: String,
    /// A day, `2026-11-03`.
    #[serde(default)]
    pub after: String,
    /// The same.
    #[serde(default)]
    pub before: String,
    /// `1`: with an attachment.
    #[serde(default)]
    pub attachment: String,
    /// From 1.
    #[serde(default)]
    pub page: String,
}

impl Asked {
    /// The question.
    pub fn query(&self, zone: &TimeZone) -> Query {
        let midnight = |day: Day| midnight(day, zone);
        let mut query = Query::parse(&self.q, midnight);
        let quoted = [("from", &self.from), ("to", &self.to)];
        let fields = quoted.into_iter().filter(|(_, value)| !value.trim().is_empty());
        let fields: Vec<String> = fields
            .flat_map(|(name, value)| {
                value.split_whitespace().map(move |word| format!("{name}:{}", word.replace(['"', ':'], " ").trim()))
            })
            .collect();
        query.terms.extend(Query::parse(&fields.join(" "), midnight).terms);
        query.after = Day::parse(&self.after).map(midnight).or(query.after);
        query.before = Day::parse(&self.before).map(midnight).or(query.before);
        if self.attachment == "1" {
            query.has_attachment = Some(true);
        }
        query
    }

    /// The folder that it is limited to.
    pub fn folder(&self) -> Option<FolderId> {
        self.folder.parse().ok().map(FolderId)
    }

    /// Whether this folder is the one.
    pub fn is_in(&self, folder: &i64) -> bool {
        self.folder().is_some_and(|chosen| chosen.0 == *folder)
    }

    /// Whether anything but words is asked.
    pub fn is_filtered(&self) -> bool {
        [&self.folder, &self.from, &self.to, &self.after, &self.before, &self.attachment]
            .iter()
            .any(|field| !field.trim().is_empty())
    }

    /// The number of the page, from 1.
    pub fn page(&self) -> usize {
        self.page.parse().unwrap_or(1).max(1)
    }

    /// The address of the same words without filters.
    pub fn bare(&self) -> String {
        Self { q: self.q.clone(), ..Self::default() }.link(1)
    }

    /// The address of a page of the results.
    pub fn link(&self, page: usize) -> String {
        let mut link = format!("/search?q={}", encoded(&self.q).replace('/', "%2F"));
        let fields = [
            ("in", &self.folder),
            ("from", &self.from),
            ("to", &self.to),
            ("after", &self.after),
            ("before", &self.before),
            ("attachment", &self.attachment),
        ];
        for (name, value) in fields.into_iter().filter(|(_, value)| !value.is_empty()) {
            link.push_str(&format!("&{name}={}", encoded(value)));
        }
        if page > 1 {
            link.push_str(&format!("&page={page}"));
        }
        link
    }
}

/// When a day begins where the organisation is.
fn midnight(day: Day, zone: &TimeZone) -> Timestamp {
    let date = Date::new(day.year, day.month, day.day).unwrap_or(Date::ZERO);
    let start = date.to_zoned(zone.clone()).map(|start| start.timestamp().as_millisecond());
    Timestamp::from_ms(start.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn fields_and_words_are_one_question() {
        let asked = Asked {
            q: "budget".into(),
            from: "jean dupont".into(),
            after: "2026-11-03".into(),
            attachment: "1".into(),
            ..Asked::default()
        };
        let paris = TimeZone::get("Europe/Paris").unwrap();
        let query = asked.query(&paris);
        assert_eq!(query.terms.len(), 3);
        assert_eq!(query.after, Timestamp::parse_rfc3339("2026-11-02T23:00:00Z"));
        assert_eq!(query.has_attachment, Some(true));
    }

    #[test]
    fn links_keep_what_was_asked() {
        let asked = Asked { q: "l’été & \"co\"".into(), folder: "3".into(), ..Asked::default() };
        let link = asked.link(2);
        assert!(link.starts_with("/search?q=l%E2%80%99%C3%A9t%C3%A9") && link.ends_with("&in=3&page=2"), "{link}");
        assert!(link.bytes().all(|byte| byte.is_ascii_graphic()) && !link.contains("& "), "{link}");
    }
}
