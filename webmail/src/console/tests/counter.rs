//! One person at a counter, and what an admin can do for somebody.

use axum::http::StatusCode;
use identity::activation::{self, Found};
use store::EntryId;
use store::directory::Owner;

use super::room::Sitting;
use crate::Lang;
use crate::testing::NOW;

fn code(page: &str) -> String {
    let from = page.split("class=\"code secret\">").nth(1).expect(page);
    from.split('<').next().unwrap().to_owned()
}

async fn found(sitting: &Sitting, id: &str, code: &str) -> Found {
    let owner = Owner::Entry(EntryId::from(id));
    let (keys, directory) = (sitting.house.identity.keys(), sitting.house.store.directory());
    activation::find(keys, directory, &owner, code, NOW).await.unwrap()
}

#[tokio::test]
async fn a_name_and_one_press_print_a_slip_once() {
    let sitting = Sitting::new().await;
    let search = sitting.get("/counter?q=bru").await.text;
    assert!(search.contains("action=\"/person/bruno/slip\"") && !search.contains("/person/anne/slip"), "{search}");
    let form = [("once", "form-1"), ("from", "counter")];
    let first = sitting.post("/person/bruno/slip", &form).await.text;
    assert!(first.contains("https://secours.test/welcome") && first.contains("bruno@corp.test"), "{first}");
    let again = sitting.post("/person/bruno/slip", &form).await.text;
    assert_eq!(code(&first), code(&again), "a second press makes no second code");
    let later = sitting.post("/person/bruno/slip", &[("once", "form-2")]).await.text;
    assert_ne!(code(&first), code(&later));
    assert_eq!(found(&sitting, "bruno", &code(&first)).await, Found::Used, "an earlier code ends");
    assert!(matches!(found(&sitting, "bruno", &code(&later)).await, Found::Good(_)));
    let log = sitting.house.store.directory().audit_export().await.unwrap();
    let invited = log.iter().filter(|entry| entry.what == "people.invite" && entry.actor == "dsi").count();
    assert_eq!(invited, 2);
    assert!(log.iter().all(|entry| !entry.detail.contains(&code(&later))), "a code stands in no log");
}

#[tokio::test]
async fn an_admin_without_a_second_factor_orders_nothing() {
    let mut sitting = Sitting::new().await;
    sitting.demand_second(identity::SecondFactor::default());
    for path in ["/", "/people", "/run/live", "/audit/export", "/account"] {
        assert_eq!(sitting.get(path).await.location(), "/account/second", "{path}");
    }
    let kept = sitting.post("/person/bruno/slip", &[("once", "form-1")]).await;
    assert!(kept.status == StatusCode::FORBIDDEN && !kept.text.contains("class=\"code secret\""), "{}", kept.text);
    let share = "a share that must not be shown, nor given before its time";
    let kept = sitting.post("/keys", &[("share", share)]).await;
    assert!(kept.status == StatusCode::FORBIDDEN && !kept.text.contains(share), "{}", kept.text);
    assert!(sitting.room.shares.lock().unwrap().is_empty() && sitting.room.orders.lock().unwrap().is_empty());
    let page = sitting.get("/account/totp").await;
    assert_eq!(page.status, StatusCode::OK);
}

#[tokio::test]
async fn several_slips_are_printed_at_once() {
    let sitting = Sitting::new().await;
    let list = sitting.get("/people?cannot=1").await.text;
    assert!(list.contains("/person/anne") && list.contains("/person/chloe"), "{list}");
    let page = sitting.post("/people/slips", &[("once", "x"), ("id", "anne"), ("id", "chloe")]).await.text;
    assert_eq!(page.matches("<article class=\"slip\"").count(), 2);
    let list = sitting.get("/people?cannot=1").await.text;
    assert!(!list.contains("/person/anne") && list.contains("/person/bruno"), "{list}");
    let none = sitting.post("/people/slips", &[("once", "y"), ("id", "nobody")]).await;
    assert_eq!(none.status, axum::http::StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn somebodys_sessions_are_ended() {
    let mut sitting = Sitting::new().await;
    let owner = Owner::Entry(EntryId::from("anne"));
    let open = |sitting: &Sitting| {
        let (directory, owner) = (sitting.house.store.directory().clone(), owner.clone());
        async move { directory.sessions(&owner, NOW).await.unwrap().len() }
    };
    assert_eq!(open(&sitting).await, 1);
    sitting.speak("de");
    assert!(sitting.get("/person/anne").await.text.contains(Lang::De.person_end_sessions()));
    let done = sitting.post("/person/anne/sessions", &[]).await;
    assert_eq!(done.location(), "/person/anne?done=sessions");
    assert_eq!(open(&sitting).await, 0);
    assert!(sitting.get(done.location()).await.text.contains(Lang::De.person_sessions_ended()));
}
