//! How much of messages under way the sessions of a node may hold together.
//!
//! ```text
//!   0                              3/4                max_bytes
//!   ├── every message may grow ─────┼── small ones only ──┤ come again later
//! ```
//!
//! A message counts from its first octet to its answer: so long it is in memory and nowhere else. What is above
//! the mark is kept for small messages, so that a few large ones that dribble in do not stop all mail.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A message that holds no more than this may use the last quarter.
const SMALL_BYTES: usize = 1024 * 1024;

/// The room that sessions share. Clones share it, too.
#[derive(Clone, Debug)]
pub struct Room(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    max_bytes: usize,
    held_bytes: AtomicUsize,
}

/// What one message holds of it; given back when dropped.
#[derive(Debug)]
pub struct Claim {
    room: Room,
    bytes: usize,
}

impl Default for Room {
    /// 512 MiB
    fn default() -> Self {
        Self::of(512 * 1024 * 1024)
    }
}

impl Room {
    /// A room of so many octets.
    #[must_use]
    pub fn of(max_bytes: usize) -> Self {
        Self(Arc::new(Shared { max_bytes, held_bytes: AtomicUsize::new(0) }))
    }

    /// Octets that are held now.
    #[must_use]
    pub fn held_bytes(&self) -> usize {
        self.0.held_bytes.load(Ordering::Relaxed)
    }

    /// Whether a message of so many octets would fit now.
    #[must_use]
    pub fn fits(&self, bytes: usize) -> bool {
        self.held_bytes().saturating_add(bytes) <= self.mark(bytes)
    }

    /// A claim on nothing yet.
    #[must_use]
    pub fn claim(&self) -> Claim {
        Claim { room: self.clone(), bytes: 0 }
    }

    /// Up to where a message of so many octets may fill it.
    fn mark(&self, bytes: usize) -> usize {
        let max = self.0.max_bytes;
        if bytes <= SMALL_BYTES { max } else { max - max / 4 }
    }
}

impl Claim {
    /// Makes it a claim on `bytes`; `false`, and nothing changed, when there is no room.
    pub fn resize(&mut self, bytes: usize) -> bool {
        let held = &self.room.0.held_bytes;
        if bytes <= self.bytes {
            held.fetch_sub(self.bytes - bytes, Ordering::Relaxed);
            self.bytes = bytes;
            return true;
        }
        let (more, mark) = (bytes - self.bytes, self.room.mark(bytes));
        let grown = |held: usize| held.checked_add(more).filter(|all| *all <= mark);
        let fits = held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, grown).is_ok();
        if fits {
            self.bytes = bytes;
        }
        fits
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.room.0.held_bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn large_messages_leave_the_last_quarter_to_small_ones_and_everything_comes_back() {
        let room = Room::of(8 * SMALL_BYTES);
        let (mut large, mut small) = (room.claim(), room.claim());
        assert!(large.resize(6 * SMALL_BYTES));
        assert!(!large.resize(6 * SMALL_BYTES + 1) && !room.fits(SMALL_BYTES + 1));
        assert!(small.resize(SMALL_BYTES) && room.fits(SMALL_BYTES) && !small.resize(SMALL_BYTES + 1));
        assert_eq!(room.held_bytes(), 7 * SMALL_BYTES);
        drop(large);
        assert!(small.resize(2 * SMALL_BYTES) && small.resize(10));
        drop(small);
        assert_eq!(room.held_bytes(), 0);
    }
}
