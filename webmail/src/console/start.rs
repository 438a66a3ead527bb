//! Taking over: three entries, and the way from a reason to a button that says what it will do.
//!
//! ```text
//!   GET reason ──> POST findings ──────────────> POST confirm ──────────────> POST start ──303──> /run
//!   clean point     what stands in the way        the organisation's name
//!                   (a written override),
//!                   records before and after
//! ```
//!
//! What was typed travels in the forms; nothing is kept here, nothing happens before the last one.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use bytes::Bytes;
use dns::RecordPlan;
use failover::{CleanPoint, RunKind, Severity};
use serde_json::json;

use super::clean_point::{Choice, Offer, in_words, offers};
use super::desk::{Checked, Order, Urgency};
use super::home::{Shown, shown};
use super::seat::{Seat, Top};
use crate::Trouble;
use crate::frame::{html, html_with, see_other};
use crate::guard::Fields;

const TEXT_CHARS: usize = 1_000;
/// A reason, and the reason for an override, is at least so long.
const TEXT_MIN_CHARS: usize = 5;

#[derive(Template)]
#[template(path = "console/start.html")]
struct Entries {
    frame: crate::frame::Frame,
    top: Top,
}

/// GET `/start`
pub async fn entries(seat: Seat) -> Response {
    let top = seat.top(seat.lang.console_start(), "/start", "start");
    html(&Entries { frame: top.frame.clone(), top })
}

/// What was typed so far.
#[derive(Clone, Debug)]
struct Typed {
    urgency: Urgency,
    reason: String,
    choice: Choice,
    despite: String,
    stops: bool,
}

impl Typed {
    fn new(urgency: Urgency) -> Self {
        Self { urgency, reason: String::new(), choice: Choice::default(), despite: String::new(), stops: false }
    }

    fn read(kind: &str, body: Bytes) -> Result<(Self, Fields), Trouble> {
        let fields = Fields::read(body);
        let text = |name: &str| fields.value(name).trim().chars().take(TEXT_CHARS).collect();
        let typed = Self {
            urgency: urgency(kind)?,
            reason: text("reason"),
            choice: Choice::read(&fields),
            despite: text("despite"),
            stops: fields.value("stops") == "1",
        };
        Ok((typed, fields))
    }

    fn kind(&self) -> &'static str {
        match self.urgency {
            Urgency::Planned => "planned",
            Urgency::Emergency => "emergency",
        }
    }

    fn is_planned(&self) -> bool {
        self.urgency == Urgency::Planned
    }

    fn point(&self, seat: &Seat) -> Result<CleanPoint, &'static str> {
        match self.urgency {
            Urgency::Planned => Ok(CleanPoint::Everything),
            Urgency::Emergency => self.choice.point(&seat.house.settings.zone, seat.clock(), seat.lang),
        }
    }

    /// What is missing on the first page.
    fn checked(&self, seat: &Seat) -> Result<CleanPoint, &'static str> {
        if self.reason.chars().count() < TEXT_MIN_CHARS {
            return Err(seat.lang.start_reason_missing());
        }
        self.point(seat)
    }

    fn is_overridden(&self) -> bool {
        !self.stops || self.despite.chars().count() >= TEXT_MIN_CHARS
    }

    fn top(&self, seat: &Seat) -> Top {
        let (title, here) = match self.urgency {
            Urgency::Planned => (seat.lang.start_planned(), "/failover/planned"),
            Urgency::Emergency => (seat.lang.start_emergency(), "/failover/emergency"),
        };
        seat.top(title, here, "start")
    }
}

fn urgency(kind: &str) -> Result<Urgency, Trouble> {
    match kind {
        "planned" => Ok(Urgency::Planned),
        "emergency" => Ok(Urgency::Emergency),
        _ => Err(Trouble::NoSuch),
    }
}

fn status(wrong: &str) -> StatusCode {
    if wrong.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }
}

#[derive(Template)]
#[template(path = "console/reason.html")]
struct Reason {
    frame: crate::frame::Frame,
    top: Top,
    typed: Typed,
    choice: Choice,
    offers: Vec<Offer>,
    wrong: &'static str,
}

fn reason_page(seat: &Seat, typed: Typed, wrong: &'static str) -> Response {
    let top = typed.top(seat);
    let offers = offers(&seat.desk().lag(), seat.clock(), &top);
    let choice = typed.choice.clone();
    html_with(status(wrong), &Reason { frame: top.frame.clone(), top, typed, choice, offers, wrong })
}

/// GET `/failover/{kind}`
pub async fn reason(seat: Seat, Path(kind): Path<String>) -> Result<Response, Trouble> {
    let typed = Typed::new(urgency(&kind)?);
    if seat.now().under_way().is_some() {
        return Ok(see_other("/run", &[]));
    }
    Ok(reason_page(&seat, typed, ""))
}

