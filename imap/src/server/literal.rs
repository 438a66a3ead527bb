//! Which literals are taken, before anything of them is there (RFC 9051 §4.3).
//!
//! ```text
//!   {n}   ── fits ──> "+ Go ahead"        too big, no room ──> NO: it is never sent
//!   {n+}  ── fits ──> it comes            too big, no room ──> BYE: it is on its way already (RFC 7888 §4)
//! ```
//!
//! Commands are small, all their literals counted; only the message of an APPEND may be large, and what all of them
//! hold together is limited: each counts from its announcement to the answer.

use mail::Claim;

use crate::Limits;

/// Why a literal is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It is more than one command may have.
    TooBig,
    /// Others hold too much at this moment.
    NoRoom,
}

impl Refusal {
    /// A response code and a sentence (RFC 5530 §3; TOOBIG is of RFC 7889 §4).
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::TooBig => "[TOOBIG] That is larger than we take",
            Self::NoRoom => "[UNAVAILABLE] Too much is on its way in, please try again later",
        }
    }
}

/// Decides for one connection.
pub(super) struct Porter {
    claim: Claim,
    /// Octets of the command under way that were let in as literals of an APPEND.
    let_in_bytes: usize,
}

impl Porter {
    pub(super) fn new(limits: &Limits) -> Self {
        Self { claim: limits.room.claim(), let_in_bytes: 0 }
    }

    /// The command under way is over: what it held is given back.
    pub(super) fn forget(&mut self) {
        // Less always fits.
        let _ = self.claim.resize(0);
        self.let_in_bytes = 0;
    }

    /// How large the command under way may become.
    pub(super) fn budget_bytes(&self, limits: &Limits) -> usize {
        limits.command_max_bytes.saturating_add(self.let_in_bytes)
    }

    /// Whether a literal of `length` may come after what was `said` of the command.
    pub(super) fn admit(
        &mut self,
        limits: &Limits,
        signed_in: bool,
        said: &[u8],
        length: usize,
    ) -> Result<(), Refusal> {
        let max_bytes = match (signed_in, is_append(said)) {
            (false, _) => limits.early_literal_max_bytes as usize,
            (true, true) => limits.append_max_bytes as usize,
            (true, false) => limits.command_max_bytes,
        };
        if length > max_bytes {
            return Err(Refusal::TooBig);
        }
        // Its folder's name may be a literal as well.
        if said.len().saturating_add(length) <= self.budget_bytes(limits) {
            return Ok(());
        }
        if !signed_in || self.let_in_bytes > 0 || !is_append(said) {
            return Err(Refusal::TooBig);
        }
        if !self.claim.resize(length) {
            return Err(Refusal::NoRoom);
        }
        self.let_in_bytes = length;
        Ok(())
    }
}

fn is_append(said: &[u8]) -> bool {
    let word = said.split(|byte| *byte == b' ').nth(1);
    word.is_some_and(|word| word.eq_ignore_ascii_case(b"APPEND"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use mail::Room;

    use super::*;

    const APPEND: &[u8] = b"7 append INBOX {1000}\r\n";

    fn limits() -> Limits {
        Limits {
            append_max_bytes: 1000,
            command_max_bytes: 100,
            early_literal_max_bytes: 40,
            room: Room::of(1500),
            ..Limits::default()
        }
    }

    #[test]
    fn only_the_message_of_an_append_may_be_large() {
        let limits = limits();
        let mut porter = Porter::new(&limits);
        assert_eq!(porter.admit(&limits, true, b"7 SEARCH TEXT {90}\r\n", 90), Err(Refusal::TooBig));
        assert_eq!(porter.admit(&limits, false, APPEND, 1000), Err(Refusal::TooBig));
        assert_eq!(porter.admit(&limits, false, b"7 LOGIN {41}\r\n", 41), Err(Refusal::TooBig));
        assert_eq!(porter.admit(&limits, true, APPEND, 1001), Err(Refusal::TooBig));
        assert_eq!(porter.admit(&limits, true, b"7 APPEND {5}\r\n", 5), Ok(()));
        assert_eq!(porter.admit(&limits, true, APPEND, 1000), Ok(()));
        assert_eq!(porter.budget_bytes(&limits), 1100);
        // A second message in one APPEND (RFC 3502) is not offered.
        let said = [APPEND, &[b'x'; 1000]].concat();
        assert_eq!(porter.admit(&limits, true, &said, 1000), Err(Refusal::TooBig));
    }

    #[test]
    fn before_sign_in_many_small_literals_are_one_large_command() {
        let limits = limits();
        let mut porter = Porter::new(&limits);
        assert_eq!(porter.admit(&limits, false, b"7 LOGIN {40}\r\n", 40), Ok(()));
        assert_eq!(porter.admit(&limits, false, &[b'x'; 70], 40), Err(Refusal::TooBig));
    }

    #[test]
    fn what_one_holds_another_waits_for() {
        let limits = limits();
        let (mut one, mut other) = (Porter::new(&limits), Porter::new(&limits));
        assert_eq!(one.admit(&limits, true, APPEND, 1000), Ok(()));
        assert_eq!(other.admit(&limits, true, APPEND, 600), Err(Refusal::NoRoom));
        one.forget();
        assert_eq!(other.admit(&limits, true, APPEND, 600), Ok(()));
    }
}
