//! What a region promises, checked from outside of it: one test file a promise.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::disallowed_methods)]

mod backups;
mod behaviour;
mod blobs;
mod census;
mod drafts;
mod faults;
mod holding;
mod house;
mod kept;
mod keys;
mod leaks;
mod moving;
mod nodes;
mod pages;
mod pinning;
mod place;
mod returning;
mod search;
mod waiting;
mod writer;
