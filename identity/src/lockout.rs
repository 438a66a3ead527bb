//! Guessing is slowed down, people are not locked out.
//!
//! ```text
//!   failures of one login from one place     1 2 3 | 4    5    6   ...
//!   next try after, seconds                  0 0 0 | 1    2    4   ... 900
//! ```
//!
//! What is counted is (place, login): somebody who guesses elsewhere slows down nobody but themselves. A browser from
//! which its owner signed in before is a place of its own, whoever else is on the line. A place that
//! fails under many different logins is slowed down for logins that never succeeded from it; a whole town hall
//! behind one address goes on signing in. All in memory, bounded, forgotten after a quiet hour.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

use mail::Timestamp;

/// Failures that cost nothing: people mistype.
const FREE_FAILURES: u32 = 3;
/// Different logins that may fail from one place before strangers there are slowed down.
const FREE_LOGINS: usize = 30;
/// The longest delay.
const DELAY_MS_MAX: i64 = 900_000;
/// Failures from everywhere together that cost nothing: only of who has shown the password already.
const FREE_FAILURES_EVERYWHERE: u32 = 20;
/// A quiet hour forgets.
const FORGET_MS: i64 = 3_600_000;
/// Pairs and places remembered; beyond that the quiet ones go first, then all.
const REMEMBERED_MAX: usize = 50_000;

/// Whether somebody may try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Yes.
    Try,
    /// Not before so many seconds have passed.
    Later {
        /// How many.
        retry_after_s: u32,
    },
}

/// Where tries come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// One IPv4 address, or the /64 of an IPv6 one, which is one line's.
    Line([u8; 8]),
    /// A browser that its owner used before.
    Device([u8; 16]),
    /// All lines together.
    Everywhere,
}

impl From<IpAddr> for Place {
    fn from(peer: IpAddr) -> Self {
        match peer.to_canonical() {
            IpAddr::V4(v4) => {
                let [a, b, c, d] = v4.octets();
                Self::Line([0, 0, 0, 4, a, b, c, d])
            }
            IpAddr::V6(v6) => {
                let [a, b, c, d, e, f, g, h, ..] = v6.octets();
                Self::Line([a, b, c, d, e, f, g, h])
            }
        }
    }
}

impl Place {
    fn free_failures(self) -> u32 {
        if self == Self::Everywhere { FREE_FAILURES_EVERYWHERE } else { FREE_FAILURES }
    }
}

#[derive(Clone, Copy, Debug)]
struct Failures {
    count: u32,
    last_at: Timestamp,
}

#[derive(Clone, Debug)]
struct Failing {
    logins: HashSet<String>,
    strangers: Failures,
}

/// The memory of failures.
#[derive(Clone, Debug, Default)]
pub struct Lockout {
    pairs: HashMap<(Place, String), Failures>,
    places: HashMap<Place, Failing>,
    familiar: HashMap<(Place, String), Timestamp>,
}

impl Lockout {
    /// Whether this login may be tried from there now.
    #[must_use]
    pub fn verdict(&self, from: impl Into<Place>, login: &str, now: Timestamp) -> Verdict {
        let place = from.into();
        let pair = (place, login.to_lowercase());
        let own = self.pairs.get(&pair).map_or(0, |failures| wait_ms(*failures, place.free_failures(), now));
        let strange = !self.familiar.contains_key(&pair);
        let crowd = self.places.get(&place).filter(|failing| strange && failing.logins.len() > FREE_LOGINS);
        let crowd = crowd.map_or(0, |failing| wait_ms(failing.strangers, 0, now));
        match own.max(crowd) {
            0 => Verdict::Try,
            wait => Verdict::Later { retry_after_s: u32::try_from(wait.div_euclid(1000) + 1).unwrap_or(u32::MAX) },
        }
    }

    /// Begins a try, if it may be made: it counts as failed from here on, so that tries made at the same time count each
    /// other. [`Self::succeeded`] or [`Self::give_back`] takes that back.
    pub fn begin(&mut self, from: impl Into<Place>, login: &str, now: Timestamp) -> Verdict {
        let place = from.into();
        let verdict = self.verdict(place, login, now);
        if verdict == Verdict::Try {
            self.count(place, login, now);
        }
        verdict
    }

    fn count(&mut self, place: Place, login: &str, now: Timestamp) {
        self.bound(now);
        let fresh = Failures { count: 0, last_at: now };
        self.pairs.entry((place, login.to_lowercase())).or_insert(fresh).again(now);
    }

    /// Takes back what [`Self::begin`] counted, for a try that was no guess.
    pub fn give_back(&mut self, from: impl Into<Place>, login: &str) {
        if let Some(failures) = self.pairs.get_mut(&(from.into(), login.to_lowercase())) {
            failures.count = failures.count.saturating_sub(1);
        }
    }

    /// Remembers that a try failed that was begun.
    pub fn failed(&mut self, from: impl Into<Place>, login: &str, now: Timestamp) {
        self.bound(now);
        let (place, login) = (from.into(), login.to_lowercase());
        let fresh = Failures { count: 0, last_at: now };
        if !matches!(place, Place::Line(_)) {
            return;
        }
        let failing = self.places.entry(place).or_insert(Failing { logins: HashSet::new(), strangers: fresh });
        if failing.strangers.is_forgotten(now) {
            failing.logins.clear();
        }
        if failing.logins.len() > FREE_LOGINS {
            failing.strangers.again(now);
        } else {
            failing.strangers.last_at = now;
            failing.logins.insert(login);
        }
    }

    /// Remembers that a try succeeded: this login is familiar from there, and its failures are forgotten.
    pub fn succeeded(&mut self, from: impl Into<Place>, login: &str, now: Timestamp) {
        self.bound(now);
        let pair = (from.into(), login.to_lowercase());
        self.pairs.remove(&pair);
        self.familiar.insert(pair, now);
    }

