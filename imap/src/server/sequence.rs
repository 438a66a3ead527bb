//! Which messages a sequence set means (RFC 9051 §9, `sequence-set`), and writing one.

use imap_codec::imap_types::sequence::{SeqOrUid, Sequence, SequenceSet};

use crate::Entry;

/// The places in `entries` that the set means, rising, each once. Numbers that mean nothing are left out.
pub(super) fn places(set: &SequenceSet, entries: &[Entry], by_uid: bool) -> Vec<usize> {
    let mut ranges: Vec<(u32, u32)> = set.0.as_ref().iter().map(|part| range(part, entries, by_uid)).collect();
    ranges.sort_unstable();
    let mut places = Vec::new();
    let mut next = 0;
    for (low, high) in ranges {
        let start = if by_uid { first_from(entries, low) } else { (low as usize).saturating_sub(1) };
        let end = if by_uid { first_from(entries, high.saturating_add(1)) } else { high as usize };
        let end = if by_uid && high == u32::MAX { entries.len() } else { end.min(entries.len()) };
        places.extend(start.max(next)..end);
        next = next.max(end);
    }
    places
}

// `*` is the last message; a range with it always has at least that one.
fn range(part: &Sequence, entries: &[Entry], by_uid: bool) -> (u32, u32) {
    let last = if by_uid { entries.last().map_or(0, |entry| entry.uid) } else { count(entries) };
    let value = |bound: &SeqOrUid| match bound {
        SeqOrUid::Value(number) => number.get(),
        SeqOrUid::Asterisk => last,
    };
    match part {
        Sequence::Single(one) => (value(one), value(one)),
        Sequence::Range(from, to) => (value(from).min(value(to)), value(from).max(value(to))),
    }
}

fn count(entries: &[Entry]) -> u32 {
    u32::try_from(entries.len()).unwrap_or(u32::MAX)
}

fn first_from(entries: &[Entry], uid: u32) -> usize {
    entries.partition_point(|entry| entry.uid < uid)
}

/// Numbers as a set, in their own order: `3,5:7`.
pub(super) fn written(numbers: &[u32]) -> String {
    let mut text = String::new();
    let mut rest = numbers;
    while let Some(&first) = rest.first() {
        let run = rest.iter().zip(first..).take_while(|(number, expected)| **number == *expected).count().max(1);
        let last = rest.get(run - 1).copied().unwrap_or(first);
        let comma = if text.is_empty() { "" } else { "," };
        text.push_str(&if run > 1 { format!("{comma}{first}:{last}") } else { format!("{comma}{first}") });
        rest = rest.get(run..).unwrap_or_default();
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;
    use crate::MessageKey;

    fn entries(uids: &[u32]) -> Vec<Entry> {
        let entry = |uid: &u32| Entry {
            uid: *uid,
            flags: mail::Flags::none(),
            received_at: mail::Timestamp::from_ms(0),
            size_bytes: 0,
            key: MessageKey([0; 16]),
        };
        uids.iter().map(entry).collect()
    }

    fn by(set: &str, by_uid: bool) -> Vec<usize> {
        places(&SequenceSet::try_from(set).unwrap(), &entries(&[2, 3, 7, 9]), by_uid)
    }

    #[test]
    fn sets_mean_what_the_rfc_says() {
        assert_eq!(by("1:2,2:3", false), [0, 1, 2]);
        assert_eq!(by("*", false), [3]);
        assert_eq!(by("9:*", false), [3]);
        assert_eq!(by("5", false), Vec::<usize>::new());
        assert_eq!(by("3:8", true), [1, 2]);
        assert_eq!(by("100:*", true), [3]);
        assert_eq!(by("1:*", true), [0, 1, 2, 3]);
        assert_eq!(by("7,2", true), [0, 2]);
    }

    #[test]
    fn runs_are_written_as_ranges() {
        assert_eq!(written(&[3, 5, 6, 7, 1]), "3,5:7,1");
    }
}
