//! The run under way: its steps, and what only people can do.
//!
//! The page asks for itself again while something moves; with a script, as soon as something did. So no form with
//! fields stands on it: those are pages of their own.

use askama::Template;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use failover::{Order as Wanted, Phase, Progress, Run, RunKind, Step};
use sha2::{Digest as _, Sha256};

use super::clean_point::in_words;
use super::desk::{Now, Order};
use super::home::{Shown, shown};
use super::seat::{Seat, Top};
use crate::frame::{html, html_with, see_other};
use crate::guard::Fields;
use crate::{Lang, Trouble};

/// Seconds between two looks of a browser without script.
const MOVING_S: u32 = 4;
const RESTING_S: u32 = 30;

/// One step as it is shown.
pub struct Line {
    /// What it does.
    pub title: String,
    /// The class.
    pub tone: &'static str,
    /// How far, in words, with times.
    pub progress: String,
    /// What came of it or hinders it, in the words of the log.
    pub note: String,
    /// The page where a person does their part.
    pub act: Option<(&'static str, &'static str)>,
}

impl Line {
    /// All steps of a run.
    #[must_use]
    pub fn all(top: &Top, run: &Run) -> Vec<Self> {
        run.steps.iter().map(|row| Self::of(top, run, row.step, &row.progress)).collect()
    }

    fn of(top: &Top, run: &Run, step: Step, progress: &Progress) -> Self {
        let lang = top.lang();
        let title = lang.step_heading(step);
        let line =
            |tone, progress, note: &str, act| Self { title: title.clone(), tone, progress, note: note.to_owned(), act };
        match progress {
            Progress::Waiting => line("waiting", lang.step_waiting().to_owned(), "", None),
            Progress::Working { since } => line("working", lang.step_working(&top.clock(since)), "", None),
            Progress::Person { what } => line("person", lang.step_person().to_owned(), what, act_of(lang, run, step)),
            Progress::Retrying { tries, at, why } => {
                line("retrying", lang.step_retrying(*tries, &top.clock(at)), why, None)
            }
            Progress::Done { at, note } => {
                let after_s = at.ms_since(run.started_at).max(0) / 1000;
                line("done", lang.step_done(&top.clock(at), after_s), note, None)
            }
        }
    }
}

fn act_of(lang: Lang, run: &Run, step: Step) -> Option<(&'static str, &'static str)> {
    let open = run.ended_at.is_none();
    match step {
        Step::Fence => Some(("/run/fence", lang.run_open_checklist())),
        Step::TellStaff => Some(("/run/tell", lang.run_open_checklist())),
        Step::SwapRecords | Step::SwapBack => Some(("/run/records", lang.run_by_hand())),
        _ => None,
    }
    .filter(|_| open)
}

#[derive(Template)]
#[template(path = "console/run.html")]
struct Page {
    frame: crate::frame::Frame,
    top: Top,
    me: String,
    version: String,
}

impl Page {
    fn run(&self) -> Option<&Run> {
        self.top.now.run.as_ref()
    }

    fn lines(&self, run: &Run) -> Vec<Line> {
        Line::all(&self.top, run)
    }

    fn findings(&self) -> Vec<Shown<'_>> {
        shown(&self.top.now.findings, self.top.lang())
    }

    fn clean(&self, run: &Run) -> String {
        in_words(&self.top, run.clean_point)
    }

    fn is_open(&self, run: &Run) -> bool {
        run.ended_at.is_none()
    }

    fn is_failover(&self, run: &Run) -> bool {
        run.kind == RunKind::Failover
    }

    fn signed(&self, run: &Run) -> String {
        let names: Vec<&str> = run.approvals.iter().map(|approval| approval.by.as_str()).collect();
        names.join(", ")
    }

    fn has_signed(&self, run: &Run) -> bool {
        run.approvals.iter().any(|approval| same_person(&approval.by, &self.me))
    }

    fn can_abort(&self, run: &Run) -> bool {
        run.kind == RunKind::Failover && run.ended_at.is_none() && run.order == Wanted::Go && self.top.now.accepted == 0
    }

    fn can_finish(&self, run: &Run) -> bool {
        run.kind == RunKind::Failback
            && run.order == Wanted::Go
            && run.is_done(Step::Reconcile)
            && run.ended_at.is_none()
    }

    fn can_go_back(&self, run: &Run) -> bool {
        run.kind == RunKind::Failover && self.top.now.phase == Phase::Active
    }

    fn resumed(&self, run: &Run) -> Option<String> {
        let at = self.top.now.resumed_at.filter(|at| *at > run.started_at && run.ended_at.is_none())?;
        Some(self.top.lang().run_resumed(&self.top.when(&at)))
    }
}

