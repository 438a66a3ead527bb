//! The reference mailbox: accounts, folders and messages in memory, for conformance tests and for the stage on
//! which the demo's primary is played.
//!
//! ```text
//!   Reference ─ accounts ─> Account ─ folders ─> Shelf ─ entries ─> Entry ─ key ─> content
//! ```
//!
//! Nothing is kept when it is dropped.

mod account;
mod mailbox;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use mail::{Flags, Timestamp};

use crate::{Accounts, LoginError, Peer};
use account::Account;

pub use mailbox::Held;

/// All accounts. A cheap clone.
#[derive(Clone, Default)]
pub struct Reference {
    accounts: Arc<Mutex<BTreeMap<String, Arc<Account>>>>,
}

impl Reference {
    /// No accounts yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes an account with an inbox and the usual folders, or gives an existing one another password.
    pub fn add(&self, login: &str, password: &str) {
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        accounts.insert(login.to_lowercase(), Arc::new(Account::new(password)));
    }

    /// Puts a message into the inbox of `login`; whether there is such an account.
    pub fn deliver(&self, login: &str, raw: Vec<u8>, received_at: Timestamp) -> bool {
        self.put(login, "INBOX", raw, (Flags::none(), received_at))
    }

    /// Puts a message with its flags and received time into a folder, which is made when it is missing; whether there
    /// is such an account.
    pub fn put(&self, login: &str, folder: &str, raw: Vec<u8>, (flags, received_at): (Flags, Timestamp)) -> bool {
        self.account(login).map(|account| account.put(folder, raw, flags, received_at)).is_some()
    }

    /// Lays a folder out anew: the same messages under a new UIDVALIDITY; whether there is such a folder.
    pub fn renew(&self, login: &str, folder: &str) -> bool {
        self.account(login).is_some_and(|account| account.renew(folder))
    }

    fn account(&self, login: &str) -> Option<Arc<Account>> {
        let accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        accounts.get(&login.to_lowercase()).cloned()
    }
}

impl Accounts for Reference {
    type Mailbox = Held;

    async fn login(&self, _: &Peer, user: &str, password: &str) -> Result<Held, LoginError> {
        let account = self.account(user).filter(|account| account.opens_with(password));
        account.map(Held).ok_or(LoginError::Wrong)
    }
}
