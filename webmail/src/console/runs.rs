//! Runs of the past, and the one under way.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;

use super::desk::Past;
use super::run::Line;
use super::seat::{Seat, Top};
use crate::Trouble;
use crate::frame::html;

#[derive(Template)]
#[template(path = "console/runs.html")]
struct List {
    frame: crate::frame::Frame,
    top: Top,
    past: Vec<Past>,
}

#[derive(Template)]
#[template(path = "console/past.html")]
struct One {
    frame: crate::frame::Frame,
    top: Top,
    past: Past,
}

impl One {
    fn lines(&self) -> Vec<Line> {
        Line::all(&self.top, &self.past.run)
    }
}

/// GET `/runs`
pub async fn list(seat: Seat) -> Result<Response, Trouble> {
    let top = seat.top(seat.lang.console_runs(), "/runs", "run");
    match seat.desk().past().await {
        Ok(past) => Ok(html(&List { frame: top.frame.clone(), top, past })),
        Err(refused) => Ok(seat.refused(&refused, "/")),
    }
}

/// GET `/runs/{id}`
pub async fn one(seat: Seat, Path(id): Path<String>) -> Result<Response, Trouble> {
    let all = match seat.desk().past().await {
        Ok(all) => all,
        Err(refused) => return Ok(seat.refused(&refused, "/runs")),
    };
    let past = all.into_iter().find(|past| past.run.id == id).ok_or(Trouble::NoSuch)?;
    let top = seat.top(seat.lang.console_run_kind(&past.run.kind), "/runs", "run");
    Ok(html(&One { frame: top.frame.clone(), top, past }))
}
