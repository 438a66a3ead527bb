//! Going back.

use std::sync::atomic::Ordering;
use std::time::Duration;

use failover::{CleanPoint, Phase, RunKind, Step};

use super::super::News;
use super::super::order::Order;
use super::house::House;

async fn active() -> House {
    let house = House::new().await;
    house.bring_key();
    house.desk().order(Order::Failover { clean_point: CleanPoint::Everything, reason: String::new() }).await.unwrap();
    house.until_phase(Phase::Active).await;
    house.receive().await;
    house
}

fn back() -> Order {
    Order::Failback { full: false, approved_by: vec!["dsi".to_owned(), "maire".to_owned()] }
}

fn counted(news: &News) -> bool {
    news.run.as_ref().is_some_and(|run| run.kind == RunKind::Failback && run.is_done(Step::Reconcile))
}

fn over(news: &News) -> bool {
    news.run.as_ref().is_some_and(|run| run.kind == RunKind::Failback && run.ended_at.is_some())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failback_pushes_swaps_counts_and_ends_in_standby() {
    let house = active().await;
    assert!(house.desk().order(Order::Finish).await.is_err(), "there is nothing to finish yet");
    house.desk().order(back()).await.unwrap();
    let news = house.until("the reconciliation", counted).await;
    assert_eq!(house.mx(), ["10 mx-primary.corp.test."]);
    assert!(house.posture().accepting, "stragglers are still accepted");
    assert!(news.reconciliation.is_some_and(|counted| counted.contains("accueil@corp.test")));
    assert_eq!(house.primary.pushes.load(Ordering::Relaxed), 2);
    house.desk().order(Order::Finish).await.unwrap();
    house.until("the end", over).await;
    assert_eq!(house.primary.pushes.load(Ordering::Relaxed), 3, "what came until the end goes along");
    let posture = house.posture();
    assert!(!posture.accepting && !posture.sync_frozen && posture.phase == Phase::Standby);
    assert_eq!(house.store().default_region().unsealed_count(), 0);
    let again = house.desk().order(back()).await.unwrap_err();
    assert!(again.error.contains("nothing to give back"), "{again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_again_and_again_a_failback_ends_all_the_same() {
    let mut house = active().await;
    house.desk().order(back()).await.unwrap();
    for wait_ms in [0, 3, 10, 30] {
        let _ = tokio::time::timeout(Duration::from_millis(wait_ms), house.until("it", counted)).await;
        house.kill().await;
        house.start().await;
    }
    house.until("the reconciliation", counted).await;
    house.desk().order(Order::Finish).await.unwrap();
    for wait_ms in [0, 3, 10] {
        let _ = tokio::time::timeout(Duration::from_millis(wait_ms), house.until("it", over)).await;
        house.kill().await;
        house.start().await;
    }
    house.until("the end", over).await;
    assert_eq!(house.mx(), ["10 mx-primary.corp.test."]);
    assert!(!house.posture().accepting && !house.posture().sync_frozen);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_primary_refuses_at_the_end_waits_for_somebody() {
    let house = active().await;
    house.desk().order(back()).await.unwrap();
    house.until("the reconciliation", counted).await;
    house.primary.refused.store(2, Ordering::Relaxed);
    house.desk().order(Order::Finish).await.unwrap();
    let fails = |news: &News| news.says.to_string().contains("2 messages or changes did not go back");
    house.until("the refusal", fails).await;
    assert!(house.store().default_region().unsealed_count() > 0, "nothing was sealed over it");
    house.desk().order(Order::Approve { by: "dsi".to_owned(), step: Some(Step::PushFinal) }).await.unwrap();
    house.until("the end", over).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failback_that_waits_for_a_signature_can_be_withdrawn() {
    let house = active().await;
    let one = Order::Failback { full: false, approved_by: vec!["dsi".to_owned()] };
    house.desk().order(one).await.unwrap();
    house.until("the wait", |news| news.says.to_string().contains("waits for 1 more approval")).await;
    assert!(house.desk().order(Order::Abort).await.unwrap_err().hint.contains("failback abort"));
    house.desk().order(Order::Withdraw).await.unwrap();
    let active = |news: &News| news.says.to_string().contains("mail arrives here");
    house.until("the activity to go on", active).await;
    assert!(house.posture().accepting);
    assert!(house.desk().order(Order::Withdraw).await.is_err(), "there is none any more");
    house.desk().order(back()).await.unwrap();
    house.until("the reconciliation", counted).await;
    assert!(house.desk().order(Order::Withdraw).await.is_err(), "it has begun");
}
