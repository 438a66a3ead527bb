//! When the last backup was made, and what hindered the last try. Clones share it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mail::Timestamp;

/// Told by whoever copies, read by readiness.
#[derive(Clone, Debug, Default)]
pub struct Board(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    last: Option<Timestamp>,
    /// When it was tried, and why it was not made.
    failed: Option<(Timestamp, String)>,
    /// Why nobody could look what there is.
    unseen: Option<String>,
    /// What the last one lacks.
    partial: Option<String>,
}

impl Board {
    /// A backup was begun then and is there, but for what it lacks.
    pub fn made(&self, at: Timestamp, partial: Option<String>) {
        *self.lock() = State { last: Some(at), partial, ..State::default() };
    }

    /// It was tried then, and not made, or not to its end; why.
    pub fn failed(&self, at: Timestamp, why: String) {
        self.lock().failed = Some((at, why));
    }

    /// This is the last that there is, whoever made it. What failed since stays.
    pub fn seen(&self, last: Timestamp) {
        let mut state = self.lock();
        state.failed.take_if(|(at, _)| *at < last);
        state.last = Some(last);
        state.unseen = None;
    }

    /// Nobody could look.
    pub fn unseen(&self, why: String) {
        self.lock().unseen = Some(why);
    }

    /// The last one.
    #[must_use]
    pub fn last(&self) -> Option<Timestamp> {
        self.lock().last
    }

    /// What hindered the last try.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        let state = self.lock();
        state.failed.as_ref().map(|(_, why)| why).or(state.unseen.as_ref()).or(state.partial.as_ref()).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_failed_is_told_until_a_later_one_is_made() {
        let (board, moment) = (Board::default(), Timestamp::from_ms);
        board.failed(moment(20), "old ones stay".to_owned());
        board.seen(moment(10));
        assert_eq!((board.last(), board.trouble().as_deref()), (Some(moment(10)), Some("old ones stay")));
        board.seen(moment(30));
        assert_eq!((board.last(), board.trouble()), (Some(moment(30)), None));
        board.unseen("no way there".to_owned());
        assert_eq!(board.trouble().as_deref(), Some("no way there"));
        board.seen(moment(30));
        assert_eq!(board.trouble(), None);
        board.made(moment(40), Some("it lacks a body".to_owned()));
        board.seen(moment(41));
        assert_eq!(board.trouble().as_deref(), Some("it lacks a body"), "until the next one");
        board.made(moment(50), None);
        assert_eq!(board.trouble(), None);
    }
}
