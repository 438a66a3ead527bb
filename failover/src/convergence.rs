//! Whatever crashes and whenever, the same end is reached, and no rule is broken on the way.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use mail::Timestamp;
use proptest::prelude::*;

use crate::{
    CleanPoint, Command, Observation, Order, Phase, Records, Run, RunKind, SealState, ServerSeen, Shows, Step, plan,
};

/// A small world that commands really change, and that forgets what memory forgets.
#[derive(Clone, Debug)]
struct World {
    stored: Run,
    frozen: bool,
    refused: bool,
    accepting: bool,
    drawn: bool,
    accepted: u64,
    primary_dns: Shows,
    secondary_dns: Shows,
    unsealed: u64,
    laid_out: u64,
    key: bool,
    pushed: u64,
    sealed_anew: bool,
    now: Timestamp,
}

const MAILBOXES: u64 = 3;

impl World {
    fn new(kind: RunKind, key: bool) -> Self {
        let now = Timestamp::from_unix_s(1_800_000_000);
        let stored = Run::new(kind, CleanPoint::Unknown, "test".into(), 0, now);
        let active = kind == RunKind::Failback;
        let shows = if active { Shows::After } else { Shows::Before };
        Self {
            stored,
            frozen: active,
            refused: active,
            accepting: active,
            drawn: active,
            accepted: 0,
            primary_dns: shows.clone(),
            secondary_dns: shows,
            unsealed: 0,
            laid_out: if active { MAILBOXES } else { 0 },
            key,
            pushed: 0,
            sealed_anew: false,
            now,
        }
    }

    fn observe(&self) -> Observation {
        let server = |name: &str, shows: &Shows| ServerSeen { server: name.into(), shows: shows.clone() };
        let servers = vec![server("ns1", &self.primary_dns), server("ns2", &self.secondary_dns)];
        let key = if self.key { Ok(()) } else { Err("bring the key".to_owned()) };
        let (unsealed, laid_out) = (self.unsealed, self.laid_out);
        Observation {
            phase: self.stored.phase,
            run: Some(self.stored.clone()),
            sync_frozen: self.frozen,
            identity_refused: self.refused,
            accepting: self.accepting,
            accepted: self.accepted,
            records: Records { drawn: self.drawn, old_ttl_s: 2, new_ttl_s: 2, servers },
            seal: SealState { mailboxes: MAILBOXES, unsealed, laid_out, key: Some(key) },
            ..Observation::default()
        }
    }

    fn act(&mut self, step: Step, command: Command) {
        self.check(command);
        match command {
            Command::FreezeSync => self.frozen = true,
            Command::ThawSync => self.frozen = false,
            Command::RefuseIdentity => self.refused = true,
            Command::AdmitIdentity => self.refused = false,
            Command::AcceptMail => self.accepting = true,
            Command::StopAccepting => self.accepting = false,
            Command::DrawRecordPlan => self.drawn = true,
            Command::ApplyRecords => self.primary_dns = Shows::After,
            Command::RevertRecords => self.primary_dns = Shows::Before,
            Command::Unseal => self.unsealed = MAILBOXES,
            Command::LayOut => self.laid_out += 1,
            Command::Reseal => self.unsealed = 0,
            Command::Push => self.pushed = self.accepted,
            Command::EndActivity => (self.sealed_anew, self.unsealed, self.laid_out) = (true, 0, 0),
            Command::TellStaff | Command::TakeDelta | Command::Reconcile => {}
        }
        let reported =
            [Command::TellStaff, Command::TakeDelta, Command::Push, Command::Reconcile, Command::EndActivity];
        if reported.contains(&command) {
            self.stored.succeeded(step, String::new(), self.now);
        }
    }

    /// The rules that hold at every single act.
    fn check(&self, command: Command) {
        let phase = self.stored.phase;
        match command {
            // The phase was stored before the act.
            Command::FreezeSync | Command::AcceptMail | Command::ApplyRecords => assert_ne!(phase, Phase::Standby),
            Command::TakeDelta | Command::Push | Command::Reconcile | Command::EndActivity => {
                assert_eq!(phase, Phase::Failback);
                assert_eq!(self.unsealed, MAILBOXES, "what is pushed can be read");
            }
            _ => {}
        }
        match command {
            Command::ApplyRecords => assert!(self.frozen && self.refused && self.accepting && self.drawn),
            Command::RevertRecords if self.stored.kind == RunKind::Failback => assert!(self.accepting),
            Command::RevertRecords => assert_eq!(self.accepted, 0, "nothing was accepted"),
            Command::EndActivity => {
                assert_eq!(self.pushed, self.accepted, "nothing is sealed away before it is pushed")
            }
            _ => {}
        }
    }

    /// One turn of the executor that ends early when `dies` says so; the process forgets its open keys then.
    fn turn(&mut self, dies: Option<usize>) {
        let decision = plan(&self.observe(), self.now);
        if dies == Some(0) {
            return self.die();
        }
        self.stored = decision.run.unwrap();
        for (number, (step, command)) in decision.commands.into_iter().enumerate() {
            if dies == Some(2 * number + 1) {
                return self.die();
            }
            let before = self.stored.clone();
            self.act(step, command);
            if dies == Some(2 * number + 2) {
                // Done, but not noted.
                self.stored = before;
                return self.die();
            }
        }
        self.pass();
    }

    fn die(&mut self) {
        self.unsealed = 0;
        self.pass();
    }

    fn pass(&mut self) {
        self.secondary_dns = self.primary_dns.clone();
        self.now = self.now.plus_ms(700);
    }

