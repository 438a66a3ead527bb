//! One pass through the steps of a run: what is done is noted, what can be done now is ordered.

use mail::Timestamp;

use crate::{Command, Finding, Observation, Progress, Records, Run, Severity, Shows, Step};

// How long after the switch a silent secondary may hold up the phase.
const SILENT_MAX_MS: i64 = 60_000;
const LOOK_AT_SERVERS_MS: i64 = 250;

/// The pass.
pub(crate) struct Course<'o> {
    pub(crate) seen: &'o Observation,
    pub(crate) now: Timestamp,
    pub(crate) run: Run,
    pub(crate) commands: Vec<(Step, Command)>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) look_again_at: Option<Timestamp>,
}

/// Where the records stand against what is wanted.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// The update is still to be made, or its server does not answer.
    NeedsWrite,
    /// Another hand wrote something else at the server that takes updates.
    Foreign(String),
    /// Written; these servers do not show it yet.
    Spreading(Vec<String>),
    /// Written; all that answer show it, these are silent.
    SilentOnly(Vec<String>),
    /// Every server shows it.
    Everywhere,
}

pub(crate) fn standing(records: &Records, wanted: &Shows, other_end: &Shows) -> Standing {
    let Some((first, others)) = records.servers.split_first() else { return Standing::NeedsWrite };
    match &first.shows {
        Shows::Other(what) => return Standing::Foreign(what.clone()),
        Shows::Silent(_) => return Standing::NeedsWrite,
        shows if shows == other_end => return Standing::NeedsWrite,
        _ => {}
    }
    let behind = |server: &&crate::ServerSeen| server.shows != *wanted && !matches!(server.shows, Shows::Silent(_));
    let lagging: Vec<String> = others.iter().filter(behind).map(|server| server.server.clone()).collect();
    if !lagging.is_empty() {
        return Standing::Spreading(lagging);
    }
    let silent = others.iter().filter(|server| matches!(server.shows, Shows::Silent(_)));
    let silent: Vec<String> = silent.map(|server| server.server.clone()).collect();
    if silent.is_empty() { Standing::Everywhere } else { Standing::SilentOnly(silent) }
}

impl<'o> Course<'o> {
    pub(crate) fn new(seen: &'o Observation, run: Run, now: Timestamp) -> Self {
        Self { seen, now, run, commands: Vec::new(), findings: Vec::new(), look_again_at: None }
    }

    /// The step is done; the first time this is seen counts.
    pub(crate) fn done(&mut self, step: Step, note: impl Into<String>) {
        if !self.run.is_done(step) {
            self.run.set(step, Progress::Done { at: self.now, note: note.into() });
        }
    }

    /// Orders a command for the step, unless it failed a moment ago.
    pub(crate) fn act(&mut self, step: Step, command: Command) {
        match self.run.progress(step).clone() {
            Progress::Retrying { at, why, .. } => {
                self.finding("step-fails", format!("{step}: {why}"), "it is tried again; mend what the sentence names");
                if self.now < at {
                    return self.look_at(at);
                }
            }
            Progress::Working { .. } => {}
            _ => self.run.set(step, Progress::Working { since: self.now }),
        }
        self.commands.push((step, command));
    }

    /// The step waits for the world.
    pub(crate) fn work(&mut self, step: Step, look_again_ms: i64) {
        if !matches!(self.run.progress(step), Progress::Working { .. }) {
            self.run.set(step, Progress::Working { since: self.now });
        }
        self.look_at(self.now.plus_ms(look_again_ms));
    }

    /// The step waits for somebody.
    pub(crate) fn person(&mut self, step: Step, what: impl Into<String>) {
        self.run.set(step, Progress::Person { what: what.into() });
    }

    pub(crate) fn look_at(&mut self, at: Timestamp) {
        self.look_again_at = Some(self.look_again_at.map_or(at, |earlier| earlier.min(at)));
    }

    pub(crate) fn finding(&mut self, name: &'static str, what: impl Into<String>, remedy: impl Into<String>) {
        self.findings.push(Finding::new(name, Severity::Warning, what, remedy));
    }

    /// A step that one visible fact decides; true when the fact is there.
    pub(crate) fn fact(&mut self, step: Step, is_so: bool, command: Command, note: &str) -> bool {
        if is_so {
            self.done(step, note);
        } else {
            self.act(step, command);
        }
        is_so
    }

    /// A step that only its command's own report can end; true when it was reported.
    pub(crate) fn report(&mut self, step: Step, command: Command) -> bool {
        let done = self.run.is_done(step);
        if !done {
            self.act(step, command);
        }
        done
    }

    /// Brings the records to `wanted` by `command`; true once they are written where updates go.
    pub(crate) fn records(&mut self, step: Step, wanted: &Shows, command: Command) -> bool {
        if self.run.confirmed.contains(&step) {
            self.done(step, "changed by hand");
            return true;
        }
        let other_end = if *wanted == Shows::After { Shows::Before } else { Shows::After };
        match standing(&self.seen.records, wanted, &other_end) {
            Standing::NeedsWrite => {
                self.act(step, command);
                false
            }
            Standing::Foreign(what) => {
                let remedy =
                    "find out who changed it; put back what the record plan names, or confirm the step by hand";
                self.finding("records-foreign", format!("the records were changed by another hand: {what}"), remedy);
                self.person(step, format!("the records are neither ours nor the primary's: {what}"));
                self.look_at(self.now.plus_s(2));
                false
            }
            Standing::Spreading(lagging) => {
                self.spreading(step, &lagging);
                true
            }
            Standing::SilentOnly(silent) => {
                self.silent(step, &silent);
                true
            }
            Standing::Everywhere => {
                self.done(step, format!("seen at {} servers", self.seen.records.servers.len()));
                true
            }
        }
    }

    fn spreading(&mut self, step: Step, lagging: &[String]) {
        if self.run.is_done(step) {
            self.finding(
                "records-lag",
                format!("{} shows old records again", lagging.join(", ")),
                "look at its transfers",
            );
            return;
        }
        self.work(step, LOOK_AT_SERVERS_MS);
    }

    fn silent(&mut self, step: Step, silent: &[String]) {
        let names = silent.join(", ");
        self.finding("authority-silent", format!("{names} does not answer"), "see that this name server runs");
        if self.run.is_done(step) {
            return;
        }
        match self.run.progress(step) {
            Progress::Working { since } if self.now.ms_since(*since) >= SILENT_MAX_MS => {
                self.done(step, format!("seen wherever anybody answers; {names} was silent"));
            }
            _ => self.work(step, LOOK_AT_SERVERS_MS),
        }
    }

    /// Opens the mailboxes of the scope; true when all are open.
    pub(crate) fn open(&mut self, step: Step) -> bool {
        let seal = &self.seen.seal;
        if seal.unsealed >= seal.mailboxes {
            return true;
        }
        match seal.key.clone() {
            Some(Ok(())) => self.act(step, Command::Unseal),
            Some(Err(remedy)) => {
                let what = format!("{} mailboxes wait for the unlock key", seal.mailboxes - seal.unsealed);
                self.finding("unlock-key", what, remedy.clone());
                self.person(step, remedy);
                self.look_at(self.now.plus_s(2));
            }
            None => self.look_at(self.now.plus_s(2)),
        }
        false
    }
}
