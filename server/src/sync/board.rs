//! What sync has seen so far: for `relais sync status`, for readiness, for Prometheus.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ::sync::Finding;
use ::sync::history::Looked;
use mail::Timestamp;
use serde_json::{Value, json};
use webmail::console::desk::{Lag, MailboxLag};

use crate::clock::now;
use crate::executor::Pulse;
use crate::metrics::SyncFigures;

/// Findings that are shown; one primary can make thousands.
const FINDINGS_MAX: usize = 50;

/// One mailbox.
#[derive(Debug, Default)]
struct Standing {
    seen_at: Option<Timestamp>,
    messages: u64,
    findings: Vec<Finding>,
}

#[derive(Debug, Default)]
struct State {
    directory_seen_at: Option<Timestamp>,
    directory_findings: Vec<Finding>,
    mailboxes: BTreeMap<String, Standing>,
    round_at: Option<Timestamp>,
    primary: Option<Finding>,
}

/// What is known. Clones share it.
#[derive(Clone)]
pub struct Board {
    state: Arc<Mutex<State>>,
    figures: SyncFigures,
    pulse: Pulse,
}

impl Board {
    pub(super) fn new(figures: SyncFigures, pulse: Pulse) -> Self {
        Self { state: Arc::default(), figures, pulse }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The directory was looked at.
    pub(super) fn directory_seen(&self, findings: Vec<Finding>) {
        let mut state = self.state();
        note_new("the directory", &state.directory_findings, &findings);
        (state.directory_seen_at, state.directory_findings) = (Some(now()), findings);
    }

    /// The directory could not be looked at.
    pub(super) fn directory_failed(&self, finding: Finding) {
        self.figures.failures.inc();
        let mut state = self.state();
        note_new("the directory", &state.directory_findings, std::slice::from_ref(&finding));
        state.directory_findings = vec![finding];
    }

    /// A mailbox was looked at to the end.
    pub(super) fn mailbox_seen(&self, address: &str, looked: Looked) {
        self.figures.messages.inc_by(looked.messages);
        let mut state = self.state();
        let standing = state.mailboxes.entry(address.to_owned()).or_default();
        // What was found stays until somebody could have seen it: a look without news does not undo it.
        note_new(address, &standing.findings, &looked.findings);
        standing.seen_at = Some(now());
        standing.messages += looked.messages;
        standing.findings.retain(|finding| !is_of_a_try(finding));
        for finding in looked.findings {
            if !standing.findings.iter().any(|known| known.name == finding.name) {
                standing.findings.push(finding);
            }
        }
    }

    /// A mailbox could not be looked at.
    pub(super) fn mailbox_failed(&self, address: &str, finding: Finding) {
        self.figures.failures.inc();
        let mut state = self.state();
        let standing = state.mailboxes.entry(address.to_owned()).or_default();
        note_new(address, &standing.findings, std::slice::from_ref(&finding));
        standing.findings.retain(|known| !is_of_a_try(known));
        standing.findings.push(finding);
    }

    /// A mailbox is gone together with its owner.
    pub(super) fn mailbox_forgotten(&self, address: &str) {
        self.state().mailboxes.remove(address);
    }

    /// The primary itself is in trouble, or is no longer.
    pub(super) fn primary(&self, finding: Option<Finding>) {
        self.state().primary = finding;
    }

    /// Every mailbox was looked at to the end.
    pub(super) fn round_done(&self) {
        self.state().round_at = Some(now());
        self.pulse.beat(now());
    }

    /// What hindered a round, if anything did.
    pub(super) fn hindered(&self, finding: Option<&Finding>) {
        self.pulse.set_trouble(finding.map(|finding| (finding.what.clone(), finding.remedy.clone())));
    }

    /// Sets the figures that grow while nothing happens.
    pub(super) fn age(&self) {
        let state = self.state();
        let lag = |at: Option<Timestamp>| at.map_or(f64::NAN, |at| seconds(at) as f64);
        self.figures.directory_lag.set(lag(state.directory_seen_at));
        self.figures.history_lag.set(lag(state.round_at));
    }

    /// Everything that was found, the primary's own trouble first.
    pub fn findings(&self) -> Vec<Finding> {
        let state = self.state();
        let mailboxes = state.mailboxes.values().flat_map(|standing| &standing.findings);
        let mut known = BTreeSet::new();
        let all = state.primary.iter().chain(&state.directory_findings).chain(mailboxes);
        all.filter(|finding| known.insert((&finding.name, &finding.what))).take(FINDINGS_MAX).cloned().collect()
    }

    /// For `relais sync status --json`.
    pub(super) fn json(&self, frozen: bool) -> Value {
        let findings = self.findings();
        let state = self.state();
        let mailbox = |(address, standing): (&String, &Standing)| {
            json!({
                "address": address,
                "seen_at": standing.seen_at.map(Timestamp::rfc3339),
                "lag_s": standing.seen_at.map(seconds),
                "messages": standing.messages,
                "findings": standing.findings,
            })
        };
        json!({
            "frozen": frozen,
            "directory": {
                "seen_at": state.directory_seen_at.map(Timestamp::rfc3339),
                "lag_s": state.directory_seen_at.map(seconds),
            },
            "history": {
                "seen_at": state.round_at.map(Timestamp::rfc3339),
                "lag_s": state.round_at.map(seconds),
                "messages": state.mailboxes.values().map(|standing| standing.messages).sum::<u64>(),
            },
            "mailboxes": state.mailboxes.iter().map(mailbox).collect::<Vec<_>>(),
            "findings": findings,
        })
    }

    /// For the console: every mailbox, the one furthest behind first.
    pub(super) fn lag(&self, frozen: bool, frozen_by_run: bool) -> Lag {
        let state = self.state();
        let finding = |finding: &Finding| (format!("{}: {}", finding.name, finding.what), finding.remedy.clone());
        let mailbox = |(address, standing): (&String, &Standing)| MailboxLag {
            address: address.clone(),
            seen_at: standing.seen_at,
            findings: standing.findings.iter().map(finding).collect(),
        };
        let mut mailboxes: Vec<MailboxLag> = state.mailboxes.iter().map(mailbox).collect();
        mailboxes.sort_by_key(|one| one.seen_at);
        let (directory_at, round_at) = (state.directory_seen_at, state.round_at);
        Lag { frozen, frozen_by_run, directory_at, round_at, first_at: None, mailboxes }
    }

    /// For people.
    pub(super) fn text(&self, frozen: bool) -> String {
        let findings = self.findings();
        let state = self.state();
        let since =
            |at: Option<Timestamp>| at.map_or("not yet seen".to_owned(), |at| format!("seen {} s ago", seconds(at)));
        let seen = state.mailboxes.values().filter(|standing| standing.seen_at.is_some()).count();
        let messages: u64 = state.mailboxes.values().map(|standing| standing.messages).sum();
        let mut lines = vec![
            format!("directory   {}", since(state.directory_seen_at)),
            format!(
                "history     all mailboxes {}; {seen} of {} seen, {messages} messages since the start",
                since(state.round_at),
                state.mailboxes.len()
            ),
        ];
        if frozen {
            lines.push("frozen      nothing is copied".to_owned());
        }
        lines.extend(
            findings.iter().map(|finding| format!("  {}: {}\n      {}", finding.name, finding.what, finding.remedy)),
        );
        lines.join("\n")
    }
}

fn seconds(at: Timestamp) -> i64 {
    now().ms_since(at).max(0) / 1000
}

/// Findings of a try that failed go with the next that works; the others tell of the mailbox.
fn is_of_a_try(finding: &Finding) -> bool {
    ["_down", "_slow", "_rubbish", "_sign_in_refused", "_refused", "_store"]
        .iter()
        .any(|kind| finding.name.ends_with(kind))
}

/// Logs what was not known before.
fn note_new(of: &str, known: &[Finding], found: &[Finding]) {
    for finding in found.iter().filter(|finding| !known.iter().any(|known| known.name == finding.name)) {
        tracing::warn!(of, finding = finding.name, what = finding.what, "found");
    }
}
