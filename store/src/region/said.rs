//! What is remembered of an attempt: the other side's words, or that it failed and nobody has been told.
//!
//! ```text
//!   451 later                                     tried again
//!   failed 1700000000000 550 5.1.1 no such user   never tried again; moment in milliseconds, `-` without enhanced code
//! ```

use mail::{Enhanced, Failed, Reply, Timestamp};

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// As the other side said it.
    Last(String),
    /// Its sender is still to be told.
    Failed(Failed),
}

impl Said {
    pub(super) fn last(reply: &Reply) -> String {
        format!("{} {}", reply.code, reply.text)
    }

    pub(super) fn failed(failed: &Failed) -> String {
        let Reply { code, enhanced, text } = &failed.reply;
        let enhanced = enhanced.map_or_else(|| "-".to_owned(), |enhanced| enhanced.to_string());
        format!("failed {} {code} {enhanced} {text}", failed.at.as_ms())
    }

    /// Reads either back. A reply begins with its code, so that no server can say `failed`.
    pub(super) fn read(text: &str) -> Self {
        match text.strip_prefix("failed ").and_then(read_failed) {
            Some(failed) => Self::Failed(failed),
            None => Self::Last(text.to_owned()),
        }
    }

    /// For whoever looks at the queue.
    pub(super) fn shown(self) -> String {
        match self {
            Self::Last(text) => text,
            Self::Failed(failed) => Self::last(&failed.reply),
        }
    }
}

fn read_failed(text: &str) -> Option<Failed> {
    let mut parts = text.splitn(4, ' ');
    let at = Timestamp::from_ms(parts.next()?.parse().ok()?);
    let code = parts.next()?.parse().ok()?;
    let enhanced = read_enhanced(parts.next()?);
    Some(Failed { at, reply: Reply { code, enhanced, text: parts.next()?.to_owned().into() } })
}

fn read_enhanced(text: &str) -> Option<Enhanced> {
    let mut parts = text.splitn(3, '.');
    Some(Enhanced(parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn what_failed_comes_back_as_it_was() {
        for reply in
            [Reply::new(550, Enhanced(5, 1, 1), "no such\nuser"), Reply::plain(550, ""), Reply::plain(554, "- x")]
        {
            let failed = Failed { at: Timestamp::from_ms(1_700_000_000_000), reply };
            assert_eq!(Said::read(&Said::failed(&failed)), Said::Failed(failed));
        }
        assert_eq!(Said::read("451 failed 1 2 3 4"), Said::Last("451 failed 1 2 3 4".into()));
    }
}