/// Whether two names are one person's.
#[must_use]
pub fn same_person(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

/// Changes with everything that the page shows.
fn version(now: &Now) -> String {
    let shown = format!("{:?}{:?}{:?}{:?}{}", now.phase, now.says, now.run, now.findings, now.accepted);
    hex::encode(Sha256::digest(shown.as_bytes()).get(..8).unwrap_or_default())
}

fn is_moving(now: &Now) -> bool {
    let works = |run: &Run| {
        run.steps.iter().any(|row| matches!(row.progress, Progress::Working { .. } | Progress::Retrying { .. }))
    };
    matches!(now.phase, Phase::Failover | Phase::Failback) || now.under_way().is_some_and(works)
}

/// GET `/run`
pub async fn show(seat: Seat) -> Result<Response, Trouble> {
    let mut top = seat.top(seat.lang.console_run(), "/run", "run");
    if top.now.under_way().is_some() {
        top.frame.refresh_s = if is_moving(&top.now) { MOVING_S } else { RESTING_S };
    }
    let (version, me) = (version(&top.now), seat.admin.name.clone());
    Ok(html(&Page { frame: top.frame.clone(), top, me, version }))
}

/// GET `/run/live`: what tells the script that the page has something new.
pub async fn live(seat: Seat) -> Response {
    let headers = [(CONTENT_TYPE, "text/plain; charset=utf-8"), (CACHE_CONTROL, "no-store")];
    (headers, version(&seat.now())).into_response()
}

#[derive(Template)]
#[template(path = "console/checklist.html")]
struct Checklist {
    frame: crate::frame::Frame,
    top: Top,
    step: &'static str,
    intro: &'static str,
    points: &'static [&'static str],
    notice: Vec<(&'static str, String)>,
    wrong: &'static str,
}

impl Checklist {
    fn numbered(&self) -> Vec<(String, &'static str)> {
        self.points.iter().enumerate().map(|(number, text)| (format!("point{number}"), *text)).collect()
    }

    fn reached(&self) -> Option<&str> {
        let reached = |finding: &&failover::Finding| finding.name == "primary-reached";
        self.top.now.findings.iter().find(reached).map(|finding| finding.what.as_str())
    }
}

fn checklist(seat: &Seat, step: Step, wrong: &'static str) -> Response {
    let lang = seat.lang;
    let (word, here, title, intro) = match step {
        Step::Fence => ("fence", "/run/fence", lang.fence_title(), lang.fence_intro()),
        Step::TellStaff => ("tell_staff", "/run/tell", lang.tell_title(), lang.tell_intro()),
        Step::SwapBack => ("swap_back", "/run/records", lang.by_hand_title(), lang.by_hand_intro()),
        _ => ("swap_records", "/run/records", lang.by_hand_title(), lang.by_hand_intro()),
    };
    let origin = seat.desk().staff_origin();
    let notice = match step {
        Step::TellStaff => Lang::ALL.map(|lang| (lang.tag(), lang.tell_notice(&origin))).into(),
        _ => Vec::new(),
    };
    let (top, points) = (seat.top(title, here, "run"), lang.checklist(step));
    let status = if wrong.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = Checklist { frame: top.frame.clone(), top, step: word, intro, points, notice, wrong };
    html_with(status, &page)
}

/// GET `/run/fence`
pub async fn ask_fence(seat: Seat) -> Response {
    checklist(&seat, Step::Fence, "")
}

/// GET `/run/tell`
pub async fn ask_tell(seat: Seat) -> Response {
    checklist(&seat, Step::TellStaff, "")
}

/// GET `/run/records`
pub async fn ask_records(seat: Seat) -> Response {
    let back = seat.now().under_way().is_some_and(|run| run.kind == RunKind::Failback);
    checklist(&seat, if back { Step::SwapBack } else { Step::SwapRecords }, "")
}

/// POST `/run/confirm`: a step is done that only people can see; every point is ticked.
pub async fn confirm(seat: Seat, body: Bytes) -> Result<Response, Trouble> {
    let fields = Fields::read(body);
    let step = match fields.value("step") {
        "fence" => Step::Fence,
        "tell_staff" => Step::TellStaff,
        "swap_records" => Step::SwapRecords,
        "swap_back" => Step::SwapBack,
        _ => return Err(Trouble::NoSuch),
    };
    let points = seat.lang.checklist(step).len();
    if (0..points).any(|number| fields.value(&format!("point{number}")).is_empty()) {
        return Ok(checklist(&seat, step, seat.lang.checklist_missing()));
    }
    order(&seat, &fields, Order::Confirm(step)).await
}

/// POST `/run/approve`
pub async fn approve(seat: Seat, body: Bytes) -> Result<Response, Trouble> {
    order(&seat, &Fields::read(body), Order::Approve).await
}

#[derive(Template)]
#[template(path = "console/abort.html")]
struct Abort {
    frame: crate::frame::Frame,
    top: Top,
}

/// GET `/run/abort`
pub async fn ask_abort(seat: Seat) -> Response {
    let top = seat.top(seat.lang.abort_title(), "/run/abort", "run");
    html(&Abort { frame: top.frame.clone(), top })
}

/// POST `/run/abort`
pub async fn abort(seat: Seat, body: Bytes) -> Result<Response, Trouble> {
    order(&seat, &Fields::read(body), Order::Abort).await
}

/// Gives an order for the run that the form was made for, and goes to its page.
///
/// # Errors
/// None but those of the page.
pub async fn order(seat: &Seat, fields: &Fields, order: Order) -> Result<Response, Trouble> {
    match seat.desk().order(&seat.admin.name, fields.value("run"), order).await {
        Ok(()) => Ok(see_other("/run", &[])),
        Err(refused) => Ok(seat.refused(&refused, "/run")),
    }
}
