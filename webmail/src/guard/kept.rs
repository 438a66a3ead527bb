//! The page that keeps a form which could not be taken: signed out meanwhile, or a stale token.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::Fields;
use crate::frame::{Frame, html_with};
use crate::{House, Lang};

#[derive(Template)]
#[template(path = "kept.html")]
struct Page {
    frame: Frame,
    says: &'static str,
    is_signed_out: bool,
    action: String,
    fields: Fields,
}

impl Page {
    /// What somebody would not want to type again.
    fn texts(&self) -> impl Iterator<Item = &str> {
        let worth = |value: &&str| value.chars().count() > 20;
        self.fields.iter().map(|(_, value)| value.as_str()).filter(worth)
    }
}

/// The form's `fields`, to be sent to `action` again: under `token` for who is signed in.
pub fn page(house: &House, lang: Lang, action: String, fields: Fields, token: Option<String>) -> Response {
    let is_signed_out = token.is_none();
    let mut frame = Frame::open(house, lang, lang.kept_title());
    frame.token = token.unwrap_or_default();
    let says = if is_signed_out { lang.kept_signed_out() } else { lang.kept_stale() };
    let status = if is_signed_out { StatusCode::UNAUTHORIZED } else { StatusCode::CONFLICT };
    html_with(status, &Page { frame, says, is_signed_out, action, fields })
}
