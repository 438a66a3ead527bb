//! The page that keeps a form which could not be taken: signed out meanwhile, a stale token, or a second factor
//! that became the rule.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::Fields;
use crate::frame::{Frame, html_with};
use crate::{House, Lang};

/// Why a form could not be taken; with the token of the session's forms, where there is a session.
pub enum Why {
    /// Signed out meanwhile.
    SignedOut,
    /// The form's token is an earlier one.
    Stale(String),
    /// A second factor has to be set up first.
    NoSecond(String),
}

#[derive(Template)]
#[template(path = "kept.html")]
struct Page {
    frame: Frame,
    says: &'static str,
    /// The page to go to first, and what its button says; none where pressing again is enough.
    first: Option<(&'static str, &'static str)>,
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

/// The form's `fields`, to be sent to `action` again.
pub fn page(house: &House, lang: Lang, (action, fields): (String, Fields), why: Why) -> Response {
    let mut frame = Frame::open(house, lang, lang.kept_title());
    let (status, says, first) = match &why {
        Why::SignedOut => {
            let first = ("/sign-in", lang.sign_in_new_window());
            (StatusCode::UNAUTHORIZED, lang.kept_signed_out(), Some(first))
        }
        Why::Stale(_) => (StatusCode::CONFLICT, lang.kept_stale(), None),
        Why::NoSecond(_) => {
            let first = (super::SECOND, lang.account_second_new_window());
            (StatusCode::FORBIDDEN, lang.kept_no_second(), Some(first))
        }
    };
    if let Why::Stale(token) | Why::NoSecond(token) = why {
        frame.token = token;
    }
    html_with(status, &Page { frame, says, first, action, fields })
}
