//! The stage page: who receives mail now, what happened, and one button.
//!
//! ```text
//!   GET /   MX? asked live of the stage's DNS ── picture ── events        POST /attack   POST /clean
//! ```
//!
//! Only the demo has it. It listens on loopback, answers only to names of loopback (a page elsewhere that points its
//! own name here gets nothing), and takes orders only from itself.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use askama::Template;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, ORIGIN, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use deploy::authority::RELAIS;
use deploy::staff::DOMAIN;
use jiff::Zoned;
use jiff::tz::TimeZone;
use mail::Timestamp;
use tokio::net::TcpListener;

use super::scene::{Event, Scene};

const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";
const STYLE: &str = include_str!("../../assets/stage.css");
const SCRIPT: &str = include_str!("../../assets/stage.js");

/// Serves the page until the task is dropped.
///
/// # Errors
/// When the port is taken.
pub async fn serve(scene: Arc<Scene>) -> Result<impl Future<Output = ()> + Send + 'static> {
    let port = scene.house.ports.stage;
    let listener = TcpListener::bind((RELAIS, port)).await;
    let listener = listener.with_context(|| format!("cannot listen on 127.0.0.1:{port}; is another demo running?"))?;
    let router = Router::new()
        .route("/", get(show))
        .route("/attack", post(attack))
        .route("/clean", post(clean))
        .route("/stage.css", get(|| text("text/css; charset=utf-8", STYLE)))
        .route("/stage.js", get(|| text("text/javascript; charset=utf-8", SCRIPT)))
        .with_state(scene)
        .layer(from_fn(move |request: Request, next: Next| at_home(port, request, next)));
    Ok(async move {
        let _ = axum::serve(listener, router).await;
    })
}

async fn at_home(port: u16, request: Request, next: Next) -> Response {
    if !is_at_home(port, request.method(), request.headers()) {
        return (StatusCode::FORBIDDEN, "This page answers only on localhost.\n").into_response();
    }
    let mut response = next.run(request).await;
    for (name, value) in
        [(CONTENT_SECURITY_POLICY, POLICY), (CACHE_CONTROL, "no-store"), (X_CONTENT_TYPE_OPTIONS, "nosniff")]
    {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

fn is_at_home(port: u16, method: &Method, headers: &HeaderMap) -> bool {
    let names = [format!("localhost:{port}"), format!("127.0.0.1:{port}")];
    let said = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let host_is_ours = said(HOST).is_some_and(|host| names.iter().any(|name| name == host));
    let origin_is_ours = said(ORIGIN)
        .is_none_or(|origin| origin.strip_prefix("http://").is_some_and(|rest| names.iter().any(|name| name == rest)));
    host_is_ours && (method == Method::GET || origin_is_ours)
}

async fn text(kind: &'static str, text: &'static str) -> impl IntoResponse {
    ([(CONTENT_TYPE, kind)], text)
}

#[derive(Template)]
#[template(path = "stage.html")]
struct Page {
    hosts: Vec<String>,
    attacked: Option<(String, usize)>,
    is_bent: bool,
    events: Vec<Event>,
    webmail: u16,
    console: u16,
}

impl Page {
    fn names(&self, host: &str) -> bool {
        self.hosts.iter().any(|one| *one == format!("{host}.{DOMAIN}"))
    }

    fn sentence(&self) -> String {
        match (self.names("mail"), self.names("relais")) {
            (true, false) => "The primary receives the mail now.".to_owned(),
            (false, true) => "Relais receives the mail now.".to_owned(),
            _ => format!("DNS names {:?}.", self.hosts),
        }
    }
}

impl Event {
    /// The time of day where the town hall is.
    fn time(&self) -> String {
        local(self.at).strftime("%H:%M:%S").to_string()
    }
}

fn local(at: Timestamp) -> Zoned {
    let zone = TimeZone::get("Europe/Paris").unwrap_or(TimeZone::UTC);
    jiff::Timestamp::from_second(at.as_unix_s()).unwrap_or_default().to_zoned(zone)
}

async fn show(State(scene): State<Arc<Scene>>) -> Response {
    let hosts = match scene.receives().await {
        Ok(hosts) => hosts,
        Err(error) => return broken(&error),
    };
    let (attacked, is_bent) = scene.attacked();
    let ports = scene.house.ports;
    let page = Page {
        hosts,
        attacked: attacked
            .map(|attacked| (local(attacked.began_at).strftime("%Y-%m-%d %H:%M:%S").to_string(), attacked.deleted)),
        is_bent,
        events: scene.events(),
        webmail: ports.webmail,
        console: ports.console,
    };
    match page.render() {
        Ok(html) => Html(html).into_response(),
        Err(error) => broken(&error.into()),
    }
}

async fn attack(State(scene): State<Arc<Scene>>) -> Response {
    answer(scene.attack().await)
}

async fn clean(State(scene): State<Arc<Scene>>) -> Response {
    answer(scene.clean())
}

fn answer(done: Result<()>) -> Response {
    match done {
        Ok(()) => Redirect::to("/").into_response(),
        Err(error) => broken(&error),
    }
}

fn broken(error: &anyhow::Error) -> Response {
    (StatusCode::INTERNAL_SERVER_ERROR, format!("The stage stumbled: {error:#}\n")).into_response()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn only_our_own_page_gives_orders() {
        let headers = |host: &str, origin: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, host.parse().unwrap());
            origin.map(|origin| headers.insert(ORIGIN, origin.parse().unwrap()));
            headers
        };
        let takes = |host, origin| is_at_home(8082, &Method::POST, &headers(host, origin));
        assert!(takes("localhost:8082", Some("http://localhost:8082")));
        assert!(takes("127.0.0.1:8082", None));
        assert!(!takes("evil.test:8082", Some("http://evil.test:8082")));
        assert!(!takes("localhost:8082", Some("http://evil.test")));
        assert!(!takes("localhost:8082", Some("null")));
        assert!(!is_at_home(8082, &Method::GET, &headers("evil.test", None)));
    }
}
