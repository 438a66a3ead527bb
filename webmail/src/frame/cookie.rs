//! Cookies: read from a request, made for an answer (RFC 6265).

use axum::http::header::{COOKIE, HeaderMap};
use cookie::{Cookie, SameSite};

use crate::Settings;

/// The longest cookie that is looked at.
const BYTES_MAX: usize = 4096;

/// The value of the cookie of this name, or of the same under `__Host-`.
#[must_use]
pub fn value(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers.get_all(COOKIE).iter().filter_map(|header| header.to_str().ok());
    let mut all = all.filter(|header| header.len() <= BYTES_MAX).flat_map(Cookie::split_parse).filter_map(Result::ok);
    all.find(|cookie| cookie.name() == name).map(|cookie| cookie.value().to_owned())
}

/// The name under which a secret cookie goes: bound to our host where browsers come over TLS.
#[must_use]
pub fn secret_name(settings: &Settings, name: &str) -> String {
    if settings.is_https() { format!("__Host-{name}") } else { name.to_owned() }
}

/// A cookie that no script reads. It ends with the browser unless `max_age` is set on it.
#[must_use]
pub fn secret(settings: &Settings, name: &str, value: String) -> Cookie<'static> {
    Cookie::build((secret_name(settings, name), value))
        .path("/")
        .http_only(true)
        .secure(settings.is_https())
        .same_site(SameSite::Lax)
        .build()
}

/// The cookie that takes another away.
#[must_use]
pub fn removed(settings: &Settings, name: &str) -> Cookie<'static> {
    let mut cookie = secret(settings, name, String::new());
    cookie.make_removal();
    cookie
}