#[derive(Template)]
#[template(path = "console/findings.html")]
struct Findings {
    frame: crate::frame::Frame,
    top: Top,
    typed: Typed,
    checked: Checked,
    records: Result<RecordPlan, String>,
    wrong: &'static str,
}

impl Findings {
    fn findings(&self) -> Vec<Shown<'_>> {
        shown(&self.checked.findings, self.top.lang())
    }

    fn diff(&self, plan: &RecordPlan) -> Vec<(&'static str, String)> {
        diff(plan)
    }
}

/// A record plan line by line: `-`, `+` or nothing before the zone's name.
pub fn diff(plan: &RecordPlan) -> Vec<(&'static str, String)> {
    let lines = plan.to_string();
    let sign = |line: &str| match line.as_bytes().first() {
        Some(b'-') => "before",
        Some(b'+') => "after",
        _ => "zone",
    };
    lines.lines().map(|line| (sign(line), line.to_owned())).collect()
}

async fn findings_page(seat: &Seat, mut typed: Typed, wrong: &'static str) -> Response {
    let (checked, records) = (seat.desk().check().await, seat.desk().records().await);
    typed.stops = checked.findings.iter().any(|finding| finding.severity == Severity::Stop) || records.is_err();
    let top = typed.top(seat);
    html_with(status(wrong), &Findings { frame: top.frame.clone(), top, typed, checked, records, wrong })
}

/// POST `/failover/{kind}/findings`
pub async fn findings(seat: Seat, Path(kind): Path<String>, body: Bytes) -> Result<Response, Trouble> {
    let (typed, _) = Typed::read(&kind, body)?;
    match typed.checked(&seat) {
        Err(wrong) => Ok(reason_page(&seat, typed, wrong)),
        Ok(_) => Ok(findings_page(&seat, typed, "").await),
    }
}

#[derive(Template)]
#[template(path = "console/confirm.html")]
struct Confirm {
    frame: crate::frame::Frame,
    top: Top,
    typed: Typed,
    clean: String,
    mailboxes: u64,
    approvals: u32,
    wrong: &'static str,
}

async fn confirm_page(seat: &Seat, typed: Typed, wrong: &'static str) -> Result<Response, Trouble> {
    let top = typed.top(seat);
    let clean = typed.point(seat).map(|point| in_words(&top, point)).unwrap_or_default();
    let (mailboxes, approvals) = (mailboxes(seat).await?, seat.desk().approvals_needed(RunKind::Failover));
    Ok(html_with(status(wrong), &Confirm { frame: top.frame.clone(), top, typed, clean, mailboxes, approvals, wrong }))
}

/// How many mailboxes a switch is about.
///
/// # Errors
/// Those of the store.
pub async fn mailboxes(seat: &Seat) -> Result<u64, Trouble> {
    let mut count = 0;
    for region in seat.house.store.regions() {
        count += region.mailbox_count().await?;
    }
    Ok(count)
}

/// POST `/failover/{kind}/confirm`
pub async fn confirm(seat: Seat, Path(kind): Path<String>, body: Bytes) -> Result<Response, Trouble> {
    let (typed, _) = Typed::read(&kind, body)?;
    if let Err(wrong) = typed.checked(&seat) {
        return Ok(reason_page(&seat, typed, wrong));
    }
    if !typed.is_overridden() {
        return Ok(findings_page(&seat, typed, seat.lang.start_override_missing()).await);
    }
    confirm_page(&seat, typed, "").await
}

/// Whether this is the organisation's name, however it is spaced and written.
#[must_use]
pub fn is_name(typed: &str, organisation: &str) -> bool {
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    plain(typed) == plain(organisation)
}

/// POST `/failover/{kind}/start`
pub async fn send(seat: Seat, Path(kind): Path<String>, body: Bytes) -> Result<Response, Trouble> {
    let (typed, fields) = Typed::read(&kind, body)?;
    let clean_point = match typed.checked(&seat) {
        Ok(point) => point,
        Err(wrong) => return Ok(reason_page(&seat, typed, wrong)),
    };
    if !typed.is_overridden() {
        return Ok(findings_page(&seat, typed, seat.lang.start_override_missing()).await);
    }
    if !is_name(fields.value("organisation"), &seat.house.settings.organisation) {
        return confirm_page(&seat, typed, seat.lang.start_name_wrong()).await;
    }
    if !typed.choice.event.is_empty() {
        seat.note("clean-point.event", &json!({ "just_before": typed.choice.event })).await?;
    }
    let despite = Some(typed.despite.clone()).filter(|text| typed.stops && !text.is_empty());
    let order = Order::Failover { urgency: typed.urgency, clean_point, reason: typed.reason, despite };
    match seat.desk().order(&seat.admin.name, "", order).await {
        Ok(()) => Ok(see_other("/run", &[])),
        Err(refused) => Ok(seat.refused(&refused, "/start")),
    }
}
