//! What is said between two nodes, inside TLS.
//!
//! ```text
//!   asks      "relais-keys 1\n"  len u8  name of the node that asks
//!   answers   len u32  then, len octets of:
//!               'R' len u8 name          a region, whose mailboxes follow
//!               'M' id i64  key 32       a mailbox's private half
//!               'C' key 32               a private half of the contacts
//! ```
//!
//! Numbers are big-endian. A node that is sealed answers with no octets. Every buffer that held a key is wiped.

use store::MailboxId;
use store::region::OpenedKey;
use zeroize::Zeroizing;

/// What begins a question.
pub const GREETING: &[u8; 14] = b"relais-keys 1\n";
/// The longest answer: more than a million mailboxes.
pub const ANSWER_MAX_BYTES: u32 = 64 * 1024 * 1024;
/// A record with a mailbox's key.
const MAILBOX_OCTETS: usize = 1 + 8 + 32;

/// The private half of something that has no number. Wiped when dropped.
type Half = Zeroizing<[u8; 32]>;

/// All that a node has open.
#[derive(Default)]
pub struct Opened {
    /// By the region's name.
    pub regions: Vec<(String, Vec<OpenedKey>)>,
    /// The contacts' private halves.
    pub contacts: Vec<Half>,
}

impl Opened {
    /// How many mailboxes.
    pub fn mailboxes(&self) -> usize {
        self.regions.iter().map(|(_, keys)| keys.len()).sum()
    }

    /// As octets. The buffer is as large as it has to be from the start: one that grew would leave copies behind.
    pub fn write(&self) -> Zeroizing<Vec<u8>> {
        let names: usize = self.regions.iter().map(|(name, _)| 2 + name.len()).sum();
        let size = names + self.mailboxes() * MAILBOX_OCTETS + self.contacts.len() * 33;
        let mut octets = Zeroizing::new(Vec::with_capacity(size));
        for (name, keys) in &self.regions {
            octets.extend([b'R', u8::try_from(name.len()).unwrap_or(u8::MAX)]);
            octets.extend(name.bytes().take(255));
            for key in keys {
                octets.push(b'M');
                octets.extend(key.mailbox.0.to_be_bytes());
                octets.extend_from_slice(&key.private[..]);
            }
        }
        for half in &self.contacts {
            octets.push(b'C');
            octets.extend_from_slice(&half[..]);
        }
        octets
    }

    /// Reads what [`Self::write`] wrote; `None` when it is anything else.
    pub fn read(mut octets: &[u8]) -> Option<Self> {
        let mut opened = Self::default();
        while let Some((kind, rest)) = octets.split_first() {
            octets = rest;
            match kind {
                b'R' => {
                    let (len, rest) = octets.split_first()?;
                    let (name, rest) = rest.split_at_checked(usize::from(*len))?;
                    opened.regions.push((std::str::from_utf8(name).ok()?.to_owned(), Vec::new()));
                    octets = rest;
                }
                b'M' => {
                    let (id, rest) = octets.split_first_chunk::<8>()?;
                    let mailbox = MailboxId(i64::from_be_bytes(*id));
                    let (private, rest) = half(rest)?;
                    opened.regions.last_mut()?.1.push(OpenedKey { mailbox, private });
                    octets = rest;
                }
                b'C' => {
                    let (contact, rest) = half(octets)?;
                    opened.contacts.push(contact);
                    octets = rest;
                }
                _ => return None,
            }
        }
        Some(opened)
    }
}

fn half(octets: &[u8]) -> Option<(Half, &[u8])> {
    let (key, rest) = octets.split_first_chunk::<32>()?;
    Some((Zeroizing::new(*key), rest))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    fn some() -> Opened {
        let key = |id: i64| OpenedKey { mailbox: MailboxId(id), private: Zeroizing::new([id as u8; 32]) };
        let regions = vec![("main".to_owned(), vec![key(1), key(2)]), ("alps".to_owned(), vec![key(7)])];
        Opened { regions, contacts: vec![Zeroizing::new([9; 32])] }
    }

    #[test]
    fn what_is_written_is_read() {
        let octets = some().write();
        let read = Opened::read(&octets).unwrap();
        assert_eq!(read.mailboxes(), 3);
        assert_eq!(read.regions[1].0, "alps");
        assert_eq!((read.regions[1].1[0].mailbox, read.regions[1].1[0].private[0]), (MailboxId(7), 7));
        assert_eq!(read.contacts[0][..], [9; 32]);
        assert_eq!(octets.capacity(), octets.len(), "no copy was left behind by growing");
    }

    #[test]
    fn what_is_cut_or_foreign_is_refused() {
        let octets = some().write();
        let whole_records = [0, 6, 47, 88, 94, 135, 168];
        for cut in (0..octets.len()).filter(|cut| !whole_records.contains(cut)) {
            assert!(Opened::read(&octets[..cut]).is_none(), "{cut}");
        }
        assert!(Opened::read(b"M").is_none() && Opened::read(b"HTTP").is_none());
        let mut nobodys = vec![b'M'];
        nobodys.extend([0; 40]);
        assert!(Opened::read(&nobodys).is_none(), "a mailbox without a region");
    }
}
