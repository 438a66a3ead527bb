//! Writing: drafts that are never lost, answers to the right people, sent once.
//!
//! ```text
//!   /compose?reply=F.U ── a draft, with recipients and the original as text ──> /draft/{id}
//!
//!   /draft/{id} ─┬─ save    by a button, or by the script while one types; two windows become two drafts
//!                ├─ names   what was typed becomes addresses; says which is wrong
//!                ├─ attach  a page of its own, where there is no script
//!                ├─ send ── names ── build (MIME) ── Service::send ──> the same address, which now says "sent"
//!                └─ discard
//! ```
//!
//! Nothing lives in the session: whoever signs in again finds every draft. Sender HTML never comes in here, only what
//! it says.

mod attach;
mod build;
mod contacts;
mod drafts;
mod flowed;
mod offer;
mod original;
mod page;
mod recipients;
mod reply;
mod save;
mod send;
mod start;
mod texts;
mod typed;

#[cfg(test)]
mod tests;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

use crate::House;

/// `/compose`, `/draft/...`, `/drafts`, `/contacts`
pub fn router() -> Router<House> {
    // Uploads are counted while they come in, and what is too much is read to its end so that the browser hears why.
    let upload = get(attach::show).post(attach::take).layer(DefaultBodyLimit::disable());
    Router::new()
        .route("/compose", get(start::start))
        .route("/drafts", get(drafts::show))
        .route("/draft/{id}", get(page::show))
        .route("/draft/{id}/save", post(save::save))
        .route("/draft/{id}/names", post(save::names))
        .route("/draft/{id}/files", post(save::files))
        .route("/draft/{id}/send", post(send::send))
        .route("/draft/{id}/discard", post(save::discard))
        .route("/draft/{id}/attach", upload)
        .route("/draft/{id}/part/{part}", get(attach::download))
        .route("/draft/{id}/detach", post(save::detach))
        .route("/contacts", get(contacts::show))
        .route("/contacts/complete", get(offer::complete))
}
