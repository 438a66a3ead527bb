//! Reading: one message, its page in a frame of its own, what hangs on it.
//!
//! ```text
//!   /f/{folder}/m/{uid}          our page ── letter (people, words, files) ──> iframe, or the text
//!   /f/{folder}/m/{uid}/html     the sender's page: html (washed) + answer (sandbox, no scripts, no requests)
//!   /f/{folder}/m/{uid}/print    the same with its head, to be printed
//!   /f/{folder}/m/{uid}/part/N   a file, always saved
//!   /f/{folder}/m/{uid}/raw      the message as it came
//! ```
//!
//! Nothing that a sender wrote comes into our own pages but as text.

mod answer;
mod file_name;
mod frame;
mod html;
pub mod letter;
mod page;
mod plain;
mod shown;
mod text;
mod texts;

#[cfg(test)]
mod tests;

use axum::Router;
use axum::routing::get;

pub use file_name::disposition;

use crate::House;

/// `/f/{folder}/m/{uid}` and what belongs to it.
pub fn router() -> Router<House> {
    Router::new()
        .route("/f/{folder}/m/{uid}", get(page::show))
        .route("/f/{folder}/m/{uid}/html", get(frame::show))
        .route("/f/{folder}/m/{uid}/print", get(frame::print))
        .route("/f/{folder}/m/{uid}/part/{number}", get(frame::part))
        .route("/f/{folder}/m/{uid}/raw", get(frame::raw))
}
