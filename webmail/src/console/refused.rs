//! The page that says why an order was not taken.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::desk::Refused;
use super::seat::{Seat, Top};
use crate::frame::html_with;

#[derive(Template)]
#[template(path = "console/refused.html")]
struct Page {
    frame: crate::frame::Frame,
    top: Top,
    refused: Refused,
    back: &'static str,
}

/// The reason is the service's own, in English.
pub fn page(seat: &Seat, refused: &Refused, back: &'static str) -> Response {
    let top = seat.top(seat.lang.trouble_title(), back, "");
    html_with(StatusCode::CONFLICT, &Page { frame: top.frame.clone(), top, refused: refused.clone(), back })
}
