//! What somebody can see and change about their own signing in.
//!
//! ```text
//!   /account ─┬─ /account/password
//!             ├─ /account/totp ──────┐
//!             ├─ /account/passkey ───┴─> first second factor ──> /account/recovery: codes to print
//!             ├─ /account/remove         a second factor
//!             ├─ /account/sessions       end one, or all others
//!             └─ /account/apps           app passwords: make (shown once), revoke
//!   /account/second   the same two ways, for who has just enrolled, or has to have a second factor and has none
//! ```
//!
//! Who signed in more than a quarter of an hour ago is asked for the password before anything changes: the session
//! may be somebody else's by then.

mod apps;
mod me;
mod page;
mod passkey;
mod password;
mod picture;
mod recovery;
mod second;
mod sessions;
mod texts;
mod totp;

#[cfg(test)]
mod demanded;
#[cfg(test)]
pub(crate) mod tests;

use axum::routing::{get, post};
use axum::{Extension, Router};

pub use me::Me;

use crate::House;
use crate::sign_in::Realm;

/// The account pages of the webmail.
pub fn router() -> Router<House> {
    let apps = Router::new().route("/account/apps", post(apps::make)).route("/account/apps/revoke", post(apps::revoke));
    shared().merge(apps).layer(Extension(Realm::Staff))
}

/// The account pages of the console.
pub fn console_router() -> Router<House> {
    shared().layer(Extension(Realm::Console))
}

fn shared() -> Router<House> {
    Router::new()
        .route("/account", get(page::show))
        .route("/account/password", post(password::change))
        .route("/account/second", get(second::show))
        .route("/account/totp", get(totp::show).post(totp::finish))
        .route("/account/passkey/start", post(passkey::start))
        .route("/account/passkey", post(passkey::finish))
        .route("/account/remove", post(second::remove))
        .route("/account/recovery", post(recovery::renew))
        .route("/account/sessions", post(sessions::end))
        .route("/sign-out", post(sessions::sign_out))
}
