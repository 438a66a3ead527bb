//! Makes databases anew from their chunks.

pub(super) mod postgres;
pub(super) mod sqlite;
