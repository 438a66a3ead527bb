//! How an LDAP server is reached and what is read there.

use std::fmt;
use std::path::PathBuf;

/// The settings of a connector.
#[derive(Clone)]
pub struct Settings {
    /// `ldaps://host` or `ldap://host`, with a port when it is another.
    pub url: String,
    /// STARTTLS on an `ldap://` connection, which is then required.
    pub starttls: bool,
    /// Whom to bind as; anonymous when absent.
    pub bind_dn: Option<String>,
    /// Its password.
    pub password: String,
    /// Below what to search.
    pub base: String,
    /// Which entries.
    pub filter: String,
    /// The attribute that says that an entry is left out of address lists.
    pub hidden_attribute: String,
    /// The authority whose certificates are trusted; the system's when absent.
    pub ca_file: Option<PathBuf>,
    /// Seconds to wait for an answer.
    pub answer_s: u64,
}

impl Settings {
    /// Settings that read every recipient below `base`, anonymously.
    #[must_use]
    pub fn new(url: &str, base: &str) -> Self {
        Self {
            url: url.to_owned(),
            starttls: false,
            bind_dn: None,
            password: String::new(),
            base: base.to_owned(),
            filter: "(|(mail=*)(proxyAddresses=*)(targetAddress=*))".to_owned(),
            hidden_attribute: "msExchHideFromAddressLists".to_owned(),
            ca_file: None,
            answer_s: 30,
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("url", &self.url).field("base", &self.base).finish_non_exhaustive()
    }
}
