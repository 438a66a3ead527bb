//! A second factor by rule, through the routers of the webmail and of the console.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::net::IpAddr;

use axum::http::StatusCode;
use identity::{SecondFactor, app_password};
use store::directory::CredentialKind;

use super::tests::{add_app, shown};
use crate::sign_in::tests::{PASSWORD, Visit, field, owner};
use crate::testing::{NOW, Test};

const CLOSED: &[&str] = &["/", "/account", "/f/1", "/search?q=x", "/compose", "/contacts", "/drafts"];

/// `anne`, who has nothing but a password, where everybody has to have more.
async fn led() -> Visit {
    let mut visit = Visit::with_password("anne").await;
    visit.test.demand_second(SecondFactor::Everybody);
    let entered = visit.sign_in("anne@corp.test", PASSWORD, &[("next", "/search?q=x")]).await;
    assert_eq!((entered.status, entered.location()), (StatusCode::SEE_OTHER, "/account/second"));
    visit
}

fn between<'a>(page: &'a str, before: &str) -> &'a str {
    page.split(before).nth(1).unwrap_or_else(|| panic!("no {before}: {page}")).split('<').next().unwrap()
}

#[tokio::test]
async fn whoever_has_none_sets_one_up_and_gets_nowhere_else() {
    let mut visit = led().await;
    for path in CLOSED {
        let away = visit.get(path).await;
        assert_eq!((away.status, away.location()), (StatusCode::SEE_OTHER, "/account/second"), "{path}");
    }
    let page = visit.get("/account/second").await.text;
    assert!(page.contains("asks for a second proof") && !page.contains("Later"), "{page}");
    let refused = visit.send(&page, "/account/apps", &[("label", "Thunderbird")]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let directory = visit.test.house.store.directory().clone();
    assert!(directory.credentials(&owner("anne"), CredentialKind::AppPassword).await.unwrap().is_empty());
    let page = visit.get("/account/totp").await.text;
    let (ticket, code) = (field(&page, "ticket"), shown(between(&page, "secret\">"), NOW));
    let sheet = visit.send(&page, "/account/totp", &[("ticket", &ticket), ("code", &code)]).await.text;
    assert_eq!(sheet.matches("<li class=\"code\">").count(), 10, "{sheet}");
    let account = visit.get("/account").await;
    assert_eq!(account.status, StatusCode::OK);
    assert!(!account.text.contains(between(&sheet, "<li class=\"code\">")), "the sheet is shown once");
    assert_eq!(visit.get("/").await.location(), "/f/1", "the mailbox is open");
}

#[tokio::test]
async fn the_rule_is_told_in_the_readers_language() {
    let mut visit = led().await;
    for (lang, words) in [("fr", "demande une seconde preuve"), ("de", "einen zweiten Nachweis")] {
        let door = visit.get("/sign-in").await.text;
        visit.send(&door, "/language", &[("lang", lang), ("next", "/")]).await;
        let page = visit.get("/account/second").await.text;
        assert!(page.contains(words) && page.contains(&format!("lang=\"{lang}\"")), "{page}");
    }
}

#[tokio::test]
async fn mail_programs_come_in_as_before() {
    let visit = led().await;
    let house = &visit.test.house;
    let (secret, credential) = app_password::generate(house.identity.keys(), &owner("anne"), "phone", NOW);
    let directory = house.store.directory();
    directory.add_credential(credential).await.unwrap();
    let peer = IpAddr::from([192, 0, 2, 9]);
    house.identity.sign_in_app(directory, "anne@corp.test", secret.reveal(), peer, NOW).await.unwrap();
}

#[tokio::test]
async fn what_was_typed_when_the_rule_came_is_kept() {
    let mut test = Test::new().await;
    let draft = test.get("/compose").await.location().to_owned();
    test.demand_second(SecondFactor::Everybody);
    let letter = "Everything that was written before the rule came.";
    let fields = [("subject", "before"), ("text", letter)];
    let kept = test.post(&format!("{draft}/save"), &fields).await;
    assert!(kept.status == StatusCode::FORBIDDEN && kept.text.contains(letter), "{}", kept.text);
    assert!(kept.text.contains("href=\"/account/second\""), "{}", kept.text);
    assert_eq!(field(&kept.text, "token"), test.token);
    add_app(&test.house, "anne").await;
    let taken = test.post(&format!("{draft}/save"), &fields).await;
    assert!(taken.status.is_success() || taken.status.is_redirection(), "{}", taken.text);
}

#[tokio::test]
async fn who_takes_the_last_one_away_meets_the_rule_again() {
    let mut test = Test::new().await;
    add_app(&test.house, "anne").await;
    test.demand_second(SecondFactor::Everybody);
    let account = test.get("/account").await;
    assert_eq!(account.status, StatusCode::OK);
    let all = test.house.store.directory().credentials(&owner("anne"), CredentialKind::Totp).await.unwrap();
    let id = hex::encode(all[0].id.0);
    assert_eq!(test.post("/account/remove", &[("id", &id)]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(test.get("/account").await.location(), "/account/second");
    let failed = test.post("/account/passkey", &[("ticket", "x"), ("answer", "{}")]).await;
    assert_eq!(failed.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(failed.text.contains("asks for a second proof") && !failed.text.contains("192.0.2.1"), "{}", failed.text);
}

#[tokio::test]
async fn a_rule_for_admins_asks_nothing_of_staff() {
    let mut test = Test::new().await;
    test.demand_second(SecondFactor::default());
    assert_eq!(test.get("/account").await.status, StatusCode::OK);
}
