//! A record plan: the changes of a switch as a diff, and the way back.
//!
//! ```text
//! zone corp.test.
//! - corp.test. 300 MX 10 mx-primary.corp.test.
//! + corp.test. 60 MX 10 mx-standby.corp.test.
//! ```

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{DnsError, Kind, Name, RecordSet};

/// One record set before and after; `None` means that there is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The owner.
    pub name: Name,
    /// Of which kind.
    pub kind: Kind,
    /// What must be there for the change to be made.
    pub before: Option<RecordSet>,
    /// What is there once it was made.
    pub after: Option<RecordSet>,
}

impl Change {
    /// Whether anything but the time to live differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match (&self.before, &self.after) {
            (Some(before), Some(after)) => before.says_the_same(after),
            (before, after) => before.is_none() && after.is_none(),
        }
    }

    fn reversed(&self) -> Self {
        Self { name: self.name.clone(), kind: self.kind, before: self.after.clone(), after: self.before.clone() }
    }

    fn check(&self, zone: &Name) -> Result<(), DnsError> {
        if !self.name.is_within(zone) {
            return Err(DnsError::OutsideZone { name: self.name.clone(), zone: zone.clone() });
        }
        let fits = |set: &RecordSet| set.name == self.name && set.members.iter().all(|d| d.kind() == self.kind);
        let whole = |set: &Option<RecordSet>| set.as_ref().is_none_or(|set| !set.members.is_empty() && fits(set));
        // RFC 5321 §5.1: without MX the domain's own address gets the mail, which is the web server. Never that.
        if self.kind == Kind::Mx && self.after.as_ref().is_none_or(|set| set.members.is_empty()) {
            return Err(DnsError::EmptyMx(self.name.clone()));
        }
        (whole(&self.before) && whole(&self.after)).then_some(()).ok_or_else(|| DnsError::MixedSet(self.name.clone()))
    }
}

/// The DNS changes of a switch. It cannot leave a name without MX, in either direction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked", into = "Unchecked")]
pub struct RecordPlan {
    zone: Name,
    changes: Vec<Change>,
}

#[derive(Serialize, Deserialize)]
struct Unchecked {
    zone: Name,
    changes: Vec<Change>,
}

impl TryFrom<Unchecked> for RecordPlan {
    type Error = DnsError;

    fn try_from(raw: Unchecked) -> Result<Self, DnsError> {
        Self::new(raw.zone, raw.changes)
    }
}

impl From<RecordPlan> for Unchecked {
    fn from(plan: RecordPlan) -> Self {
        Self { zone: plan.zone, changes: plan.changes }
    }
}

impl RecordPlan {
    /// A plan for one zone.
    ///
    /// # Errors
    /// When a change lies outside the zone, mixes kinds, or would leave a name without MX going there or coming back.
    pub fn new(zone: Name, changes: Vec<Change>) -> Result<Self, DnsError> {
        for change in &changes {
            change.check(&zone)?;
            change.reversed().check(&zone)?;
        }
        Ok(Self { zone, changes })
    }

    /// The zone that all changes lie in.
    #[must_use]
    pub const fn zone(&self) -> &Name {
        &self.zone
    }

    /// The changes, in order.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// The way back.
    #[must_use]
    pub fn reversed(&self) -> Self {
        Self { zone: self.zone.clone(), changes: self.changes.iter().rev().map(Change::reversed).collect() }
    }

    /// Whether nothing would change.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.iter().all(Change::is_empty)
    }

    /// The longest time to live among what is replaced: how long others may go on seeing it, in seconds.
    #[must_use]
    pub fn old_ttl_s(&self) -> u32 {
        self.changes.iter().filter_map(|c| c.before.as_ref()).map(|set| set.ttl_s).max().unwrap_or(0)
    }
}

impl fmt::Display for RecordPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "zone {}", self.zone.fqdn())?;
        for change in &self.changes {
            for (sign, set) in [('-', &change.before), ('+', &change.after)] {
                for line in set.iter().flat_map(|set| set.to_string().lines().map(str::to_owned).collect::<Vec<_>>()) {
                    write!(f, "\n{sign} {line}")?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;
    use crate::Data;

    fn name(text: &str) -> Name {
        Name::parse(text).unwrap()
    }

    fn mx(host: &str, ttl_s: u32) -> Option<RecordSet> {
        Some(RecordSet::new(name("corp.test"), ttl_s, [Data::mx(10, name(host))]))
    }

    fn change(before: Option<RecordSet>, after: Option<RecordSet>) -> Change {
        Change { name: name("corp.test"), kind: Kind::Mx, before, after }
    }

    #[test]
    fn a_plan_reads_as_a_diff_and_knows_the_way_back() {
        let plan = RecordPlan::new(name("corp.test"), vec![change(mx("old.test", 300), mx("new.test", 60))]).unwrap();
        let shown = "zone corp.test.\n- corp.test. 300 MX 10 old.test.\n+ corp.test. 60 MX 10 new.test.";
        assert_eq!(plan.to_string(), shown);
        assert_eq!(plan.reversed().reversed(), plan);
        assert_eq!(plan.reversed().changes()[0].after, mx("old.test", 300));
        assert_eq!(plan.old_ttl_s(), 300);
    }

    #[test]
    fn no_plan_can_leave_a_domain_without_mx() {
        assert!(RecordPlan::new(name("corp.test"), vec![change(mx("old.test", 5), None)]).is_err());
        assert!(RecordPlan::new(name("corp.test"), vec![change(None, mx("new.test", 5))]).is_err());
        let empty = Some(RecordSet::new(name("corp.test"), 5, []));
        assert!(RecordPlan::new(name("corp.test"), vec![change(mx("old.test", 5), empty)]).is_err());
    }

    #[test]
    fn a_change_outside_the_zone_is_refused() {
        let stray = change(mx("old.test", 5), mx("new.test", 5));
        assert!(RecordPlan::new(name("other.test"), vec![stray]).is_err());
    }
}
