//! Searching: one field at the top of every page, results from all folders, newest first.

mod asked;
mod found;
mod page;
mod texts;

#[cfg(test)]
mod tests;

use axum::Router;
use axum::routing::get;

use crate::House;

/// `/search`
pub fn router() -> Router<House> {
    Router::new().route("/search", get(page::show))
}
