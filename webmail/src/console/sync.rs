//! How far the copy of each mailbox is, the worst first.

use askama::Template;
use axum::response::Response;
use bytes::Bytes;

use super::desk::{Copying, Lag};
use super::seat::{Seat, Top};
use crate::Trouble;
use crate::frame::{html, see_other};
use crate::guard::Fields;

/// More are counted, not shown: the worst come first.
const SHOWN_MAX: usize = 500;

#[derive(Template)]
#[template(path = "console/sync.html")]
struct Page {
    frame: crate::frame::Frame,
    top: Top,
    lag: Lag,
    total: usize,
}

/// GET `/sync`
pub async fn show(seat: Seat) -> Result<Response, Trouble> {
    let mut lag = seat.desk().lag();
    let total = lag.mailboxes.len();
    lag.mailboxes.truncate(SHOWN_MAX);
    let top = seat.top(seat.lang.console_sync(), "/sync", "sync");
    Ok(html(&Page { frame: top.frame.clone(), top, lag, total }))
}

/// POST `/sync`: `act` is `now` or `freeze`
pub async fn steer(seat: Seat, body: Bytes) -> Result<Response, Trouble> {
    let what = match Fields::read(body).value("act") {
        "now" => Copying::Now,
        "freeze" => Copying::Freeze,
        _ => return Err(Trouble::NoSuch),
    };
    match seat.desk().copy(&seat.admin.name, what).await {
        Ok(()) => Ok(see_other("/sync", &[])),
        Err(refused) => Ok(seat.refused(&refused, "/sync")),
    }
}
