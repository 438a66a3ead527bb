//! What a test does that needs a program which is not there. Included by the rooms' own tests that talk to real peers.
//!
//! Root can install everything (`tests/setup.sh`), so for root it fails. For others it is named, and counted in the
//! closing line of `make test`, which hands a file for that in `RELAIS_SKIPPED`.

use std::io::Write as _;

/// Whether this is root's doing.
pub fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|me| std::os::unix::fs::MetadataExt::uid(&me) == 0)
}

/// Notes that `test` could not be run, and why. The caller returns after it.
///
/// # Panics
/// For root.
pub fn skip(test: &str, why: &str) {
    assert!(!is_root(), "{test} would have to be skipped: {why}; run tests/setup.sh");
    eprintln!("skipped  {test}: {why}");
    let Some(file) = std::env::var_os("RELAIS_SKIPPED") else { return };
    let noted = std::fs::File::options().create(true).append(true).open(file);
    noted.and_then(|mut file| writeln!(file, "{test}: {why}")).expect("the list of skipped tests can be written");
}
