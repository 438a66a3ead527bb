//! Pages of the console through its router, with a real store and a desk that remembers what it was given.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod browser;
mod counter;
mod pages;
mod room;
mod taking_over;
