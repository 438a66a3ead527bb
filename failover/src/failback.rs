//! A failback, step by step (DESIGN §8).
//!
//! ```text
//!   checklist ─> take delta ─> push ─> records back ─> drain ─> push again ─> reconcile
//!                (still active: mail is accepted here until the end)               │ finish
//!                      thaw <─ end, seal <─ push the last <─ stop accepting <──────┘
//! ```

use crate::course::Course;
use crate::{Command, Order, Phase, Shows, Step};

pub(crate) fn failback(course: &mut Course<'_>) {
    if course.run.approvals_missing() > 0 {
        return course.person(
            Step::Checklist,
            "the clean-primary checklist needs more signatures: `relais failover approve --by NAME`, or at the console",
        );
    }
    course.done(Step::Checklist, signatures(course));
    if course.run.phase == Phase::Active {
        course.run.phase = Phase::Failback;
    }
    // Reading what is pushed needs open mailboxes, also after a restart.
    if !course.run.is_done(Step::End) && !course.open(unfinished_push(course)) {
        return;
    }
    let back = course.report(Step::TakeDelta, Command::TakeDelta)
        && course.report(Step::Push, Command::Push)
        && swapped_back(course)
        && drained(course)
        && course.report(Step::PushLast, Command::Push)
        && course.report(Step::Reconcile, Command::Reconcile);
    if back && course.run.order == Order::Finish {
        finish(course);
    }
}

fn signatures(course: &Course<'_>) -> String {
    let names: Vec<&str> = course.run.approvals.iter().map(|approval| approval.by.as_str()).collect();
    format!("signed by {}", names.join(", "))
}

fn unfinished_push(course: &Course<'_>) -> Step {
    let pushes = [Step::TakeDelta, Step::Push, Step::PushLast, Step::Reconcile, Step::PushFinal];
    pushes.into_iter().find(|step| !course.run.is_done(*step)).unwrap_or(Step::End)
}

fn swapped_back(course: &mut Course<'_>) -> bool {
    if !course.seen.records.drawn && !course.run.confirmed.contains(&Step::SwapBack) {
        let what = "this failover changed no records: point the MX at the primary, then \
                    `relais failover approve --step swap_back`";
        course.person(Step::SwapBack, what);
        return false;
    }
    course.records(Step::SwapBack, &Shows::Before, Command::RevertRecords) && course.run.is_done(Step::SwapBack)
}

fn drained(course: &mut Course<'_>) -> bool {
    if course.run.is_done(Step::Drain) {
        return true;
    }
    let Some(swapped_at) = course.run.progress(Step::SwapBack).done_at() else { return false };
    let runs_out_at = swapped_at.plus_s(i64::from(course.seen.records.new_ttl_s));
    let queue = course.seen.queue;
    if course.now < runs_out_at || queue.fresh > 0 {
        let wait_ms = runs_out_at.ms_since(course.now).clamp(500, 5_000);
        course.work(Step::Drain, wait_ms);
        return false;
    }
    let note = match queue.waiting {
        0 => "the queue is empty".to_owned(),
        waiting => format!("{waiting} recipients keep waiting for another try and are delivered from here"),
    };
    course.done(Step::Drain, note);
    true
}

fn finish(course: &mut Course<'_>) {
    let seen = course.seen;
    let closed = !seen.accepting;
    let ended = course.fact(Step::Close, closed, Command::StopAccepting, "mail is no longer accepted here")
        && course.report(Step::PushFinal, Command::Push)
        && course.report(Step::End, Command::EndActivity);
    if !ended {
        return;
    }
    if seen.identity_refused {
        return course.act(Step::ThawSync, Command::AdmitIdentity);
    }
    let following = course.fact(Step::ThawSync, !seen.sync_frozen, Command::ThawSync, "sync follows the primary again");
    if following {
        course.run.phase = Phase::Standby;
        course.run.ended_at = Some(course.now);
    }
}
