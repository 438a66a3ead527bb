//! Runs scenarios, one after the other, and counts: what passed, what failed, what was skipped and why.
//!
//! Without root there are no namespaces and nothing can be installed: what needs them is named as skipped. As root
//! nothing may be missing, so a skip counts as a failure. The rooms' own tests that skipped themselves before are counted
//! with them (`RELAIS_SKIPPED`, see `tests/skipped.rs`).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Result, anyhow};

/// What a scenario cannot do without.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// This machine as it is.
    Nothing,
    /// Chromium, Node and the packages of `browser/package-lock.json`.
    Browser,
    /// Namespaces, so root, and the Debian packages of `setup.sh`.
    Lab,
}

/// One thing that can go wrong, played through.
pub struct Scenario {
    /// The name of its file: a sentence.
    pub name: &'static str,
    /// What it needs.
    pub needs: Needs,
    /// Plays it with a folder for state and logs.
    pub play: fn(&Path) -> Result<()>,
}

/// Programs that only the packages of `setup.sh` bring.
const PROGRAMS: [&str; 15] = [
    "/usr/sbin/rsyslogd",
    "/usr/bin/age",
    "/usr/sbin/knotd",
    "/usr/bin/kdig",
    "/usr/sbin/unbound",
    "/usr/sbin/postfix",
    "/usr/sbin/dovecot",
    "/usr/lib/dovecot/lmtp",
    "/usr/sbin/slapd",
    "/usr/bin/ldapmodify",
    "/usr/bin/mbsync",
    "/usr/bin/msmtp",
    "/usr/bin/swaks",
    "/usr/bin/psql",
    "/usr/lib/python3/dist-packages/dkim",
];

/// Plays what `arguments` name (all, when they name nothing).
pub fn main(scenarios: &[Scenario]) -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--list") {
        scenarios.iter().for_each(|scenario| println!("{}: test", scenario.name));
        return ExitCode::SUCCESS;
    }
    let wanted: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    let chosen = |one: &&Scenario| wanted.is_empty() || wanted.iter().any(|part| one.name.contains(part.as_str()));
    let (root, missing) = (nix_root(), missing_programs());
    if !scenarios.iter().any(|one| chosen(&one)) {
        println!("no scenario's name contains one of these words: {wanted:?}; --list shows them");
        return ExitCode::FAILURE;
    }
    let (mut passed, mut failed, mut skipped) = (0, 0, skipped_before());
    for scenario in scenarios.iter().filter(chosen) {
        let obstacle = obstacle(scenario.needs, root, &missing);
        match obstacle {
            Some(reason) if root => {
                println!("FAILED   {}: would have to be skipped: {reason}", scenario.name);
                failed += 1;
            }
            Some(reason) => {
                println!("skipped  {}: {reason}", scenario.name);
                skipped += 1;
            }
            None if play(scenario) => passed += 1,
            None => failed += 1,
        }
    }
    println!("{passed} passed, {failed} failed, {skipped} skipped");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// How many of the rooms' own tests could not run; names each.
fn skipped_before() -> usize {
    let list =
        std::env::var_os("RELAIS_SKIPPED").and_then(|file| std::fs::read_to_string(file).ok()).unwrap_or_default();
    list.lines().for_each(|line| println!("skipped  {line}"));
    list.lines().count()
}

fn obstacle(needs: Needs, root: bool, missing: &[&str]) -> Option<String> {
    match needs {
        Needs::Nothing => None,
        Needs::Browser => {
            let missing = missing_for_browser();
            (!missing.is_empty()).then(|| format!("needs {} (see tests/setup.sh)", missing.join(", ")))
        }
        Needs::Lab if !root => Some("needs root for network namespaces".to_owned()),
        Needs::Lab if !missing.is_empty() => Some(format!("needs {} (see tests/setup.sh)", missing.join(", "))),
        Needs::Lab => None,
    }
}

/// Plays one scenario; its folder stays when it fails.
fn play(scenario: &Scenario) -> bool {
    let begun = Instant::now();
    println!("playing  {}", scenario.name);
    let Ok(dir) = state_dir() else {
        println!("FAILED   {}: cannot make a folder in /tmp", scenario.name);
        return false;
    };
    let outcome = catch_unwind(AssertUnwindSafe(|| (scenario.play)(dir.path())));
    let outcome = outcome.unwrap_or_else(|_| Err(anyhow!("it panicked, see above")));
    let seconds = begun.elapsed().as_secs_f32();
    match outcome {
        Ok(()) => {
            println!("ok       {} ({seconds:.1} s)", scenario.name);
            true
        }
        Err(error) => {
            println!("FAILED   {} ({seconds:.1} s): {error:#}", scenario.name);
            where_it_failed(&error).iter().for_each(|place| println!("         at {place}"));
            println!("         logs and state: {}", dir.keep().display());
            false
        }
    }
}

/// The places in scenarios that an error came through, when backtraces are on.
fn where_it_failed(error: &anyhow::Error) -> Vec<String> {
    let trace = error.backtrace().to_string();
    let places = trace.lines().filter_map(|line| line.trim().strip_prefix("at ./scenarios/"));
    places.filter(|place| !place.starts_with("runner") && !place.starts_with("main")).map(str::to_owned).collect()
}

/// A folder that servers with users of their own can enter.
fn state_dir() -> Result<tempfile::TempDir> {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::Builder::new().prefix("relais-lab-").tempdir_in("/tmp")?;
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755))?;
    Ok(dir)
}

fn nix_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|me| std::os::unix::fs::MetadataExt::uid(&me) == 0)
}

fn missing_for_browser() -> Vec<String> {
    let packages = tests::browser::folder().join("node_modules");
    let wanted = [
        "/usr/bin/chromium".into(),
        "/usr/bin/node".into(),
        packages.join("playwright-core"),
        packages.join("axe-core"),
    ];
    wanted.iter().filter(|path| !path.exists()).map(|path| path.display().to_string()).collect()
}

fn missing_programs() -> Vec<&'static str> {
    PROGRAMS.into_iter().filter(|program| !Path::new(program).exists()).collect()
}
