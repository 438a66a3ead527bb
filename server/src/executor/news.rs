//! What the executor tells whoever looks: status, progress, metrics.

use failover::{Finding, Phase, Progress, Run, Says, Step};
use mail::Timestamp;
use serde_json::{Value, json};

/// The state after the last turn.
#[derive(Clone, Debug, Default)]
pub struct News {
    /// The phase.
    pub phase: Phase,
    /// The sentence.
    pub says: Says,
    /// The run under way, or the one that ended last.
    pub run: Option<Run>,
    /// Since when mail is accepted here, in that run and in the one that it ends.
    pub since: Option<Timestamp>,
    /// What was found.
    pub findings: Vec<Finding>,
    /// Messages accepted since the run began.
    pub accepted: u64,
    /// Every mailbox counted at the primary.
    pub reconciliation: Option<String>,
    /// When this process went on with the run that it found at its start.
    pub resumed_at: Option<Timestamp>,
}

impl News {
    /// One object.
    pub fn json(&self) -> Value {
        json!({
            "phase": self.phase.as_str(),
            "says": self.says.to_string(),
            "saying": self.says,
            "accepted": self.accepted,
            "run": self.run.as_ref().map(run_json),
            "findings": self.findings,
        })
    }

    /// For people.
    pub fn text(&self) -> String {
        let mut lines = vec![format!("phase: {}", self.phase), self.says.to_string()];
        if let Some(run) = self.run.as_ref().filter(|run| run.ended_at.is_none()) {
            lines.extend(run.steps.iter().map(|row| format!("  {}", step_line(run, row.step))));
        }
        lines.extend(
            self.findings.iter().map(|finding| format!("  {} {}: {}", finding.severity, finding.name, finding.what)),
        );
        lines.join("\n")
    }
}

fn run_json(run: &Run) -> Value {
    json!({
        "id": run.id,
        "kind": run.kind,
        "reason": run.reason,
        "clean_point": run.clean_point,
        "started_at": run.started_at.rfc3339(),
        "ended_at": run.ended_at.map(Timestamp::rfc3339),
        "approvals": run.approvals.iter().map(|approval| &approval.by).collect::<Vec<_>>(),
        "approvals_missing": run.approvals_missing(),
        "steps": run.steps,
    })
}

/// A step in one line.
pub fn step_line(run: &Run, step: Step) -> String {
    match run.progress(step) {
        Progress::Waiting => format!("[ ] {step}"),
        Progress::Working { .. } => format!("[.] {step}"),
        Progress::Person { what } => format!("[?] {step}: {what}"),
        Progress::Retrying { tries, why, .. } => format!("[!] {step}: failed {tries} times, tried again: {why}"),
        Progress::Done { at, note } => {
            let after_ms = at.ms_since(run.started_at);
            format!("[x] {step}: {note} (after {}.{:03} s)", after_ms / 1000, after_ms.rem_euclid(1000))
        }
    }
}
