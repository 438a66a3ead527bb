//! What commands print. Whoever reads it may go away before its end, as in `relais queue list | head`: that is no
//! failure, and nothing is said about it.

use std::fmt::Display;
use std::io::{self, Write as _};

/// Prints a line to standard output.
///
/// # Errors
/// When it cannot be written although somebody wants it, as on a full disk.
pub fn say(line: impl Display) -> io::Result<()> {
    unless_gone(writeln!(io::stdout().lock(), "{line}"))
}

/// Prints to standard error what is beside the matter: progress, advice, complaints. There is no other place to tell
/// that this failed.
pub fn remark(text: impl Display) {
    let _ = write!(io::stderr().lock(), "{text}");
}

fn unless_gone(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn only_a_reader_who_went_away_is_no_failure() {
        let (reader, mut writer) = io::pipe().unwrap();
        drop(reader);
        let written = writer.write_all(b"x");
        assert!(written.is_err() && unless_gone(written).is_ok());
        assert!(unless_gone(Err(io::ErrorKind::StorageFull.into())).is_err());
    }
}
