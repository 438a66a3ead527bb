//! Who may see a page, and whether a form is one of ours.
//!
//! ```text
//!   request ─┬─ GET  ── session? ── no ──> /sign-in?next=...
//!            └─ POST ── from our pages? ── session? ── token? ──> handler
//!                           no: 403         └── no ──────┴──> a page that keeps every field
//!
//!   handler(person: Person)   somebody signed in          handler(staff: Staff)   and their mailbox is open
//! ```
//!
//! Whoever has to have a second factor and has none gets no further than to the pages that set one up.
//!
//! No handler can forget it: every route behind [`staff`] or [`admin`] has passed. Uploads (multipart) are
//! not read here; their handler calls [`Person::check`] on the field `token`, which has to come first.

mod form;
mod kept;
mod who;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_TYPE, HOST, ORIGIN};
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use store::directory::{Role, Session};

pub use form::{FIELD, Fields, encoded};
pub(crate) use who::form_token;
pub use who::{Admin, Person, Staff};

use crate::frame::{cookie, see_other};
use crate::{House, Lang, Trouble};

/// The name of the cookie of staff.
pub const STAFF_COOKIE: &str = "relais";
/// The name of the cookie of admins.
pub const ADMIN_COOKIE: &str = "relais-console";
/// The largest form, in octets; a long letter is far below.
pub const FORM_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Where whoever has to have a second factor sets it up.
pub(crate) const SECOND: &str = "/account/second";
/// All that is open to whoever has to set up a second factor first.
const BEFORE_SECOND: &[&str] = &[SECOND, "/account/totp", "/account/passkey/start", "/account/passkey", "/sign-out"];

/// Lets staff in.
pub async fn staff(State(house): State<House>, request: Request, next: Next) -> Response {
    pass(&house, Role::Staff, request, next).await.unwrap_or_else(|response| response)
}

/// Lets admins in.
pub async fn admin(State(house): State<House>, request: Request, next: Next) -> Response {
    pass(&house, Role::Admin, request, next).await.unwrap_or_else(|response| response)
}

/// Refuses forms of other people's pages; for pages that need no session, where it is the only guard
/// besides the token that they set themselves.
pub async fn open(request: Request, next: Next) -> Response {
    if is_changing(request.method()) && is_strange(request.headers()) {
        return Trouble::Strange.into_response();
    }
    next.run(request).await
}

async fn pass(house: &House, role: Role, mut request: Request, next: Next) -> Result<Response, Response> {
    let changing = is_changing(request.method());
    if changing && is_strange(request.headers()) {
        return Err(Trouble::Strange.into_response());
    }
    let here = request.uri().path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string);
    let lang = Lang::of(request.headers()).unwrap_or(house.settings.lang);
    let found = session(house, role, request.headers()).await.map_err(|trouble| trouble.into_response())?;
    let visit = match found {
        Some((session, token)) => who::Visit { session, token, here },
        None if changing => {
            let fields = worth_keeping(&mut request).await?;
            return Err(kept::page(house, lang, (here, fields), kept::Why::SignedOut));
        }
        None => {
            // Whoever brings a session that is no more is told so, and not just shown the door.
            let why = if brought(house, role, request.headers()).is_some() { "&why=ended" } else { "" };
            return Err(see_other(&format!("/sign-in?next={}{why}", form::encoded(&here)), &[]));
        }
    };
    if !BEFORE_SECOND.contains(&request.uri().path()) {
        let owes = house.owes_second(role, &visit.session.owner).await;
        if owes.map_err(|error| Trouble::from(error).into_response())? {
            return Err(led_to_second(house, lang, visit, request).await?);
        }
    }
    if changing && is_urlencoded(request.headers()) {
        let fields = form::taken(&mut request).await?;
        if !visit.is_token(fields.value(FIELD)) {
            return Err(kept::page(house, lang, (visit.here, fields), kept::Why::Stale(visit.token)));
        }
        *request.body_mut() = Body::from(fields.into_bytes());
    }
    request.extensions_mut().insert(visit);
    request.extensions_mut().insert(lang);
    Ok(next.run(request).await)
}

/// The fields of a form. An upload is not kept; the draft that it belongs to is.
async fn worth_keeping(request: &mut Request) -> Result<Fields, Response> {
    if is_urlencoded(request.headers()) { form::taken(request).await } else { Ok(Fields::default()) }
}

/// To the page that sets up a second factor; a form is kept meanwhile.
async fn led_to_second(
    house: &House,
    lang: Lang,
    visit: who::Visit,
    mut request: Request,
) -> Result<Response, Response> {
    if !is_changing(request.method()) {
        return Ok(see_other(SECOND, &[]));
    }
    let fields = worth_keeping(&mut request).await?;
    Ok(kept::page(house, lang, (visit.here, fields), kept::Why::NoSecond(visit.token)))
}

/// The secret of a session, as the browser brings it.
fn brought(house: &House, role: Role, headers: &HeaderMap) -> Option<String> {
    let name = match role {
        Role::Staff => STAFF_COOKIE,
        Role::Admin => ADMIN_COOKIE,
    };
    cookie::value(headers, &cookie::secret_name(&house.settings, name))
}

async fn session(house: &House, role: Role, headers: &HeaderMap) -> Result<Option<(Session, String)>, Trouble> {
    let Some(token) = brought(house, role, headers) else { return Ok(None) };
    let directory = house.store.directory();
    let found = identity::session::find(house.identity.keys(), directory, &token, (house.clock)()).await?;
    Ok(found.filter(|session| session.role == role).map(|session| (session, who::form_token(&token))))
}

fn is_changing(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

fn is_urlencoded(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    !kind.is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with("multipart/form-data"))
}

/// Whether the browser says that another site's page made this request (Fetch Metadata, RFC 6454 §7).
fn is_strange(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return !matches!(site, "same-origin" | "none");
    }
    let Some(origin) = text(ORIGIN.as_str()) else { return false };
    let host = origin.split_once("://").map(|(_, host)| host);
    host.is_none() || host != text(HOST.as_str())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    fn headers(all: &[(&'static str, &str)]) -> HeaderMap {
        all.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn forms_of_other_sites_are_strange() {
        assert!(is_strange(&headers(&[("sec-fetch-site", "cross-site")])));
        assert!(is_strange(&headers(&[("sec-fetch-site", "same-site")])));
        assert!(!is_strange(&headers(&[("sec-fetch-site", "same-origin")])));
        assert!(is_strange(&headers(&[("origin", "https://evil.example"), ("host", "relais.example")])));
        assert!(is_strange(&headers(&[("origin", "null"), ("host", "relais.example")])));
        assert!(!is_strange(&headers(&[("origin", "https://relais.example"), ("host", "relais.example")])));
        assert!(!is_strange(&headers(&[])));
    }
}
