//! The keys of the directory database, each for one use, derived from the house keys.
//!
//! ```text
//!   integrity ──> rows     codes on rows, seals of ledger and audit log
//!   hash ───────> lookup   hashes under which addresses and entries are found and compared
//!   transit ────> route    keeps a contact's address until mail has to go there
//! ```

use mail::Address;
use zeroize::Zeroizing;

use crate::HouseKeys;
use crate::mac::{self, Field};

/// The directory's keys.
#[derive(Clone)]
pub(super) struct Guard {
    rows: Zeroizing<[u8; 32]>,
    lookup: Zeroizing<[u8; 32]>,
    route: Zeroizing<[u8; 32]>,
}

impl Guard {
    pub(super) fn new(keys: &HouseKeys) -> Self {
        let derived = |key, label| Zeroizing::new(mac::code(key, label, &[]));
        Self {
            rows: derived(&keys.integrity, "directory rows"),
            lookup: derived(&keys.hash, "directory lookup"),
            route: derived(&keys.transit, "directory contact route"),
        }
    }

    /// The code of a row of this table.
    pub(super) fn row(&self, table: &str, fields: &[Field<'_>]) -> [u8; 32] {
        mac::code(&self.rows, table, fields)
    }

    /// A keyed hash: equal things have equal ones, and without the key nobody can guess and compare.
    pub(super) fn hash(&self, what: &str, bytes: &[u8]) -> [u8; 32] {
        mac::code(&self.lookup, what, &[bytes.into()])
    }

    /// The lookup hash of an address.
    pub(super) fn address_key(&self, address: &Address) -> [u8; 16] {
        mac::short(&self.lookup, "address", &[address.key().as_str().into()])
    }

    /// The lookup hash of a local part that may be used alone to sign in.
    pub(super) fn local_key(&self, local: &str) -> [u8; 16] {
        mac::short(&self.lookup, "local", &[local.to_lowercase().as_str().into()])
    }

    /// The key that contacts' addresses are kept under until they are needed.
    pub(super) fn route_key(&self) -> &Zeroizing<[u8; 32]> {
        &self.route
    }
}
