//! `imap::Accounts` and `imap::Mailbox` on the store.
