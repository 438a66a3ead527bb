//! What the server offers after EHLO (RFC 5321 §4.1.1.1).

use mail::Reply;

/// The extensions we make use of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offers {
    /// PIPELINING (RFC 2920).
    pub pipelining: bool,
    /// 8BITMIME (RFC 6152).
    pub eight_bit: bool,
    /// SMTPUTF8 (RFC 6531).
    pub smtputf8: bool,
    /// DSN (RFC 3461).
    pub dsn: bool,
    /// STARTTLS (RFC 3207).
    pub starttls: bool,
    /// AUTH PLAIN (RFC 4954).
    pub auth_plain: bool,
    /// AUTH LOGIN, for servers that have nothing else.
    pub auth_login: bool,
    /// SIZE is offered, with or without a limit (RFC 1870).
    pub size: bool,
    /// The limit, when there is one.
    pub size_max_bytes: Option<usize>,
}

impl Offers {
    pub(super) fn read(reply: &Reply) -> Self {
        let mut offers = Self::default();
        for line in reply.text.split('\n').skip(1) {
            offers.take(&line.to_ascii_uppercase());
        }
        offers
    }

    fn take(&mut self, line: &str) {
        // Quirk: old Exchange servers write `AUTH=LOGIN`.
        let (keyword, rest) = line.split_once([' ', '=']).unwrap_or((line, ""));
        match keyword {
            "PIPELINING" => self.pipelining = true,
            "8BITMIME" => self.eight_bit = true,
            "SMTPUTF8" => self.smtputf8 = true,
            "DSN" => self.dsn = true,
            "STARTTLS" => self.starttls = true,
            "AUTH" => {
                self.auth_plain |= rest.split_ascii_whitespace().any(|word| word == "PLAIN");
                self.auth_login |= rest.split_ascii_whitespace().any(|word| word == "LOGIN");
            }
            "SIZE" => {
                self.size = true;
                // RFC 1870 §4: zero means no fixed limit.
                self.size_max_bytes = rest.trim().parse().ok().filter(|&max| max > 0);
            }
            _ => {}
        }
    }
}
