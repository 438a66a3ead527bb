//! The decision.

use mail::Timestamp;

use crate::course::Course;
use crate::failback::failback;
use crate::switch::switch;
use crate::walk_back::walk_back;
use crate::{Decision, Finding, Observation, Order, Phase, Progress, Run, RunKind, Verdict, readiness, verdict};

/// What to do next. The caller stores `phase` and `run` before it runs any command.
#[must_use]
pub fn plan(seen: &Observation, now: Timestamp) -> Decision {
    match &seen.run {
        Some(run) if run.ended_at.is_none() => under_way(seen, run, now),
        _ => at_rest(seen, now),
    }
}

fn at_rest(seen: &Observation, now: Timestamp) -> Decision {
    let findings = seen.readiness.as_ref().map(|facts| readiness(facts, now));
    let says = match seen.phase {
        Phase::Standby => findings.as_deref().map_or_else(|| "Standing by.".to_owned(), standing_by),
        phase => format!("The phase is {phase}, but no run is under way; begin with `relais failback start`."),
    };
    let findings = findings.unwrap_or_default();
    Decision { findings, phase: seen.phase, run: None, commands: Vec::new(), says, look_again_at: None }
}

fn standing_by(findings: &[Finding]) -> String {
    match verdict(findings) {
        Verdict::Ready => "Standing by, ready to take over.".to_owned(),
        Verdict::NotReady => {
            let stops = findings.iter().filter(|finding| finding.severity == crate::Severity::Stop).count();
            format!("Standing by, not ready: {stops} findings stand in the way; see `relais check`.")
        }
        Verdict::CouldNotTell => "Standing by; whether we are ready could not be told, see `relais check`.".to_owned(),
    }
}

fn under_way(seen: &Observation, run: &Run, now: Timestamp) -> Decision {
    let mut course = Course::new(seen, run.clone(), now);
    match (run.kind, run.order) {
        (RunKind::Failover, Order::Abort) => walk_back(&mut course),
        (RunKind::Failover, _) => switch(&mut course),
        (RunKind::Failback, _) => failback(&mut course),
        (RunKind::Drill, _) => {}
    }
    course.run.says = sentence(&course.run, seen);
    let Course { run, commands, findings, look_again_at, .. } = course;
    let says = run.says.clone();
    Decision { findings, phase: run.phase, run: Some(run), commands, says, look_again_at }
}

fn sentence(run: &Run, seen: &Observation) -> String {
    if run.ended_at.is_some() {
        return ended(run);
    }
    if run.approvals_missing() > 0 {
        let missing = run.approvals_missing();
        return format!(
            "The {} waits for {missing} more {}.",
            word(run.kind),
            if missing == 1 { "approval" } else { "approvals" }
        );
    }
    if run.order == Order::Abort {
        return walking_back(run);
    }
    match run.phase {
        Phase::Active => active(run, seen),
        Phase::Failover => format!("Switching over: {}.", current(run)),
        Phase::Failback if run.order == Order::Go && run.is_done(crate::Step::Reconcile) => {
            "Everything is back at the primary; read the reconciliation, then `relais failback finish`.".to_owned()
        }
        Phase::Failback => format!("Switching back: {}.", current(run)),
        Phase::Standby => format!("The {} begins.", word(run.kind)),
    }
}

const fn word(kind: RunKind) -> &'static str {
    match kind {
        RunKind::Failover => "failover",
        RunKind::Failback => "failback",
        RunKind::Drill => "drill",
    }
}

fn ended(run: &Run) -> String {
    match run.kind {
        RunKind::Failover => {
            "The failover was walked back; the primary has the mail, and we follow it again.".to_owned()
        }
        RunKind::Failback => "The failback is done; the primary has the mail, and we follow it again.".to_owned(),
        RunKind::Drill => "The drill is done.".to_owned(),
    }
}

// The first step that is not done, and why.
fn current(run: &Run) -> String {
    let Some(row) = run.steps.iter().find(|row| !row.progress.is_done()) else {
        return "all steps are done".to_owned();
    };
    match &row.progress {
        Progress::Retrying { why, tries, .. } => format!("{} failed ({tries}), trying again: {why}", row.step),
        Progress::Person { what } => format!("{} waits: {what}", row.step),
        _ => row.step.to_string(),
    }
}

fn walking_back(run: &Run) -> String {
    let fails = run.steps.iter().find_map(|row| match &row.progress {
        Progress::Retrying { why, .. } => Some(why),
        _ => None,
    });
    match fails {
        Some(why) => format!("Walking back to the primary, trying again: {why}."),
        None => "Walking back to the primary.".to_owned(),
    }
}

fn active(run: &Run, seen: &Observation) -> String {
    let mut open = Vec::new();
    for row in &run.steps {
        match &row.progress {
            Progress::Person { .. } | Progress::Working { .. } => open.push(row.step.to_string()),
            Progress::Retrying { why, .. } => open.push(format!("{} ({why})", row.step)),
            Progress::Waiting | Progress::Done { .. } => {}
        }
    }
    let mail = format!("The organisation's mail arrives here, {} messages so far", seen.accepted);
    if open.is_empty() { format!("{mail}.") } else { format!("{mail}; still to do: {}.", open.join(", ")) }
}
