//! From a reason to an order, and back.

use axum::http::StatusCode;
use failover::{CleanPoint, Phase, RunKind, Severity, Step};

use super::room::{Sitting, finding, run};
use crate::Lang;
use crate::console::desk::{Order, Refused, Urgency};

const NAME: &str = "Mairie de Villeneuve";

fn fields<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let all =
        [("reason", "Exchange is \"gone\" <b>é\u{202e}"), ("clean", "unknown"), ("event", "the letter was opened")];
    [all.as_slice(), more].concat()
}

#[tokio::test]
async fn three_forms_lead_to_one_order_under_the_admins_name() {
    let sitting = Sitting::new().await;
    let page = sitting.post("/failover/emergency/findings", &fields(&[])).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        page.text.contains("- corp.test. 300 MX 10 old.test.") && page.text.contains("+ corp.test. 60 MX 10 new.test.")
    );
    assert!(page.text.contains("&#34;gone&#34; &#60;b&#62;é"), "what was typed travels as text: {}", page.text);
    let page = sitting.post("/failover/emergency/confirm", &fields(&[])).await.text;
    assert!(page.contains(&Lang::En.confirm_button(1)) && page.contains(Lang::En.confirm_second()), "{page}");
    let sent = fields(&[("organisation", "  mairie  de VILLENEUVE ")]);
    assert_eq!(sitting.post("/failover/emergency/start", &sent).await.location(), "/run");
    let [(by, run, order)] = &sitting.orders()[..] else { panic!("one order") };
    assert_eq!((by.as_str(), run.as_str()), ("dsi", ""));
    let Order::Failover { urgency, clean_point, despite, .. } = order else { panic!("{order:?}") };
    assert_eq!((*urgency, *clean_point, despite.as_deref()), (Urgency::Emergency, CleanPoint::Unknown, None));
    let log = sitting.house.store.directory().audit_export().await.unwrap();
    assert!(log.iter().any(|entry| entry.actor == "dsi" && entry.detail.contains("the letter was opened")));
}

#[tokio::test]
async fn nothing_is_ordered_before_everything_is_typed() {
    let sitting = Sitting::new().await;
    let wrong = [
        ("/failover/emergency/findings", vec![("reason", ""), ("clean", "unknown")], Lang::En.start_reason_missing()),
        ("/failover/emergency/findings", vec![("reason", "a reason")], Lang::En.clean_choose()),
        ("/failover/emergency/start", fields(&[("organisation", "Another town")]), Lang::En.start_name_wrong()),
        ("/failover/planned/start", vec![("reason", "a reason"), ("organisation", "")], Lang::En.start_name_wrong()),
    ];
    for (path, fields, says) in wrong {
        let page = sitting.post(path, &fields).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        assert!(page.text.contains(says), "{path}: {}", page.text);
        assert!(
            page.text.contains(&format!("value=\"{}\"", fields[0].1))
                || page.text.contains(fields[0].1)
                || path.contains("emergency")
        );
    }
    assert_eq!(sitting.post("/failover/sideways/start", &fields(&[])).await.status, StatusCode::NOT_FOUND);
    assert!(sitting.orders().is_empty());
}

#[tokio::test]
async fn what_blocks_needs_a_written_override() {
    let sitting = Sitting::new().await;
    *sitting.room.findings.lock().unwrap() = vec![finding("dns-write", Severity::Stop)];
    let page = sitting.post("/failover/planned/findings", &[("reason", "moving house")]).await.text;
    assert!(page.contains("name=\"despite\"") && page.contains("name=\"stops\" value=\"1\""), "{page}");
    let bare = [("reason", "moving house"), ("stops", "1")];
    let page = sitting.post("/failover/planned/confirm", &bare).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    let all = [("reason", "moving house"), ("stops", "1"), ("despite", "we change it by hand"), ("organisation", NAME)];
    assert_eq!(sitting.post("/failover/planned/confirm", &all).await.status, StatusCode::OK);
    assert_eq!(sitting.post("/failover/planned/start", &all).await.location(), "/run");
    let orders = sitting.orders();
    let Order::Failover { clean_point, despite, .. } = &orders[0].2 else { panic!("{orders:?}") };
    assert_eq!((*clean_point, despite.as_deref()), (CleanPoint::Everything, Some("we change it by hand")));
}

