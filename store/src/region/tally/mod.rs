//! Which rows there are, at a price that does not grow with their number: a row that was removed, or an older one that was put
//! back with its own good code, is missed.
//!
//! ```text
//!   event (id, mac) ──┐
//!   event (id, mac) ──┼─ keyed hashes, added up ──> tally of the mailbox ──┐
//!   event (id, mac) ──┘                                                    ├─ added up ──> tally of the region: version
//!   mailbox rows, clean points ───────────────────> tallies of their own ──┘                    │ now and then
//!                                                                      the directory, the outside witness
//! ```
//!
//! A tally is added to and taken from in the transaction that writes the rows ([`Keeper`]), once for all of its jobs: new
//! events are those above the highest number before it, what goes or changes is noted by triggers. Each has a code, and its sum
//! is kept under a mask that no version shares, so that nobody learns a row's hash from two sums. Rows and tallies that are put
//! back together are noticed by the region's tally, and that one put back too by its version, which the directory and the
//! witness know.

mod keeper;
mod look;

use std::sync::Arc;

use zeroize::Zeroizing;

pub(super) use keeper::Keeper;
pub use look::FilmHead;

use crate::db::{self, Conn};
use crate::mac::{self, Field};
use crate::sum::Sum;
use crate::{HouseKeys, Result};

/// Rows of one statement.
const ROWS: usize = 100;
/// The code of a tally that nobody believes until an admin has looked.
const BROKEN: &[u8] = &[0];

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Area(i64, i64);

impl Area {
    /// All the others.
    const REGION: Self = Self(0, 0);
    const MAILBOXES: Self = Self(2, 0);
    const CLEAN_POINTS: Self = Self(3, 0);

    const fn film(mailbox: i64) -> Self {
        Self(1, mailbox)
    }

    fn fields(self) -> [Field<'static>; 2] {
        [self.0.into(), self.1.into()]
    }

    /// What is said when it is not as Relais left it.
    fn named(self) -> String {
        let what = match self {
            Self(1, mailbox) => format!("the film of mailbox {mailbox}"),
            Self::MAILBOXES => "the list of mailboxes".to_owned(),
            Self::CLEAN_POINTS => "the list of clean points".to_owned(),
            _ => "the sum of the region".to_owned(),
        };
        format!("{what}: rows were removed, added or put back")
    }
}

/// What was added up: how many, and their hashes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Total {
    count: i64,
    sum: Sum,
}

impl Total {
    fn add(&mut self, hash: Sum) {
        *self = Self { count: self.count.wrapping_add(1), sum: self.sum.plus(hash) };
    }

    fn take(&mut self, hash: Sum) {
        *self = Self { count: self.count.wrapping_sub(1), sum: self.sum.minus(hash) };
    }

    fn and(self, other: Self) -> Self {
        Self { count: self.count.wrapping_add(other.count), sum: self.sum.plus(other.sum) }
    }
}

/// A tally as it lies in the database.
#[derive(Clone, Debug)]
struct Stored {
    area: i64,
    place: i64,
    version: i64,
    count: i64,
    total: Vec<u8>,
    mac: Vec<u8>,
}

crate::db::record!(Stored { area, place, version, count, total, mac });

impl Stored {
    const SELECT: &str = "SELECT area, place, version, count, total, mac FROM tally";

    const fn area(&self) -> Area {
        Area(self.area, self.place)
    }
}

/// Makes hashes and codes.
#[derive(Clone)]
struct Codes(Arc<Zeroizing<[u8; 32]>>);

impl Codes {
    fn new(keys: &HouseKeys, region: &str) -> Self {
        Self(Arc::new(Zeroizing::new(mac::code(&keys.integrity, "tally", &[region.into()]))))
    }

