//! The primary: the reference mailbox served over IMAP, with SMTP reception in front.
//!
//! ```text
//!   partner ── SMTP ──> Front ── aliases, groups ──> Reference <── IMAP ── staff, Relais, the attacker
//! ```

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

use imap::memory::Reference;
use mail::{Enhanced, Envelope, Flags, ForwardPath, Reply, ReversePath, SystemFlags, Timestamp};
use smtp::{Login, MailParameters, Peer, Reception};

use crate::letters::week_of;
use crate::staff::{DOMAIN, GROUPS, PASSWORD, STAFF};

/// A primary with everybody's week of mail in it.
#[must_use]
pub fn furnished(now: Timestamp) -> Reference {
    let reference = Reference::new();
    for person in &STAFF {
        let login = person.address();
        reference.add(&login, PASSWORD);
        // The oldest first, as mail arrives.
        for letter in week_of(person, now).into_iter().rev() {
            let mut system = SystemFlags::NONE;
            for (is_so, flag) in [
                (letter.seen, SystemFlags::SEEN),
                (letter.flagged, SystemFlags::FLAGGED),
                (letter.answered, SystemFlags::ANSWERED),
            ] {
                if is_so {
                    system |= flag;
                }
            }
            let flags = Flags { system, ..Flags::none() };
            reference.put(&login, &letter.folder, letter.raw, (flags, letter.received_at));
        }
    }
    reference
}

/// The account that the attacker makes, and the alias that is bent to it.
pub const INTRUDER: &str = "it-support";
/// An alias of the counter, until it is bent.
pub const BENT_ALIAS: &str = "contact";

/// The primary's reception.
pub struct Front {
    reference: Reference,
    clock: fn() -> Timestamp,
    is_bent: AtomicBool,
}

impl Front {
    /// Delivers into `reference`; `clock` dates what arrives.
    #[must_use]
    pub fn new(reference: Reference, clock: fn() -> Timestamp) -> Self {
        Self { reference, clock, is_bent: AtomicBool::new(false) }
    }

    /// What the attacker does to the directory: mail for [`BENT_ALIAS`] goes to [`INTRUDER`] from now on. `false` takes
    /// it back.
    pub fn bend_alias(&self, is_bent: bool) {
        if is_bent {
            self.reference.add(&format!("{INTRUDER}@{DOMAIN}"), PASSWORD);
        }
        self.is_bent.store(is_bent, Ordering::SeqCst);
    }

    fn recipients(&self, path: &ForwardPath) -> BTreeSet<&'static str> {
        match path {
            ForwardPath::Postmaster => logins("dsi"),
            ForwardPath::Address(address) if address.domain().as_str() != DOMAIN => BTreeSet::new(),
            ForwardPath::Address(address) if self.is_taken(address.local()) => BTreeSet::from([INTRUDER]),
            ForwardPath::Address(address) => logins(address.local()),
        }
    }

    fn is_taken(&self, local: &str) -> bool {
        self.is_bent.load(Ordering::SeqCst) && local.eq_ignore_ascii_case(BENT_ALIAS)
    }
}

/// The logins that a local part means, groups in groups expanded; empty when nobody is called so.
fn logins(local: &str) -> BTreeSet<&'static str> {
    let (mut found, mut open, mut seen) = (BTreeSet::new(), vec![local.to_lowercase()], BTreeSet::new());
    while let Some(name) = open.pop() {
        if !seen.insert(name.clone()) {
            continue;
        }
        found.extend(STAFF.iter().filter(|one| one.login == name || one.alias == name).map(|one| one.login));
        let groups = GROUPS.iter().filter(|group| group.login == name);
        open.extend(groups.flat_map(|group| group.members).map(|member| (*member).to_owned()));
    }
    found
}

impl Reception for Front {
    async fn sender(&self, _: &Peer, _: &ReversePath, _: &MailParameters) -> Result<(), Reply> {
        Ok(())
    }

    async fn recipient(&self, _: &Peer, _: &Envelope, path: &ForwardPath) -> Result<(), Reply> {
        let known = !self.recipients(path).is_empty();
        known.then_some(()).ok_or_else(|| Reply::new(550, Enhanced(5, 1, 1), "Nobody is called so here"))
    }

    async fn message(&self, _: &Peer, envelope: Envelope, raw: Vec<u8>) -> Result<Reply, Reply> {
        let logins: BTreeSet<&str> = envelope.recipients.iter().flat_map(|one| self.recipients(&one.path)).collect();
        for login in logins {
            self.reference.deliver(&format!("{login}@{DOMAIN}"), raw.clone(), (self.clock)());
        }
        Ok(Reply::new(250, Enhanced(2, 0, 0), "Delivered"))
    }

    async fn authenticate(&self, _: &Peer, _: &str, _: &str) -> Result<Login, Reply> {
        Err(Reply::new(535, Enhanced(5, 7, 8), "Nobody signs in here"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn groups_in_groups_are_expanded_and_aliases_known() {
        assert_eq!(logins("contact"), BTreeSet::from(["accueil"]));
        assert!(logins("cellule-de-crise").is_superset(&BTreeSet::from(["maire", "voirie", "dsi"])));
        assert!(logins("nobody").is_empty());
    }
}
