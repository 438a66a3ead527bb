//! The drill's entry. This release cannot rehearse a switch; what it can do is look at everything and keep the date.

use askama::Template;
use axum::response::Response;
use store::directory::AuditEntry;

use super::home;
use super::seat::{Seat, Top};
use crate::Trouble;
use crate::frame::{html, see_other};

/// How far back looks are searched in the log, in entries.
const BACK: u32 = 1_000;
/// How many are shown.
const SHOWN_MAX: usize = 20;

#[derive(Template)]
#[template(path = "console/drill.html")]
struct Page {
    frame: crate::frame::Frame,
    top: Top,
    looks: Vec<Look>,
}

/// A look that was recorded.
struct Look {
    entry: AuditEntry,
    verdict: &'static str,
    findings: String,
}

impl Look {
    fn of(entry: AuditEntry, lang: crate::Lang) -> Self {
        let detail: serde_json::Value = serde_json::from_str(&entry.detail).unwrap_or_default();
        let word = detail.get("verdict").and_then(|word| word.as_str()).unwrap_or_default();
        let names = detail.get("findings").and_then(|all| all.as_array()).cloned().unwrap_or_default();
        let titles: Vec<&str> =
            names.iter().filter_map(|name| name.as_str()).map(|name| lang.found_title(name)).collect();
        Self { verdict: lang.console_verdict_word(word), findings: titles.join(", "), entry }
    }
}

/// GET `/drill`
pub async fn show(seat: Seat) -> Result<Response, Trouble> {
    let tail = seat.house.store.directory().audit_tail(None, BACK).await?;
    let looks = tail.into_iter().filter(|entry| entry.what == "readiness.checked").take(SHOWN_MAX);
    let looks = looks.map(|entry| Look::of(entry, seat.lang)).collect();
    let top = seat.top(seat.lang.console_drill(), "/drill", "start");
    Ok(html(&Page { frame: top.frame.clone(), top, looks }))
}

/// POST `/drill`
pub async fn check(seat: Seat) -> Result<Response, Trouble> {
    home::recorded(&seat).await?;
    Ok(see_other("/drill", &[]))
}
