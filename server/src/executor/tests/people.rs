//! Who orders, who signs, and orders that come twice; records besides the MX.

use failover::{CleanPoint, Phase, Step};

use super::super::order::Order;
use super::house::House;

fn take_over() -> Order {
    Order::Failover { clean_point: CleanPoint::Everything, reason: "exercise".to_owned() }
}

fn sign(by: &str) -> Order {
    Order::Approve { by: by.to_owned(), step: None }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_moves_before_a_second_person_has_signed() {
    let house = House::with("[failover]\napprovals = 2\n").await;
    house.desk().order_for("dsi", "", take_over()).await.unwrap();
    let news = house.until("the wait", |news| news.says.to_string().contains("waits for 1 more approval")).await;
    assert!(!house.posture().accepting && !house.posture().sync_frozen);
    let refused = house.desk().order(sign(" DSI")).await.unwrap_err();
    assert!(refused.error.contains("has signed already"), "{refused}");
    let run = news.run.unwrap();
    house.desk().order_for("maire", &run.id, sign("maire")).await.unwrap();
    let news = house.until_phase(Phase::Active).await;
    let names: Vec<String> = news.run.unwrap().approvals.into_iter().map(|approval| approval.by).collect();
    assert_eq!(names, ["dsi", "maire"]);
    let log = house.store().directory().audit_export().await.unwrap();
    let orders: Vec<&str> =
        log.iter().filter(|entry| entry.what == "order").map(|entry| entry.actor.as_str()).collect();
    assert_eq!(orders, ["dsi", "maire"], "the log says who");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_comes_twice_or_late_is_left_undone() {
    let house = House::new().await;
    house.desk().order_for("dsi", "", take_over()).await.unwrap();
    let first = house.until_phase(Phase::Active).await.run.unwrap();
    let other = Order::Failover { clean_point: CleanPoint::Unknown, reason: "the same form again".to_owned() };
    house.desk().order_for("dsi", "", other).await.unwrap();
    house.desk().order_for("dsi", "failover-of-last-year", Order::Abort).await.unwrap();
    let now = house.until_phase(Phase::Active).await.run.unwrap();
    assert_eq!(
        (now.id, now.clean_point, now.reason),
        (first.id.clone(), CleanPoint::Everything, "exercise".to_owned())
    );
    let later = CleanPoint::At(first.started_at);
    house.desk().order_for("dsi", &first.id, Order::CleanPoint(later)).await.unwrap();
    house.until("the clean point", |news| news.run.as_ref().is_some_and(|run| run.clean_point == later)).await;
}

const ALSO: &str = "also = [\n{ name = \"spf.corp.test\", kind = \"TXT\", after = [\"v=spf1 a:mx-standby.corp.test -all\"] },\n\
                    { name = \"_mta-sts.corp.test\", kind = \"TXT\", after = [\"v=STSv1; id={id}\"], ttl_s = 30 }]\n";

#[tokio::test(flavor = "multi_thread")]
async fn other_records_change_with_the_mx_and_come_back_with_it() {
    let house = House::with(ALSO).await;
    assert_eq!(house.texts("spf.corp.test"), ["\"v=spf1 mx -all\""]);
    house.desk().order(take_over()).await.unwrap();
    house.until("the switch", |news| news.run.as_ref().is_some_and(|run| run.is_done(Step::SwapRecords))).await;
    assert_eq!(house.texts("spf.corp.test"), ["\"v=spf1 a:mx-standby.corp.test -all\""]);
    let [id] = &house.texts("_mta-sts.corp.test")[..] else { panic!("one policy id") };
    let digits = id.trim_matches('"').strip_prefix("v=STSv1; id=").unwrap();
    assert!(digits.len() == 14 && digits.bytes().all(|octet| octet.is_ascii_digit()), "{id}");
    house.desk().order(Order::Abort).await.unwrap();
    house.until("the way back", |news| news.run.as_ref().is_some_and(|run| run.ended_at.is_some())).await;
    assert_eq!(house.texts("spf.corp.test"), ["\"v=spf1 mx -all\""]);
    assert!(house.texts("_mta-sts.corp.test").is_empty());
}