    fn hash(&self, label: &str, fields: &[Field<'_>]) -> Sum {
        mac::code(&self.0, label, fields).into()
    }

    /// The hash of a row by its number and code.
    fn row(&self, area: Area, id: i64, code: &[u8]) -> Sum {
        let [kind, place] = area.fields();
        self.hash("tally row", &[kind, place, id.into(), code.into()])
    }

    /// The hash of a tally, for that of the region.
    fn part(&self, area: Area, code: &[u8]) -> Sum {
        let [kind, place] = area.fields();
        self.hash("tally part", &[kind, place, code.into()])
    }

    fn mask(&self, area: Area, version: i64) -> Sum {
        let [kind, place] = area.fields();
        self.hash("tally mask", &[kind, place, version.into()])
    }

    fn code(&self, row: &Stored) -> [u8; 32] {
        let [kind, place] = row.area().fields();
        let fields = [kind, place, row.version.into(), row.count.into(), row.total.as_slice().into()];
        mac::code(&self.0, "tally", &fields)
    }

    /// What a tally says, if Relais wrote it.
    fn opened(&self, row: &Stored) -> Option<Total> {
        if !mac::same(&row.mac, &self.code(row)) {
            return None;
        }
        let sum = Sum::of(&row.total)?.minus(self.mask(row.area(), row.version));
        Some(Total { count: row.count, sum })
    }

    /// A tally as it is written; one that is not believed stays so.
    fn sealed(&self, area: Area, version: i64, total: Total, believed: bool) -> Stored {
        let masked = total.sum.plus(self.mask(area, version)).bytes().to_vec();
        let mut row =
            Stored { area: area.0, place: area.1, version, count: total.count, total: masked, mac: BROKEN.to_vec() };
        if believed {
            row.mac = self.code(&row).to_vec();
        }
        row
    }
}

/// Writes tallies, over those that are there.
async fn put(db: &mut Conn, rows: &[Stored]) -> Result<()> {
    const HEAD: &str = "INSERT INTO tally (area, place, version, count, total, mac)";
    const OVER: &str = " ON CONFLICT (area, place) DO UPDATE SET version = excluded.version, count = excluded.count,
                         total = excluded.total, mac = excluded.mac";
    for some in rows.chunks(ROWS) {
        let put = some.iter().fold(db::Insert::new(HEAD, 6, some.len()), |put, row| {
            put.bind(row.area).bind(row.place).bind(row.version).bind(row.count).bind(&row.total).bind(&row.mac)
        });
        put.ending(OVER).execute(&mut *db).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    fn codes() -> Codes {
        Codes::new(&HouseKeys::generate(), "fr")
    }

    #[test]
    fn what_is_added_and_taken_leaves_the_rest_in_any_order() {
        let codes = codes();
        let hash = |id| codes.row(Area::film(3), id, b"code");
        let (mut one, mut other) = (Total::default(), Total::default());
        [1, 2, 3].into_iter().for_each(|id| one.add(hash(id)));
        [3, 4, 1].into_iter().for_each(|id| other.add(hash(id)));
        assert_ne!(one, other);
        other.take(hash(4));
        other.add(hash(2));
        assert_eq!(one, other);
        one.add(hash(2));
        assert_ne!(one, other, "a row twice is another sum");
        assert_ne!(hash(1), codes.row(Area::film(4), 1, b"code"), "another mailbox's row is another");
        assert_eq!(Sum::of(&hash(1).bytes()), Some(hash(1)));
    }

    #[test]
    fn a_tally_of_another_version_or_area_is_not_ours() {
        let codes = codes();
        let total = Total { count: 2, sum: codes.row(Area::film(3), 1, b"code") };
        let row = codes.sealed(Area::film(3), 7, total, true);
        assert_eq!(codes.opened(&row), Some(total));
        for changed in [
            Stored { version: 8, ..row.clone() },
            Stored { place: 4, ..row.clone() },
            Stored { count: 1, ..row.clone() },
            Stored { total: total.sum.bytes().to_vec(), ..row.clone() },
            Stored { mac: BROKEN.to_vec(), ..row.clone() },
        ] {
            assert_eq!(codes.opened(&changed), None, "{changed:?}");
        }
        assert_eq!(codes.opened(&codes.sealed(Area::film(3), 7, total, false)), None);
    }
}
