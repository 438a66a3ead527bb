//! The decision.

use mail::Timestamp;

use crate::course::Course;
use crate::failback::failback;
use crate::switch::switch;
use crate::walk_back::walk_back;
use crate::{
    At, Decision, Finding, Matter, Observation, Order, Phase, Progress, Run, RunKind, Says, Severity, Step, readiness,
    verdict,
};

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
        Phase::Standby => standing_by(findings.as_deref()),
        phase => Says::OutOfStep { phase },
    };
    let findings = findings.unwrap_or_default();
    Decision { findings, phase: seen.phase, run: None, commands: Vec::new(), says, look_again_at: None }
}

fn standing_by(findings: Option<&[Finding]>) -> Says {
    let is_stop = |finding: &&Finding| finding.severity == Severity::Stop;
    let stops = findings.unwrap_or_default().iter().filter(is_stop).count();
    Says::StandingBy { verdict: findings.map(verdict), stops }
}

fn under_way(seen: &Observation, run: &Run, now: Timestamp) -> Decision {
    let mut course = Course::new(seen, run.clone(), now);
    match (run.kind, run.order) {
        (RunKind::Failover, Order::Abort) => walk_back(&mut course),
        (RunKind::Failover, _) => switch(&mut course),
        (RunKind::Failback, _) => failback(&mut course),
        (RunKind::Drill, _) => {}
    }
    let says = sentence(&course.run, seen);
    course.run.says = says.to_string();
    let Course { run, commands, findings, look_again_at, .. } = course;
    Decision { findings, phase: run.phase, run: Some(run), commands, says, look_again_at }
}

fn sentence(run: &Run, seen: &Observation) -> Says {
    let kind = run.kind;
    if run.ended_at.is_some() {
        return Says::Ended { kind };
    }
    let missing = run.approvals_missing();
    if missing > 0 {
        return Says::Waits { kind, missing };
    }
    if run.order == Order::Abort {
        return Says::WalkingBack { why: run.steps.iter().find_map(|row| fails(&row.progress)) };
    }
    match run.phase {
        Phase::Active => Says::Active { accepted: seen.accepted, open: open(run) },
        Phase::Failover => Says::Switching { back: false, at: at(run) },
        Phase::Failback if run.order == Order::Go && run.is_done(Step::Reconcile) => Says::ReadReconciliation,
        Phase::Failback => Says::Switching { back: true, at: at(run) },
        Phase::Standby => Says::Begins { kind },
    }
}

/// The first step that is not done, and why.
fn at(run: &Run) -> Option<At> {
    let row = run.steps.iter().find(|row| !row.progress.is_done())?;
    let matter = match &row.progress {
        Progress::Retrying { why, tries, .. } => Matter::Fails { tries: *tries, why: why.clone() },
        Progress::Person { what } => Matter::Person { what: what.clone() },
        _ => Matter::Goes,
    };
    Some(At { step: row.step, matter })
}

/// What is still to do although mail arrives here.
fn open(run: &Run) -> Vec<(Step, Option<String>)> {
    let is_open = |progress: &Progress| !matches!(progress, Progress::Waiting | Progress::Done { .. });
    let open = run.steps.iter().filter(|row| is_open(&row.progress));
    open.map(|row| (row.step, fails(&row.progress))).collect()
}

fn fails(progress: &Progress) -> Option<String> {
    match progress {
        Progress::Retrying { why, .. } => Some(why.clone()),
        _ => None,
    }
}
