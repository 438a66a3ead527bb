//! Stylesheet, script and drawings: in the binary, under a path that changes with them, kept by browsers for ever.

use std::sync::OnceLock;

use axum::Router;
use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use sha2::{Digest as _, Sha256};

const STYLE: &str = concat!(
    include_str!("../assets/base.css"),
    include_str!("../assets/folder.css"),
    include_str!("../assets/message.css"),
    include_str!("../assets/compose.css"),
    include_str!("../assets/sign_in.css"),
    include_str!("../assets/search.css"),
    include_str!("../assets/console.css"),
    include_str!("../assets/print.css"),
);
const SCRIPT: &str = concat!(include_str!("../assets/enhance.js"), include_str!("../assets/console.js"));
const ICONS: &str = include_str!("../assets/icons.svg");

/// The script without its comments and indentation.
fn script() -> &'static str {
    static SLIM: OnceLock<String> = OnceLock::new();
    SLIM.get_or_init(|| {
        let lines = SCRIPT.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//"));
        lines.flat_map(|line| [line, "\n"]).collect()
    })
}

fn path(content: &str, name: &str) -> String {
    let digest = hex::encode(Sha256::digest(content.as_bytes()));
    format!("/static/{}/{name}", digest.get(..16).unwrap_or(&digest))
}

/// The stylesheet's path.
pub fn style_path() -> &'static str {
    static PATH: OnceLock<String> = OnceLock::new();
    PATH.get_or_init(|| path(STYLE, "style.css"))
}

/// The script's path.
pub fn script_path() -> &'static str {
    static PATH: OnceLock<String> = OnceLock::new();
    PATH.get_or_init(|| path(script(), "enhance.js"))
}

/// The drawings' path.
pub fn icons_path() -> &'static str {
    static PATH: OnceLock<String> = OnceLock::new();
    PATH.get_or_init(|| path(ICONS, "icons.svg"))
}

/// Serves them, on both listeners.
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/static/{hash}/{name}", get(serve))
        .route("/favicon.ico", get(|| async { StatusCode::NO_CONTENT }))
}

// Whatever the hash: a page of the last release that is still open gets today's file.
async fn serve(Path((_, name)): Path<(String, String)>) -> Response {
    let (kind, content) = match name.as_str() {
        "style.css" => ("text/css; charset=utf-8", STYLE),
        "enhance.js" => ("text/javascript; charset=utf-8", script()),
        "icons.svg" => ("image/svg+xml", ICONS),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    let headers = [
        (CONTENT_TYPE, kind),
        (CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (HeaderName::from_static("x-content-type-options"), "nosniff"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    (headers, content).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_stays_small() {
        assert!(script().len() <= 8 * 1024, "{} octets", script().len());
        assert!(script().starts_with("\"use strict\";"));
    }
}