    fn turn_until(&mut self, what: &str, reached: impl Fn(&Self) -> bool) {
        for _ in 0..200 {
            if reached(self) {
                return;
            }
            self.turn(None);
        }
        panic!("{what} was not reached: {self:?}");
    }
}

fn deaths() -> impl Strategy<Value = Vec<Option<usize>>> {
    proptest::collection::vec(proptest::option::weighted(0.6, 0_usize..5), 0..60)
}

proptest! {
    #[test]
    fn a_failover_arrives_whatever_dies(deaths in deaths(), key in any::<bool>()) {
        let mut world = World::new(RunKind::Failover, key);
        deaths.into_iter().for_each(|death| world.turn(death));
        world.turn_until("active", |w| w.stored.phase == Phase::Active && w.stored.is_done(Step::WatchTtl));
        prop_assert!(world.accepting && world.frozen && world.refused);
        prop_assert_eq!(&world.secondary_dns, &Shows::After);
        world.key = true;
        world.turn_until("laid out", |w| w.stored.is_done(Step::LayOut) && w.laid_out >= MAILBOXES);
    }

    #[test]
    fn an_abort_leaves_no_trace_or_comes_too_late(before in deaths(), after in deaths(), mail_at in 0_usize..40) {
        let mut world = World::new(RunKind::Failover, true);
        before.into_iter().for_each(|death| world.turn(death));
        world.stored.abort(0).unwrap();
        for (number, death) in after.into_iter().enumerate() {
            world.accepted += u64::from(number == mail_at && world.accepting && world.stored.ended_at.is_none());
            if world.stored.ended_at.is_none() {
                world.turn(death);
            }
        }
        if world.accepted == 0 {
            world.turn_until("standby", |w| w.stored.ended_at.is_some());
            prop_assert_eq!(world.stored.phase, Phase::Standby);
            prop_assert!(world.stored.says.contains("walked back"), "{}", world.stored.says);
            prop_assert!(!world.accepting && !world.frozen && !world.refused && world.unsealed == 0);
            prop_assert_eq!(&world.primary_dns, &Shows::Before);
        } else {
            world.turn_until("active", |w| w.stored.phase == Phase::Active && w.primary_dns == Shows::After);
            prop_assert!(world.accepting);
        }
    }

    #[test]
    fn a_failback_ends_with_everything_pushed_and_sealed(deaths in deaths(), arrivals in 0_u64..5) {
        let mut world = World::new(RunKind::Failback, true);
        world.accepted = 2;
        deaths.into_iter().for_each(|death| world.turn(death));
        world.turn_until("reconciled", |w| w.stored.is_done(Step::Reconcile));
        world.accepted += arrivals;
        world.stored.finish().unwrap();
        prop_assert_eq!(world.stored.order, Order::Finish);
        for death in [Some(1), Some(2), Some(0), Some(2), Some(1), Some(2)] {
            if world.stored.ended_at.is_none() {
                world.turn(death);
            }
        }
        world.turn_until("standby", |w| w.stored.ended_at.is_some());
        prop_assert!(world.sealed_anew && !world.accepting && !world.frozen && !world.refused);
        prop_assert_eq!(world.pushed, world.accepted);
        prop_assert_eq!(&world.primary_dns, &Shows::Before);
    }
}

#[test]
fn records_and_mail_wait_for_nobodys_key() {
    let mut world = World::new(RunKind::Failover, false);
    world.turn_until("active", |w| w.stored.phase == Phase::Active);
    assert!(world.accepting && world.unsealed == 0);
    let decision = plan(&world.observe(), world.now);
    assert!(decision.findings.iter().any(|finding| finding.name == "unlock-key"), "{:?}", decision.findings);
}

#[test]
fn nothing_happens_before_everybody_approved() {
    let mut world = World::new(RunKind::Failover, true);
    world.stored.approvals_needed = 2;
    world.stored.approve("anne", world.now);
    world.stored.approve("anne", world.now);
    let decision = plan(&world.observe(), world.now);
    assert!(decision.commands.is_empty());
    assert_eq!(decision.phase, Phase::Standby);
    assert_eq!(decision.says.to_string(), "The failover waits for 1 more approval.");
}

#[test]
fn what_failed_waits_before_it_is_tried_again() {
    let mut world = World::new(RunKind::Failover, true);
    world.turn(None);
    world.frozen = false;
    world.stored.failed(Step::FreezeSync, "disk full".into(), world.now);
    let decision = plan(&world.observe(), world.now);
    assert!(decision.commands.is_empty());
    assert_eq!(decision.look_again_at, Some(world.now.plus_s(1)));
    assert!(decision.says.to_string().contains("disk full"), "{}", decision.says);
    assert_eq!(plan(&world.observe(), world.now.plus_s(1)).commands, [(Step::FreezeSync, Command::FreezeSync)]);
}

#[test]
fn records_changed_by_another_hand_are_said_and_not_overwritten() {
    let mut world = World::new(RunKind::Failover, true);
    world.turn_until("active", |w| w.stored.phase == Phase::Active);
    world.primary_dns = Shows::Other("10 mx.attacker.test.".into());
    let decision = plan(&world.observe(), world.now);
    assert!(decision.commands.iter().all(|(_, command)| *command != Command::ApplyRecords));
    assert!(decision.findings.iter().any(|finding| finding.name == "records-foreign"));
}

#[test]
fn a_silent_secondary_holds_up_the_phase_for_a_minute_at_most() {
    let mut world = World::new(RunKind::Failover, true);
    for _ in 0..120 {
        world.turn(None);
        world.secondary_dns = Shows::Silent("timeout".into());
    }
    assert_eq!(world.stored.phase, Phase::Active);
    assert!(format!("{:?}", world.stored.progress(Step::SwapRecords)).contains("ns2"));
}
