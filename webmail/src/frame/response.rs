//! Answers with the headers that pages leave with.

use ::cookie::Cookie;
use askama::Template;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, SET_COOKIE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};

/// What a page of ours may load and do (CSP 3): nothing that is not ours, nothing inline, framed by nobody.
pub const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                          connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; \
                          frame-ancestors 'none'; require-trusted-types-for 'script'";

const FIXED: [(HeaderName, &str); 8] = [
    (CONTENT_TYPE, "text/html; charset=utf-8"),
    (CONTENT_SECURITY_POLICY, POLICY),
    // Mail is nobody's to keep, least of all a shared computer's.
    (CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("x-content-type-options"), "nosniff"),
    (HeaderName::from_static("x-frame-options"), "DENY"),
    // Not `no-referrer`: browsers without Fetch Metadata would send `Origin: null` with our own forms.
    (HeaderName::from_static("referrer-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// A page.
pub fn html(template: &impl Template) -> Response {
    html_with(StatusCode::OK, template)
}

/// A page with a status of its own.
pub fn html_with(status: StatusCode, template: &impl Template) -> Response {
    let mut response = match template.render() {
        Ok(text) => (status, text).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be made");
            (StatusCode::INTERNAL_SERVER_ERROR, "This page could not be made. Go back and try again.").into_response()
        }
    };
    let headers = response.headers_mut();
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Sends the browser on after a form (303: with a GET), to a path of ours.
#[must_use]
pub fn see_other(path: &str, cookies: &[Cookie<'_>]) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    // A path that cannot stand in a header is nobody's page.
    headers.insert(LOCATION, HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/")));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    for cookie in cookies {
        if let Ok(value) = HeaderValue::from_str(&cookie.to_string()) {
            headers.append(SET_COOKIE, value);
        }
    }
    response
}
