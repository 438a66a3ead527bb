//! The walk back of a failover that has accepted nothing yet.
//!
//! ```text
//!   stop accepting ─> anything accepted after all? ─yes─> go on with the failover
//!                              │ no
//!                              └─> records back ─> seal ─> admit ─> thaw ─> standby
//! ```

use crate::course::Course;
use crate::{Command, Order, Phase, Shows, Step};

pub(crate) fn walk_back(course: &mut Course<'_>) {
    let seen = course.seen;
    if seen.accepted > 0 {
        // The walk back would lose it from sight; DESIGN §7: after the first message, going back is a failback.
        course.run.order = Order::Go;
        let remedy = "the failover goes on; go back with `relais failback start`";
        course.finding("abort-too-late", "a message was accepted before the walk back began", remedy);
        course.look_at(course.now);
        return;
    }
    if course.run.phase == Phase::Active {
        course.run.phase = Phase::Failover;
    }
    let undone = undo(course, seen.accepting, Step::AcceptMail, Command::StopAccepting)
        && records_back(course)
        && undo(course, seen.seal.unsealed > 0, Step::Unseal, Command::Reseal)
        && undo(course, seen.identity_refused, Step::RefuseIdentity, Command::AdmitIdentity)
        && undo(course, seen.sync_frozen, Step::FreezeSync, Command::ThawSync);
    if undone {
        course.run.phase = Phase::Standby;
        course.run.ended_at = Some(course.now);
    }
}

// True when there is nothing (left) to undo.
fn undo(course: &mut Course<'_>, stands: bool, step: Step, command: Command) -> bool {
    if stands {
        course.act(step, command);
    }
    !stands
}

fn records_back(course: &mut Course<'_>) -> bool {
    let by_hand = course.run.confirmed.contains(&Step::SwapRecords);
    if by_hand && !course.seen.records.drawn && !course.run.confirmed.contains(&Step::SwapBack) {
        let what = "the MX was pointed here by hand: point it at the primary again, then \
                    `relais failover approve --step swap_back`";
        course.person(Step::SwapRecords, what);
        return false;
    }
    // What was declared done forwards says nothing of the way back.
    course.run.confirmed.remove(&Step::SwapRecords);
    let untouched = course.seen.records.servers.iter().all(|server| server.shows == Shows::Before);
    if !course.seen.records.drawn || (untouched && !course.seen.records.servers.is_empty()) {
        return true;
    }
    if course.run.is_done(Step::SwapRecords) {
        course.work(Step::SwapRecords, 0);
    }
    course.records(Step::SwapRecords, &Shows::Before, Command::RevertRecords) && course.run.is_done(Step::SwapRecords)
}
