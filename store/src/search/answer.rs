//! What an index says of each message of a segment.

use mail::search::{Fields, Term};

use super::{Block, CUT, Outline};

/// Whether a message has what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Answer {
    /// It has not.
    No,
    /// Only reading it tells.
    Maybe,
    /// It has.
    Yes,
}

impl std::ops::Not for Answer {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Maybe => Self::Maybe,
            Self::Yes => Self::No,
        }
    }
}

/// A segment whose blocks are at hand as far as they are asked for.
pub(crate) struct Part<'a> {
    /// A byte for each message.
    pub(crate) flags: &'a [u8],
    /// What it is made of.
    pub(crate) outline: &'a Outline,
    /// Its blocks.
    pub(crate) block: &'a dyn Fn(usize) -> Option<&'a Block>,
}

/// What the segment says of each message; negation is left aside.
pub(crate) fn answers(term: &Term, part: &Part<'_>) -> Vec<Answer> {
    let lookups = term.lookups();
    if lookups.is_empty() {
        return vec![Answer::Maybe; part.flags.len()];
    }
    let mut common = vec![term.fields.bits(); part.flags.len()];
    for lookup in &lookups {
        let mut places = vec![0; common.len()];
        let blocks = part.outline.blocks_for(lookup).filter_map(|number| (part.block)(number));
        for block in blocks {
            block.look_up(lookup, |message, fields: Fields| {
                if let Some(place) = places.get_mut(message as usize) {
                    *place |= fields.bits();
                }
            });
        }
        common.iter_mut().zip(&places).for_each(|(common, places)| *common &= places);
    }
    let found = if term.is_decided() { Answer::Yes } else { Answer::Maybe };
    let answer = |(common, flags): (&u8, &u8)| match (*common != 0, flags & CUT != 0) {
        (true, _) => found,
        (false, true) => Answer::Maybe,
        (false, false) => Answer::No,
    };
    common.iter().zip(part.flags).map(answer).collect()
}
