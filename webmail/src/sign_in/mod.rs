//! Signing in and enrolling, for staff and for admins alike.
//!
//! ```text
//!   /sign-in   name, password ──┬──────────────────────────> session ──> where they wanted to go
//!              passkey ─────────│──────────────────────────> session
//!                               └─> /sign-in/code  code ───> session
//!   /welcome   name, activation code, new password ────────> session ──> /account/second
//! ```
//!
//! Every form carries the token of the [`realm::Door`]; `next` is only ever a path of ours.

mod enter;
mod page;
mod passkey;
pub mod realm;
mod second;
mod texts;
mod welcome;

#[cfg(test)]
mod browser;
#[cfg(test)]
pub(crate) mod tests;

use axum::routing::{get, post};
use axum::{Extension, Router};

pub use enter::path;
pub use passkey::{json, passkeys};
pub use realm::Realm;

use crate::House;

/// The pages of the webmail's door.
pub fn router() -> Router<House> {
    doors().layer(Extension(Realm::Staff))
}

/// The pages of the console's door.
pub fn console_router() -> Router<House> {
    doors().layer(Extension(Realm::Console))
}

fn doors() -> Router<House> {
    Router::new()
        .route("/sign-in", get(page::show).post(page::send))
        .route("/sign-in/code", post(second::send))
        .route("/sign-in/passkey/start", post(passkey::start))
        .route("/sign-in/passkey", post(passkey::send))
        .route("/welcome", get(welcome::show).post(welcome::send))
        .route("/language", post(page::language))
}
