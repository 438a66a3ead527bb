//! States of the console that a journey through a real house hardly meets, asked by axe in Chromium: what stands in the way,
//! a run that waits for a person, for a key and for a signature, what is counted at its end.

use failover::{Phase, Progress, RunKind, Severity, Step};
use serde_json::json;

use super::room::{Sitting, finding, run};
use crate::testing::{NOW, lacks_browser};

async fn asked(sitting: &Sitting, paths: &[&str]) {
    let plan = json!({ "cookie": sitting.cookie, "langs": ["de", "fr", "en"], "paths": paths });
    println!("{}", sitting.driven("asked.mjs", plan).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_can_read_what_stands_in_the_way() {
    if lacks_browser("everybody_can_read_what_stands_in_the_way") {
        return;
    }
    let sitting = Sitting::new().await;
    *sitting.room.findings.lock().unwrap() =
        vec![finding("dns-ttl", Severity::Warning), finding("dns-write", Severity::Stop)];
    asked(&sitting, &["/", "/sync", "/queue", "/keys", "/failover/emergency"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_can_read_a_run_that_waits() {
    if lacks_browser("everybody_can_read_a_run_that_waits") {
        return;
    }
    let sitting = Sitting::new().await;
    let mut waiting = run(RunKind::Failover, 2);
    waiting.set(Step::Fence, Progress::Person { what: "close it".to_owned() });
    waiting.set(Step::SwapRecords, Progress::Person { what: "write it".to_owned() });
    waiting.set(Step::Unseal, Progress::Retrying { tries: 2, at: NOW, why: "no key".to_owned() });
    sitting.under_way(waiting, Phase::Failover);
    sitting.room.now.lock().unwrap().resumed_at = Some(NOW);
    sitting.room.shares.lock().unwrap().push(("dgs".to_owned(), "share".to_owned()));
    asked(&sitting, &["/", "/run", "/run/records", "/run/fence", "/run/abort", "/keys"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_can_read_what_a_failback_counted() {
    if lacks_browser("everybody_can_read_what_a_failback_counted") {
        return;
    }
    let sitting = Sitting::new().await;
    let id = sitting.under_way(run(RunKind::Failback, 1), Phase::Failback);
    sitting.room.now.lock().unwrap().reconciliation = Some("anne@corp.test 3 of 3 ".repeat(20));
    asked(&sitting, &["/", "/run", "/failback/finish", "/runs", &format!("/runs/{id}")]).await;
}
