//! Mail that waits to go out.

use askama::Template;
use axum::response::Response;
use bytes::Bytes;

use super::desk::{Steer, Waiting};
use super::seat::{Seat, Top};
use crate::Trouble;
use crate::frame::{html, see_other};
use crate::guard::Fields;

/// More are counted, not shown.
const SHOWN_MAX: usize = 500;

#[derive(Template)]
#[template(path = "console/queue.html")]
struct Page {
    frame: crate::frame::Frame,
    top: Top,
    waiting: Vec<Waiting>,
    total: usize,
}

/// GET `/queue`
pub async fn show(seat: Seat) -> Result<Response, Trouble> {
    let mut waiting = match seat.desk().queue().await {
        Ok(waiting) => waiting,
        Err(refused) => return Ok(seat.refused(&refused, "/queue")),
    };
    let total = waiting.len();
    waiting.truncate(SHOWN_MAX);
    let top = seat.top(seat.lang.console_queue(), "/queue", "queue");
    Ok(html(&Page { frame: top.frame.clone(), top, waiting, total }))
}

/// POST `/queue`: `act` is `retry`, `hold` or `all`
pub async fn steer(seat: Seat, body: Bytes) -> Result<Response, Trouble> {
    let fields = Fields::read(body);
    let id = fields.value("id").parse();
    let what = match (fields.value("act"), id) {
        ("all", _) => Steer::RetryAll,
        ("retry", Ok(id)) => Steer::Retry(id),
        ("hold", Ok(id)) => Steer::Hold(id),
        _ => return Err(Trouble::NoSuch),
    };
    match seat.desk().steer(&seat.admin.name, what).await {
        Ok(()) => Ok(see_other("/queue", &[])),
        Err(refused) => Ok(seat.refused(&refused, "/queue")),
    }
}
