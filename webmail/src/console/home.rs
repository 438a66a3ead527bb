//! The first page: the state, and whether we could take over now, with what to do about it.

use askama::Template;
use axum::response::Response;
use failover::{Finding, Phase, Severity, Verdict};
use serde_json::json;

use super::desk::Checked;
use super::seat::{Seat, Top};
use crate::frame::{html, see_other};
use crate::{Lang, Trouble};

/// Mailboxes that are named on the first page.
const WORST: usize = 5;

#[derive(Template)]
#[template(path = "console/home.html")]
struct Page {
    frame: crate::frame::Frame,
    top: Top,
    checked: Option<Checked>,
    behind: Vec<(String, String)>,
    mailboxes: usize,
}

/// A finding as it is shown.
pub struct Shown<'a> {
    finding: &'a Finding,
    lang: Lang,
}

impl Shown<'_> {
    /// In a few words.
    #[must_use]
    pub fn title(&self) -> &'static str {
        self.lang.found_title(self.finding.name)
    }

    /// What to do.
    #[must_use]
    pub fn remedy(&self) -> &str {
        self.lang.found_remedy(self.finding.name).unwrap_or(&self.finding.remedy)
    }

    /// What was seen, in the words of the log.
    #[must_use]
    pub fn what(&self) -> &str {
        &self.finding.what
    }

    /// How bad, in a word.
    #[must_use]
    pub fn severity(&self) -> &'static str {
        self.lang.found_severity(self.finding.severity)
    }

    /// The class.
    #[must_use]
    pub fn tone(&self) -> &'static str {
        match self.finding.severity {
            Severity::Note => "note",
            Severity::Warning => "caution",
            Severity::Unknown => "unknown",
            Severity::Stop => "stop",
        }
    }
}

/// Findings as they are shown, the worst first.
#[must_use]
pub fn shown(findings: &[Finding], lang: Lang) -> Vec<Shown<'_>> {
    let mut all: Vec<Shown<'_>> = findings.iter().map(|finding| Shown { finding, lang }).collect();
    all.sort_by_key(|one| std::cmp::Reverse(one.finding.severity));
    all
}

impl Page {
    fn findings(&self) -> Vec<Shown<'_>> {
        let checked = self.checked.as_ref().map(|checked| checked.findings.as_slice());
        shown(checked.unwrap_or(&self.top.now.findings), self.top.lang())
    }

    fn verdict(&self) -> Option<(&'static str, &'static str)> {
        let checked = self.checked.as_ref()?;
        let tone = match checked.verdict {
            Verdict::Ready => "done",
            Verdict::NotReady => "wrong",
            Verdict::CouldNotTell => "note",
        };
        Some((tone, self.top.lang().console_verdict(&checked.verdict)))
    }

    fn is_standby(&self) -> bool {
        self.top.now.phase == Phase::Standby && self.top.now.under_way().is_none()
    }

    fn is_active(&self) -> bool {
        self.top.now.phase == Phase::Active
    }
}

/// GET `/`
pub async fn show(seat: Seat) -> Result<Response, Trouble> {
    let top = seat.top(seat.lang.console_home(), "/", "home");
    let lag = seat.desk().lag();
    let behind = lag.mailboxes.iter().take(WORST);
    let seen = |at: &Option<_>| at.as_ref().map_or_else(|| seat.lang.console_never().to_owned(), |at| top.when(at));
    let behind = behind.map(|one| (one.address.clone(), seen(&one.seen_at))).collect();
    let (checked, mailboxes) = (seat.desk().last_check(), lag.mailboxes.len());
    Ok(html(&Page { frame: top.frame.clone(), top, checked, behind, mailboxes }))
}

/// POST `/check`
pub async fn check(seat: Seat) -> Result<Response, Trouble> {
    recorded(&seat).await?;
    Ok(see_other("/", &[]))
}

/// Looks at everything, and writes into the audit log what came of it.
///
/// # Errors
/// Those of writing.
pub async fn recorded(seat: &Seat) -> Result<(), Trouble> {
    let checked = seat.desk().check().await;
    let findings: Vec<&str> = checked.findings.iter().map(|finding| finding.name).collect();
    seat.note("readiness.checked", &json!({ "verdict": checked.verdict, "findings": findings })).await
}
