//! The one value in which a protocol room says yes or no to its peer.

use std::borrow::Cow;
use std::fmt;

/// An enhanced status code `class.subject.detail` (RFC 3463 §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Enhanced(pub u8, pub u16, pub u16);

impl fmt::Display for Enhanced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// An SMTP reply: what the peer sees. The cause of trouble goes to the log, never in here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The three-digit code (RFC 5321 §4.2).
    pub code: u16,
    /// The enhanced code, where the command carries one.
    pub enhanced: Option<Enhanced>,
    /// The text, one line or several parted by `\n`.
    pub text: Cow<'static, str>,
}

impl Reply {
    /// A reply with an enhanced code.
    pub fn new(code: u16, enhanced: Enhanced, text: impl Into<Cow<'static, str>>) -> Self {
        Self { code, enhanced: Some(enhanced), text: text.into() }
    }

    /// A reply without an enhanced code, as greetings and intermediate replies have it.
    pub fn plain(code: u16, text: impl Into<Cow<'static, str>>) -> Self {
        Self { code, enhanced: None, text: text.into() }
    }

    /// What unknown trouble answers: try again later, and nothing bounces.
    #[must_use]
    pub fn trouble() -> Self {
        Self::new(451, Enhanced(4, 3, 0), "Something is wrong here, please try again later")
    }

    /// Whether the peer got what it asked for (2yz). A 3yz only says go on (RFC 5321 §4.2.1).
    #[must_use]
    pub fn is_positive(&self) -> bool {
        (200..300).contains(&self.code)
    }

    /// Whether the peer may try the same again later (4yz).
    #[must_use]
    pub fn is_transient(&self) -> bool {
        (400..500).contains(&self.code)
    }

    /// Whether the peer has been refused for good (5yz).
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        self.code >= 500
    }
}

impl fmt::Display for Reply {
    /// One line for logs, without line ends.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        if let Some(enhanced) = self.enhanced {
            write!(f, " {enhanced}")?;
        }
        write!(f, " {}", self.text.replace(['\r', '\n'], " / "))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn go_on_is_not_done() {
        let positive = |code: u16| Reply::plain(code, "").is_positive();
        assert!(positive(250) && positive(235));
        assert!(!positive(354) && !positive(334) && !positive(199) && !positive(451));
    }
}
