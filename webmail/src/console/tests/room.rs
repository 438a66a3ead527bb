//! A desk that plays the running service: it says what it is told to say, and keeps orders in order.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex};

use dns::{Change, Data, Kind, Name, RecordPlan, RecordSet};
use failover::{CleanPoint, Finding, Phase, Run, RunKind, Says, Severity, Verdict};
use store::directory::Chain;

use zeroize::Zeroizing;

use crate::Soon;
use crate::console::desk::{
    Checked, Copying, Desk, Lag, MailboxLag, Now, Order, Past, Preview, Refused, Steer, Taken, UnlockState, Verified,
    Waiting,
};
use crate::testing::{NOW, Test};

/// What can be told to it, and what it was given.
#[derive(Default)]
pub struct Room {
    pub now: Mutex<Now>,
    pub findings: Mutex<Vec<Finding>>,
    pub refuse: Mutex<Option<Refused>>,
    pub orders: Mutex<Vec<(String, String, Order)>>,
    pub steered: Mutex<Vec<Steer>>,
    pub shares: Mutex<Vec<(String, String)>>,
}

fn ready<'a, T: Send + 'a>(value: T) -> Soon<'a, T> {
    Box::pin(std::future::ready(value))
}

fn plan() -> RecordPlan {
    let name = Name::parse("corp.test").unwrap();
    let mx = |host: &str, ttl_s| Some(RecordSet::new(name.clone(), ttl_s, [Data::mx(10, Name::parse(host).unwrap())]));
    let change = Change { name: name.clone(), kind: Kind::Mx, before: mx("old.test", 300), after: mx("new.test", 60) };
    RecordPlan::new(name.clone(), vec![change]).unwrap()
}

impl Desk for Room {
    fn now(&self) -> Now {
        self.now.lock().unwrap().clone()
    }

    fn staff_origin(&self) -> String {
        "https://secours.test".to_owned()
    }

    fn approvals_needed(&self, _: RunKind) -> u32 {
        2
    }

    fn last_check(&self) -> Option<Checked> {
        let findings = self.findings.lock().unwrap().clone();
        let blocks = findings.iter().any(|finding| finding.severity == Severity::Stop);
        Some(Checked { at: NOW, verdict: if blocks { Verdict::NotReady } else { Verdict::Ready }, findings })
    }