    fn bound(&mut self, now: Timestamp) {
        if self.pairs.len() >= REMEMBERED_MAX {
            self.pairs.retain(|_, failures| !failures.is_forgotten(now));
        }
        if self.pairs.len() >= REMEMBERED_MAX {
            self.pairs.clear();
        }
        if self.places.len() >= REMEMBERED_MAX {
            self.places.retain(|_, failing| !failing.strangers.is_forgotten(now));
        }
        if self.places.len() >= REMEMBERED_MAX {
            self.places.clear();
        }
        if self.familiar.len() >= REMEMBERED_MAX {
            self.familiar.clear();
        }
    }
}

impl Failures {
    fn is_forgotten(self, now: Timestamp) -> bool {
        now.ms_since(self.last_at) > FORGET_MS
    }

    fn again(&mut self, now: Timestamp) {
        if self.is_forgotten(now) {
            self.count = 0;
        }
        self.count = self.count.saturating_add(1);
        self.last_at = now;
    }
}

fn wait_ms(failures: Failures, free: u32, now: Timestamp) -> i64 {
    let over = failures.count.saturating_sub(free);
    if over == 0 || failures.is_forgotten(now) {
        return 0;
    }
    let delay = 1000_i64.checked_shl(over.min(20) - 1).unwrap_or(DELAY_MS_MAX).min(DELAY_MS_MAX);
    (delay - now.ms_since(failures.last_at)).max(0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    const NOW: Timestamp = Timestamp::from_unix_s(1_800_000_000);

    fn peer(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    fn fail(lockout: &mut Lockout, from: impl Into<Place>, login: &str, now: Timestamp) {
        let place = from.into();
        lockout.count(place, login, now);
        lockout.failed(place, login, now);
    }

    #[test]
    fn tries_at_the_same_time_count_each_other() {
        let mut lockout = Lockout::default();
        let begun = (0..1000).filter(|_| lockout.begin(peer(1), "maire", NOW) == Verdict::Try).count();
        assert_eq!(begun, 4, "three are free, and the fourth begins the delay");
        lockout.succeeded(peer(1), "maire", NOW);
        assert_eq!(lockout.begin(peer(1), "maire", NOW), Verdict::Try);
        for _ in 0..10 {
            lockout.give_back(peer(1), "maire");
            assert_eq!(lockout.begin(peer(1), "maire", NOW), Verdict::Try, "what was no guess costs nothing");
        }
    }

    #[test]
    fn guessing_gets_slower_and_slower() {
        let mut lockout = Lockout::default();
        for _ in 0..3 {
            fail(&mut lockout, peer(1), "maire", NOW);
            assert_eq!(lockout.verdict(peer(1), "maire", NOW), Verdict::Try);
        }
        let mut last = 0;
        for _ in 0..15 {
            fail(&mut lockout, peer(1), "Maire", NOW);
            let Verdict::Later { retry_after_s } = lockout.verdict(peer(1), "maire", NOW) else { panic!("free") };
            assert!(retry_after_s >= last && retry_after_s <= 901);
            last = retry_after_s;
        }
        assert_eq!(last, 901);
        assert_eq!(lockout.verdict(peer(1), "maire", NOW.plus_s(901)), Verdict::Try);
    }

    #[test]
    fn who_guesses_elsewhere_locks_nobody_out() {
        let mut lockout = Lockout::default();
        for _ in 0..1000 {
            fail(&mut lockout, peer(1), "maire", NOW);
        }
        assert_eq!(lockout.verdict(peer(2), "maire", NOW), Verdict::Try);
        assert_eq!(lockout.verdict(peer(1), "accueil", NOW), Verdict::Try);
    }

    #[test]
    fn a_place_that_tries_many_logins_is_slowed_for_strangers_only() {
        let mut lockout = Lockout::default();
        lockout.succeeded(peer(1), "accueil", NOW);
        for guess in 0..100 {
            fail(&mut lockout, peer(1), &format!("guess{guess}"), NOW);
        }
        assert!(matches!(lockout.verdict(peer(1), "new", NOW), Verdict::Later { .. }));
        assert_eq!(lockout.verdict(peer(1), "accueil", NOW), Verdict::Try);
        assert_eq!(lockout.verdict(peer(1), "new", NOW.plus_s(7200)), Verdict::Try);
    }

    #[test]
    fn a_known_browser_is_not_slowed_by_its_neighbours() {
        let mut lockout = Lockout::default();
        for _ in 0..100 {
            fail(&mut lockout, peer(1), "maire", NOW);
            fail(&mut lockout, Place::Device([2; 16]), "maire", NOW);
        }
        assert!(matches!(lockout.verdict(peer(1), "maire", NOW), Verdict::Later { .. }));
        assert!(matches!(lockout.verdict(Place::Device([2; 16]), "maire", NOW), Verdict::Later { .. }));
        assert_eq!(lockout.verdict(Place::Device([1; 16]), "maire", NOW), Verdict::Try);
    }

    #[test]
    fn one_line_has_one_ipv6_prefix() {
        let mut lockout = Lockout::default();
        for host in 0..10 {
            fail(&mut lockout, IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, host]), "maire", NOW);
        }
        let other = IpAddr::from([0x2001, 0xdb8, 0, 0, 9, 9, 9, 9]);
        assert!(matches!(lockout.verdict(other, "maire", NOW), Verdict::Later { .. }));
    }

    #[test]
    fn memory_is_bounded() {
        let mut lockout = Lockout::default();
        for guess in 0..60_000 {
            fail(&mut lockout, peer(1), &guess.to_string(), NOW);
        }
        assert!(lockout.pairs.len() <= REMEMBERED_MAX);
    }
}
