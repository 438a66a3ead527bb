//! A failover, step by step (DESIGN §7).
//!
//! ```text
//!   1 freeze ─> 2 refuse ─> 3 accept ─> 4 records ─┬─> 5 fence        (people; holds up nothing)
//!                                                  ├─> 6 unseal, lay out  (waits for the key; holds up nothing)
//!                                                  ├─> 7 tell staff
//!                                                  └─> 8 watch the old TTL
//! ```
//!
//! The phase is `active` once the records are switched and the mailboxes are laid out or wait for somebody.

use crate::course::Course;
use crate::{Command, Phase, Progress, Shows, Step};

const FENCE: &str = "close the primary: inbound port 25 and its connectors, outbound mail, direct delivery to it by name; \
                     then `relais failover approve --step fence`";
const TELL: &str =
    "tell staff by other ways than mail where to sign in; then `relais failover approve --step tell_staff`";

pub(crate) fn switch(course: &mut Course<'_>) {
    if course.run.approvals_missing() > 0 {
        return;
    }
    if course.run.phase == Phase::Standby {
        course.run.phase = Phase::Failover;
    }
    if !up_to_mail(course) {
        return;
    }
    let written = records(course);
    let hindered =
        matches!(course.run.progress(Step::SwapRecords), Progress::Retrying { .. } | Progress::Person { .. });
    // Opening mailboxes neither delays the records nor waits for records that cannot be written.
    let laid_out = (written || hindered) && mailboxes(course);
    if written {
        fence(course);
        tell(course);
        watch(course);
    }
    if course.run.is_done(Step::SwapRecords) && (laid_out || opening_waits(course)) {
        course.run.phase = Phase::Active;
    }
}

fn up_to_mail(course: &mut Course<'_>) -> bool {
    let seen = course.seen;
    course.fact(Step::FreezeSync, seen.sync_frozen, Command::FreezeSync, "nothing is copied from the primary any more")
        && course.fact(Step::RefuseIdentity, seen.identity_refused, Command::RefuseIdentity, "refused, sessions ended")
        && course.fact(Step::AcceptMail, seen.accepting, Command::AcceptMail, "mail is accepted here")
}

fn records(course: &mut Course<'_>) -> bool {
    if !course.seen.records.drawn && !course.run.confirmed.contains(&Step::SwapRecords) {
        course.act(Step::SwapRecords, Command::DrawRecordPlan);
        return false;
    }
    course.records(Step::SwapRecords, &Shows::After, Command::ApplyRecords)
}

fn mailboxes(course: &mut Course<'_>) -> bool {
    if !course.open(Step::Unseal) {
        return false;
    }
    let seal = &course.seen.seal;
    course.done(Step::Unseal, format!("{} mailboxes open", seal.unsealed));
    let note = format!("{} mailboxes laid out", seal.laid_out);
    course.fact(Step::LayOut, seal.laid_out >= seal.mailboxes, Command::LayOut, &note)
}

fn opening_waits(course: &Course<'_>) -> bool {
    let waits = |step| matches!(course.run.progress(step), Progress::Person { .. } | Progress::Retrying { .. });
    waits(Step::Unseal) || waits(Step::LayOut)
}

fn fence(course: &mut Course<'_>) {
    if course.run.confirmed.contains(&Step::Fence) {
        course.done(Step::Fence, "confirmed by an admin");
    } else if !course.run.is_done(Step::Fence) {
        course.person(Step::Fence, FENCE);
    }
    if let Some(reached @ 1..) = course.seen.reached_primary {
        let since = course.run.progress(Step::SwapRecords).done_at().unwrap_or(course.run.started_at);
        course.finding("primary-reached", format!("{reached} messages still reached the primary since {since}"), FENCE);
    }
}

fn tell(course: &mut Course<'_>) {
    if course.run.confirmed.contains(&Step::TellStaff) {
        course.done(Step::TellStaff, "confirmed by an admin");
    } else if course.seen.can_tell_staff {
        course.report(Step::TellStaff, Command::TellStaff);
    } else if !course.run.is_done(Step::TellStaff) {
        course.person(Step::TellStaff, TELL);
    }
}

fn watch(course: &mut Course<'_>) {
    let Some(switched_at) = course.run.progress(Step::SwapRecords).done_at() else { return };
    let runs_out_at = switched_at.plus_s(i64::from(course.seen.records.old_ttl_s));
    if course.now >= runs_out_at {
        course.done(Step::WatchTtl, "the old records ran out");
    } else if !course.run.is_done(Step::WatchTtl) {
        course.work(Step::WatchTtl, runs_out_at.ms_since(course.now));
    }
}