    fn check(&self) -> Soon<'_, Checked> {
        ready(self.last_check().unwrap())
    }

    fn records(&self) -> Soon<'_, Result<RecordPlan, String>> {
        ready(Ok(plan()))
    }

    fn lag(&self) -> Lag {
        let late = MailboxLag {
            address: "anne@corp.test".to_owned(),
            seen_at: None,
            findings: vec![("imap_down: no answer".to_owned(), "see that it runs".to_owned())],
        };
        Lag {
            round_at: Some(NOW.plus_s(-60)),
            directory_at: Some(NOW.plus_s(-30)),
            mailboxes: vec![late],
            ..Lag::default()
        }
    }

    fn past(&self) -> Taken<'_, Vec<Past>> {
        let run = self.now().run.unwrap_or_else(|| run(RunKind::Failover, 1));
        ready(Ok(vec![Past { run, records: Some(plan()), reconciliation: Some("anne@corp.test 3 3".to_owned()) }]))
    }

    fn preview(&self, _: bool) -> Taken<'_, Vec<Preview>> {
        let of = |address: &str| Preview { address: address.to_owned(), ..Preview::default() };
        let hindered = Some("the primary does not let us in".to_owned());
        ready(Ok(vec![
            of("still@corp.test"),
            Preview { append: 7, deleted: 1, ..of("anne@corp.test") },
            Preview { hindered, ..of("bob@corp.test") },
        ]))
    }

    fn order<'a>(&'a self, by: &'a str, run: &'a str, order: Order) -> Taken<'a, ()> {
        if let Some(refused) = self.refuse.lock().unwrap().clone() {
            return ready(Err(refused));
        }
        self.orders.lock().unwrap().push((by.to_owned(), run.to_owned(), order));
        ready(Ok(()))
    }

    fn queue(&self) -> Taken<'_, Vec<Waiting>> {
        let waiting = Waiting {
            id: 5,
            recipient: "ami@partner.test".to_owned(),
            queued_at: NOW,
            attempts: 3,
            next_at: NOW,
            held: false,
            said: Some("451 <later>".to_owned()),
            size_bytes: 10,
        };
        ready(Ok(vec![waiting]))
    }

    fn steer<'a>(&'a self, _: &'a str, what: Steer) -> Taken<'a, ()> {
        self.steered.lock().unwrap().push(what);
        ready(Ok(()))
    }

    fn copy<'a>(&'a self, _: &'a str, _: Copying) -> Taken<'a, ()> {
        ready(Ok(()))
    }

    fn unlock_state(&self) -> UnlockState {
        let here = self.shares.lock().unwrap().len();
        UnlockState::Quorum { here, needed: 2, whole: here >= 2 }
    }

    fn give_share<'a>(&'a self, by: &'a str, share: Zeroizing<String>) -> Taken<'a, ()> {
        if let Some(refused) = self.refuse.lock().unwrap().clone() {
            return ready(Err(refused));
        }
        self.shares.lock().unwrap().push((by.to_owned(), share.to_string()));
        ready(Ok(()))
    }

    fn forget_shares<'a>(&'a self, _: &'a str) -> Taken<'a, ()> {
        self.shares.lock().unwrap().clear();
        ready(Ok(()))
    }

    fn verify_audit(&self) -> Taken<'_, Verified> {
        let chain = Chain::Whole { count: 4, head: "abcd".to_owned() };
        ready(Ok(Verified { chain, witness: Some(Err("entry 3 is gone".to_owned())) }))
    }
}

/// A run in which nothing is done yet.
pub fn run(kind: RunKind, approvals: u32) -> Run {
    let mut run = Run::new(kind, CleanPoint::Everything, "a fire".to_owned(), approvals, NOW.plus_s(-60));
    run.approve("dsi", NOW.plus_s(-60));
    run
}

/// A finding.
pub fn finding(name: &'static str, severity: Severity) -> Finding {
    Finding { name, severity, what: "<what was seen>".to_owned(), remedy: "do something".to_owned() }
}

/// A console with an admin before it.
pub struct Sitting {
    pub room: Arc<Room>,
    test: Test,
}

impl Deref for Sitting {
    type Target = Test;
    fn deref(&self) -> &Test {
        &self.test
    }
}

impl DerefMut for Sitting {
    fn deref_mut(&mut self) -> &mut Test {
        &mut self.test
    }
}

impl Sitting {
    /// `dsi` sits there, in standby.
    pub async fn new() -> Self {
        let mut test = Test::new().await;
        let room = Arc::new(Room::default());
        *test.stand.phase.lock().unwrap() = Phase::Standby;
        test.router = crate::console::router(test.house.clone(), room.clone());
        test.sign_in_admin("dsi").await;
        Self { room, test }
    }

    /// The same under a rule about second factors.
    pub fn demand_second(&mut self, rule: identity::SecondFactor) {
        self.test.demand_second(rule);
        self.test.router = crate::console::router(self.test.house.clone(), self.room.clone());
    }

    /// A run is under way.
    pub fn under_way(&self, run: Run, phase: Phase) -> String {
        let id = run.id.clone();
        *self.room.now.lock().unwrap() =
            Now { phase, says: Says::Active { accepted: 4, open: vec![] }, run: Some(run), ..Now::default() };
        id
    }

    /// The language of the pages from now on.
    pub fn speak(&mut self, tag: &str) {
        let session = self.test.cookie.split(';').next().unwrap().to_owned();
        self.test.cookie = format!("{session}; relais-lang={tag}");
    }

    pub fn orders(&self) -> Vec<(String, String, Order)> {
        self.room.orders.lock().unwrap().clone()
    }
}
