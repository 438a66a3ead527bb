//! The executor on a real store, with an authority of our own, killed wherever it can be.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod failback;
mod failover;
mod house;
mod people;
