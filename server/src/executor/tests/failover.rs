//! Taking over.

use std::time::Duration;

use failover::{CleanPoint, Phase, Step};

use super::super::order::Order;
use super::house::House;
use crate::clock::now;

fn order() -> Order {
    Order::Failover { clean_point: CleanPoint::Everything, reason: "exercise".to_owned() }
}

const OURS: [&str; 1] = ["10 mx-standby.corp.test."];
const THEIRS: [&str; 1] = ["10 mx-primary.corp.test."];

#[tokio::test(flavor = "multi_thread")]
async fn a_failover_switches_records_and_accepts_mail_before_anything_is_unsealed() {
    let house = House::new().await;
    assert!(!house.posture().accepting && !house.posture().sync_frozen);
    house.desk().order(order()).await.unwrap();
    let news = house.until_phase(Phase::Active).await;
    assert_eq!(house.mx(), OURS);
    let posture = house.posture();
    assert!(posture.accepting && posture.sync_frozen && posture.phase == Phase::Active);
    assert_eq!(house.store().default_region().unsealed_count(), 0);
    assert!(news.findings.iter().any(|finding| finding.name == "unlock-key"), "{news:?}");
    house.receive().await;
    house.bring_key();
    let news = house.until("mailboxes", |news| news.run.as_ref().is_some_and(|run| run.is_done(Step::LayOut))).await;
    assert_eq!(house.store().default_region().unsealed_count(), 3);
    assert!(news.says.to_string().contains("mail arrives here"), "{}", news.says);
    let status = house.desk().status().await.unwrap();
    assert_eq!(status.json["phase"], "active");
    assert_eq!(status.json["run"]["kind"], "failover");
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_again_and_again_it_arrives_all_the_same() {
    let mut house = House::new().await;
    house.bring_key();
    house.desk().order(order()).await.unwrap();
    for wait_ms in [0, 2, 5, 10, 20, 40] {
        // Another point of the switch each time; which one does not matter.
        let _ = tokio::time::timeout(Duration::from_millis(wait_ms), house.until_phase(Phase::Active)).await;
        house.kill().await;
        house.start().await;
    }
    house.until_phase(Phase::Active).await;
    // What was laid out stays so; what was open in memory is to be opened again.
    let open = |run: &failover::Run| run.is_done(Step::Unseal) && run.is_done(Step::LayOut);
    house.until("mailboxes", |news| news.run.as_ref().is_some_and(open)).await;
    assert_eq!(house.mx(), OURS);
    assert!(house.posture().accepting);
    assert_eq!(house.store().default_region().unsealed_count(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_abort_leaves_the_house_as_it_was_and_comes_too_late_after_the_first_message() {
    let house = House::new().await;
    house.desk().order(order()).await.unwrap();
    house.until_phase(Phase::Active).await;
    house.desk().order(Order::Abort).await.unwrap();
    house.until("the end", |news| news.run.as_ref().is_some_and(|run| run.ended_at.is_some())).await;
    let posture = house.posture();
    assert!(!posture.accepting && !posture.sync_frozen && posture.phase == Phase::Standby);
    assert_eq!(house.mx(), THEIRS);
    house.desk().order(order()).await.unwrap();
    house.until("the second failover", active_again).await;
    house.receive().await;
    let refused = house.desk().order(Order::Abort).await.unwrap_err();
    assert!(refused.error.contains("relais failback start"), "{refused}");
    assert_eq!(house.mx(), OURS);
}

fn active_again(news: &super::super::News) -> bool {
    news.run.as_ref().is_some_and(|run| run.ended_at.is_none() && run.phase == Phase::Active)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clean_point_that_becomes_known_lays_everything_out_anew() {
    let house = House::new().await;
    house.bring_key();
    let unknown = Order::Failover { clean_point: CleanPoint::Unknown, reason: String::new() };
    house.desk().order(unknown).await.unwrap();
    let laid_out = |news: &super::super::News| news.run.as_ref().is_some_and(|run| run.is_done(Step::LayOut));
    house.until("mailboxes", laid_out).await;
    let known = now().plus_s(-3600);
    let future = Order::Failover { clean_point: CleanPoint::At(now().plus_s(60)), reason: String::new() };
    assert!(house.desk().order(future).await.is_err());
    house.desk().order(Order::Failover { clean_point: CleanPoint::At(known), reason: String::new() }).await.unwrap();
    let region = house.store().default_region();
    let anew = tokio::time::timeout(Duration::from_secs(10), async {
        loop {
            let rows = region.mailboxes().await.unwrap();
            let wanted = Some(store::region::CleanPoint::At(known));
            if rows.iter().all(|row| row.laid_out && row.clean_point == wanted) {
                return;
            }
            tokio::task::yield_now().await;
        }
    });
    anew.await.expect("the new clean point was not applied");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_names_what_is_missing_and_says_so_by_its_exit_status() {
    let house = House::new().await;
    let answer = house.desk().check_quietly().await;
    assert_eq!(answer.exit, 0, "{}", answer.text);
    for name in ["certificate", "sign-in", "unlock-key", "last-drill"] {
        assert!(answer.text.contains(name), "{name} is not in {}", answer.text);
    }
    let plan = house.desk().plan_quietly().await;
    assert!(plan.text.contains("- corp.test. 1 MX 10 mx-primary.corp.test."), "{}", plan.text);
    assert!(plan.text.contains("+ corp.test. 1 MX 10 mx-standby.corp.test."), "{}", plan.text);
    assert_eq!(house.mx(), THEIRS);
}
