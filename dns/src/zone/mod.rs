//! An authority of our own.
