//! Folders and lists: what somebody has, newest first, and what they do with several at once.

mod act;
mod links;
mod list;
mod page;

#[cfg(test)]
mod tests;

use axum::Router;
use axum::routing::{get, post};

pub use links::FolderLink;
pub use list::{List, ListQuery, Row};

use crate::House;

/// Rows of a page.
pub const PAGE_ROWS: u32 = 50;

/// `/`, `/f/{folder}`, `/f/{folder}/act`, `/folders`
pub fn router() -> Router<House> {
    Router::new()
        .route("/", get(page::inbox))
        .route("/f/{folder}", get(page::show))
        .route("/f/{folder}/act", post(act::act))
        .route("/folders", get(page::all).post(act::make))
}