#[tokio::test]
async fn orders_of_a_run_carry_its_name() {
    let sitting = Sitting::new().await;
    let id = sitting.under_way(run(RunKind::Failover, 1), Phase::Active);
    assert!(sitting.get("/run/fence").await.text.contains(&format!("name=\"run\" value=\"{id}\"")));
    let run = ("run", id.as_str());
    let points: Vec<String> =
        (0..Lang::En.checklist(Step::Fence).len()).map(|number| format!("point{number}")).collect();
    let mut ticked: Vec<(&str, &str)> = points.iter().map(|point| (point.as_str(), "1")).collect();
    ticked.extend([run, ("step", "fence")]);
    let some = [run, ("step", "fence"), ("point0", "1")];
    assert_eq!(sitting.post("/run/confirm", &some).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(sitting.orders().is_empty());
    assert_eq!(sitting.post("/run/confirm", &ticked).await.location(), "/run");
    sitting.post("/run/clean-point", &[run, ("clean", "time"), ("at", "2026-09-20T02:00")]).await;
    sitting.post("/run/abort", &[run]).await;
    let moment = mail::Timestamp::parse_rfc3339("2026-09-20T02:00:00Z").unwrap();
    let wanted = [Order::Confirm(Step::Fence), Order::CleanPoint(CleanPoint::At(moment)), Order::Abort];
    let orders = sitting.orders();
    assert!(orders.iter().all(|(by, run, _)| by == "dsi" && *run == id));
    assert_eq!(orders.into_iter().map(|(.., order)| order).collect::<Vec<_>>(), wanted);
}

#[tokio::test]
async fn only_somebody_else_is_offered_the_second_signature() {
    let mut sitting = Sitting::new().await;
    sitting.under_way(run(RunKind::Failover, 2), Phase::Standby);
    let own = sitting.get("/run").await.text;
    assert!(own.contains(Lang::En.run_you_signed()) && !own.contains("action=\"/run/approve\""), "{own}");
    sitting.sign_in_admin("dgs").await;
    let other = sitting.get("/run").await.text;
    assert!(other.contains("action=\"/run/approve\"") && other.contains("a fire"), "{other}");
}

#[tokio::test]
async fn a_failback_shows_what_goes_back_and_wants_checklist_and_name() {
    let sitting = Sitting::new().await;
    let id = sitting.under_way(run(RunKind::Failover, 1), Phase::Active);
    let page = sitting.get("/failback").await.text;
    assert!(page.contains("anne@corp.test") && page.contains("7 new messages"), "{page}");
    let place = |address: &str| page.find(address);
    assert!(place("bob@corp.test") < place("anne@corp.test") && place("bob@corp.test").is_some(), "{page}");
    assert!(!page.contains("still@corp.test"), "there is nothing to say of them");
    let points: Vec<String> =
        (0..Lang::En.checklist(Step::Checklist).len()).map(|number| format!("point{number}")).collect();
    let mut all: Vec<(&str, &str)> = points.iter().map(|point| (point.as_str(), "1")).collect();
    all.extend([("run", id.as_str()), ("full", "1")]);
    assert_eq!(sitting.post("/failback/start", &all).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let unticked = [("organisation", NAME), ("run", id.as_str())];
    assert_eq!(sitting.post("/failback/start", &unticked).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    all.push(("organisation", NAME));
    assert_eq!(sitting.post("/failback/start", &all).await.location(), "/run");
    assert_eq!(sitting.orders(), [("dsi".to_owned(), id, Order::Failback { full: true })]);
}

#[tokio::test]
async fn a_failback_is_withdrawn_while_it_waits_for_signatures_and_not_after() {
    let sitting = Sitting::new().await;
    let id = sitting.under_way(run(RunKind::Failback, 2), Phase::Active);
    let page = sitting.get("/run").await.text;
    assert!(page.contains("action=\"/failback/withdraw\""), "{page}");
    assert_eq!(sitting.post("/failback/withdraw", &[("run", id.as_str())]).await.location(), "/run");
    assert_eq!(sitting.orders(), [("dsi".to_owned(), id, Order::Withdraw)]);
    sitting.under_way(run(RunKind::Failback, 1), Phase::Failback);
    let page = sitting.get("/run").await.text;
    assert!(!page.contains("/failback/withdraw"), "{page}");
}

#[tokio::test]
async fn an_order_that_is_not_taken_says_why() {
    let sitting = Sitting::new().await;
    let refused = Refused { error: "a failback is under way".to_owned(), hint: "finish it <first>".to_owned() };
    *sitting.room.refuse.lock().unwrap() = Some(refused);
    let page = sitting.post("/failover/planned/start", &[("reason", "moving house"), ("organisation", NAME)]).await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    assert!(page.text.contains("a failback is under way") && page.text.contains("finish it &#60;first&#62;"));
}
