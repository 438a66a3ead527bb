//! The driver, the client and the runner over real sockets and real TLS: against each other, and against programs that
//! nobody here wrote.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
#![allow(clippy::disallowed_methods, reason = "these tests are drivers themselves")]

mod house;
mod loopback;
mod real_peers;
#[path = "../../../tests/skipped.rs"]
mod skipped;
