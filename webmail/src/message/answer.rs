//! What leaves for a browser besides our own pages: a letter in its frame, and files to be saved. Neither may run
//! anything, ask for anything, or know who reads it.

use std::sync::OnceLock;

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::file_name;

/// The stylesheet of frames: the only one that the policy lets in, by its hash.
pub const STYLE: &str = include_str!("../../assets/letter.css");

/// The policy of files: were one ever shown, it could do nothing.
const FILE_POLICY: &str = "sandbox; default-src 'none'; frame-ancestors 'none'";

const FIXED: [(HeaderName, &str); 4] = [
    (CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("x-content-type-options"), "nosniff"),
    (HeaderName::from_static("referrer-policy"), "no-referrer"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// The policy of frames (CSP 3): an origin of its own, no script, no form, no request; pictures as `data:` only, styles
/// in attributes and ours. Links open in windows of their own, which are free.
fn frame_policy() -> &'static str {
    static POLICY: OnceLock<String> = OnceLock::new();
    POLICY.get_or_init(|| {
        let hash = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
        format!(
            "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src data:; \
             style-src 'unsafe-inline'; style-src-elem 'sha256-{hash}'; style-src-attr 'unsafe-inline'; \
             form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
        )
    })
}

/// A letter in its frame.
#[must_use]
pub fn framed(page: String) -> Response {
    let mut response = Response::new(Body::from(page));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(HeaderName::from_static("x-frame-options"), HeaderValue::from_static("SAMEORIGIN"));
    if let Ok(policy) = HeaderValue::from_str(frame_policy()) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    } else {
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(FILE_POLICY));
    }
    fixed(response)
}

/// A file that is saved, never shown.
#[must_use]
pub fn file(name: &str, media_type: &'static str, bytes: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(bytes));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(FILE_POLICY));
    let disposition = HeaderValue::from_str(&file_name::disposition(name));
    headers.insert(CONTENT_DISPOSITION, disposition.unwrap_or(HeaderValue::from_static("attachment")));
    fixed(response)
}

fn fixed(mut response: Response) -> Response {
    for (name, value) in FIXED {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
