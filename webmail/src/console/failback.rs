//! Going back: what would be pushed, the checklist and its signatures, and the end.

use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use bytes::Bytes;
use failover::{Phase, RunKind, Step};
use serde::Deserialize;

use super::desk::{Order, Preview};
use super::run;
use super::seat::{Seat, Top};
use super::start::is_name;
use crate::Trouble;
use crate::frame::{html_with, see_other};
use crate::guard::Fields;

/// More mailboxes are summed up, not listed.
const SHOWN_MAX: usize = 500;

/// What stands in the address.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    full: String,
}

#[derive(Template)]
#[template(path = "console/failback.html")]
struct Page {
    frame: crate::frame::Frame,
    top: Top,
    full: bool,
    preview: Vec<Preview>,
    hindered: String,
    approvals: u32,
    points: &'static [&'static str],
    wrong: &'static str,
}

impl Page {
    fn numbered(&self) -> Vec<(String, &'static str)> {
        self.points.iter().enumerate().map(|(number, text)| (format!("point{number}"), *text)).collect()
    }

    fn sum(&self) -> Preview {
        let mut sum = Preview::default();
        for one in &self.preview {
            sum.append += one.append;
            sum.moved += one.moved;
            sum.flagged += one.flagged;
            sum.deleted += one.deleted;
        }
        sum
    }

    /// Those of which there is something to say.
    fn listed(&self) -> impl Iterator<Item = &Preview> {
        let is_still = |one: &&Preview| one.hindered.is_none() && (one.append, changed(one)) == (0, 0);
        self.preview.iter().filter(move |one| !is_still(one)).take(SHOWN_MAX)
    }

    fn is_active(&self) -> bool {
        self.top.now.phase == Phase::Active
    }
}

fn changed(one: &Preview) -> u64 {
    one.moved + one.flagged + one.deleted
}

async fn page(seat: &Seat, full: bool, wrong: &'static str) -> Response {
    let (lang, desk) = (seat.lang, seat.desk());
    let top = seat.top(lang.failback_title(), if full { "/failback?full=1" } else { "/failback" }, "failback");
    let counted = if top.now.phase == Phase::Active { desk.preview(full).await } else { Ok(Vec::new()) };
    let (preview, hindered) = match counted {
        Ok(mut preview) => {
            preview.sort_by_key(|one| std::cmp::Reverse((one.hindered.is_some(), one.append, changed(one))));
            (preview, String::new())
        }
        Err(refused) => (Vec::new(), refused.to_string()),
    };
    let (points, approvals) = (lang.checklist(Step::Checklist), desk.approvals_needed(RunKind::Failback));
    let page = Page { frame: top.frame.clone(), top, full, preview, hindered, approvals, points, wrong };
    html_with(if wrong.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }, &page)
}

/// GET `/failback`
pub async fn show(seat: Seat, Query(asked): Query<Asked>) -> Result<Response, Trouble> {
    // One that waits for signatures is looked at where it is signed.
    if seat.now().under_way().is_some_and(|run| run.kind == RunKind::Failback) {
        return Ok(see_other("/run", &[]));
    }
    Ok(page(&seat, asked.full == "1", "").await)
}

/// POST `/failback/start`
pub async fn start(seat: Seat, body: Bytes) -> Result<Response, Trouble> {
    let fields = Fields::read(body);
    let full = fields.value("full") == "1";
    let points = seat.lang.checklist(Step::Checklist).len();
    if (0..points).any(|number| fields.value(&format!("point{number}")).is_empty()) {
        return Ok(page(&seat, full, seat.lang.checklist_missing()).await);
    }
    if !is_name(fields.value("organisation"), &seat.house.settings.organisation) {
        return Ok(page(&seat, full, seat.lang.start_name_wrong()).await);
    }
    run::order(&seat, &fields, Order::Failback { full }).await
}

/// POST `/failback/withdraw`
pub async fn withdraw(seat: Seat, body: Bytes) -> Result<Response, Trouble> {
    run::order(&seat, &Fields::read(body), Order::Withdraw).await
}

/// POST `/run/again`
pub async fn again(seat: Seat, body: Bytes) -> Result<Response, Trouble> {
    run::order(&seat, &Fields::read(body), Order::PushAgain).await
}

#[derive(Template)]
#[template(path = "console/finish.html")]
struct Finish {
    frame: crate::frame::Frame,
    top: Top,
    wrong: &'static str,
}

fn finish_page(seat: &Seat, wrong: &'static str) -> Response {
    let top = seat.top(seat.lang.finish_title(), "/failback/finish", "run");
    let status = if wrong.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    html_with(status, &Finish { frame: top.frame.clone(), top, wrong })
}

/// GET `/failback/finish`
pub async fn ask_finish(seat: Seat) -> Response {
    if seat.now().under_way().is_none() {
        return see_other("/run", &[]);
    }
    finish_page(&seat, "")
}

/// POST `/failback/finish`
pub async fn finish(seat: Seat, body: Bytes) -> Result<Response, Trouble> {
    let fields = Fields::read(body);
    if !is_name(fields.value("organisation"), &seat.house.settings.organisation) {
        return Ok(finish_page(&seat, seat.lang.start_name_wrong()));
    }
    run::order(&seat, &fields, Order::Finish).await
}
