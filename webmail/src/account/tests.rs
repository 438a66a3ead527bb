//! The account pages through the router.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use axum::http::StatusCode;
use hmac::{Hmac, KeyInit as _, Mac as _};
use identity::{Visitor, app_password, session, totp};
use mail::Timestamp;
use store::directory::{CredentialKind, EntryKind, SessionsOf, Sighting};

use crate::House;
use crate::sign_in::tests::{field, owner};
use crate::testing::{NOW, Test, entry};

/// What a program with this key shows (RFC 6238), reckoned anew.
pub fn shown(seed: &str, now: Timestamp) -> String {
    const SYMBOLS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bits: String =
        seed.chars().filter(|c| *c != ' ').map(|c| format!("{:05b}", SYMBOLS.find(c).unwrap())).collect();
    let seed: Vec<u8> =
        bits.as_bytes().chunks_exact(8).map(|octet| octet.iter().fold(0, |sum, bit| sum << 1 | (bit - b'0'))).collect();
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(&seed).unwrap();
    mac.update(&(now.as_ms() / 30_000).to_be_bytes());
    let tag = mac.finalize().into_bytes();
    let from = usize::from(tag[19] & 15);
    let four: [u8; 4] = tag[from..from + 4].try_into().unwrap();
    format!("{:06}", (u32::from_be_bytes(four) & 0x7fff_ffff) % 1_000_000)
}

/// Gives somebody an authenticator app; its key.
pub async fn add_app(house: &House, id: &str) -> String {
    let keys = house.identity.keys();
    let setup = totp::start(keys, &owner(id), NOW);
    let seed = setup.seed.reveal().to_owned();
    let credential = totp::finish(keys, &owner(id), &setup.ticket, &shown(&seed, NOW), NOW).unwrap();
    house.store.directory().add_credential(credential).await.unwrap();
    seed
}

async fn kinds(test: &Test, kind: CredentialKind) -> usize {
    let all = test.house.store.directory().credentials(&owner("anne"), kind).await.unwrap();
    all.iter().filter(|one| one.is_valid(NOW)).count()
}

#[tokio::test]
async fn an_authenticator_app_is_set_up_and_the_sheet_is_shown_once() {
    let test = Test::new().await;
    let page = test.get("/account/totp").await.text;
    assert!(
        page.contains("<svg class=\"qr\"") && page.contains("otpauth://totp/") && !page.contains("style="),
        "{page}"
    );
    let from = page.find("secret\">").unwrap() + 8;
    let seed = page[from..from + page[from..].find('<').unwrap()].to_owned();
    let ticket = field(&page, "ticket");
    let wrong = test.post("/account/totp", &[("ticket", &ticket), ("code", "000000")]).await;
    assert!(wrong.status == StatusCode::UNPROCESSABLE_ENTITY && wrong.text.contains(&seed), "{}", wrong.text);
    let done = test.post("/account/totp", &[("ticket", &ticket), ("code", &shown(&seed, NOW))]).await;
    assert_eq!(done.text.matches("<li class=\"code\">").count(), 10, "{}", done.text);
    assert_eq!((kinds(&test, CredentialKind::Totp).await, kinds(&test, CredentialKind::Recovery).await), (1, 10));
    let account = test.get("/account").await.text;
    assert!(account.contains("10 codes are left.") && account.contains("authenticator"), "{account}");
}

#[tokio::test]
async fn app_passwords_are_made_shown_once_and_revoked() {
    let test = Test::new().await;
    let made = test.post("/account/apps", &[("label", "Thunderbird <b>🙂")]).await.text;
    assert!(made.contains("Thunderbird &#60;b&#62;🙂"), "{made}");
    let from = made.find("code secret\">").unwrap() + 13;
    let secret = made[from..from + made[from..].find('<').unwrap()].to_owned();
    let (house, peer) = (&test.house, std::net::IpAddr::from([192, 0, 2, 9]));
    let directory = house.store.directory();
    house.identity.sign_in_app(directory, "anne@corp.test", &secret, peer, NOW).await.unwrap();
    let account = test.get("/account").await.text;
    assert!(!account.contains(&secret) && account.contains("last used"), "{account}");
    let id = hex::encode(directory.credentials(&owner("anne"), CredentialKind::AppPassword).await.unwrap()[0].id.0);
    assert_eq!(test.post("/account/apps/revoke", &[("id", &id)]).await.location(), "/account?done=revoked");
    assert!(house.identity.sign_in_app(directory, "anne@corp.test", &secret, peer, NOW).await.is_err());
}

#[tokio::test]
async fn nobody_touches_what_is_anothers() {
    let test = Test::new().await;
    let directory = test.house.store.directory();
    let (_, theirs) = app_password::generate(test.house.identity.keys(), &owner("bruno"), "phone", NOW);
    directory.add_credential(theirs.clone()).await.unwrap();
    let id = hex::encode(theirs.id.0);
    for path in ["/account/apps/revoke", "/account/remove"] {
        test.post(path, &[("id", &id)]).await;
    }
    let left = directory.credentials(&owner("bruno"), CredentialKind::AppPassword).await.unwrap();
    assert!(left[0].is_valid(NOW));
}

#[tokio::test]
async fn sessions_elsewhere_are_listed_and_ended() {
    let mut test = Test::new().await;
    let elsewhere = test.cookie.clone();
    test.sign_in("anne").await;
    let here = test.cookie.clone();
    let page = test.get("/account").await.text;
    assert_eq!(page.matches("name=\"session\" value=\"").count(), 3, "two sessions and all others: {page}");
    test.post("/account/sessions", &[("session", "others")]).await;
    test.cookie = elsewhere;
    assert_eq!(test.get("/account").await.status, StatusCode::SEE_OTHER);
    test.cookie = here;
    assert_eq!(test.get("/account").await.status, StatusCode::OK);
}

#[tokio::test]
async fn who_was_signed_out_is_told_so() {
    let test = Test::new().await;
    let directory = test.house.store.directory();
    directory.end_sessions(SessionsOf::Owner(owner("anne")), NOW).await.unwrap();
    let away = test.get("/account").await;
    assert_eq!(away.location(), "/sign-in?next=/account&why=ended");
    let text = test.get(away.location()).await.text;
    assert!(text.contains("Your session has ended"), "{text}");
}

#[tokio::test]
async fn what_was_typed_in_an_ended_session_is_kept() {
    let mut test = Test::new().await;
    let directory = test.house.store.directory().clone();
    directory.end_sessions(SessionsOf::Owner(owner("anne")), NOW).await.unwrap();
    let kept = test.post("/account/apps", &[("label", "a label that took long to think of")]).await;
    assert_eq!(kept.status, StatusCode::UNAUTHORIZED);
    assert!(
        kept.text.contains("a label that took long to think of") && kept.text.contains("/sign-in"),
        "{}",
        kept.text
    );
    test.sign_in("anne").await;
    let again = test.post_as("/account/apps", &[("label", "a label that took long to think of")], "").await;
    assert!(again.status == StatusCode::CONFLICT && again.text.contains("a label that took long"), "{}", again.text);
    let made = test.post_as("/account/apps", &[("label", "a label")], &field(&again.text, "token")).await;
    assert_eq!(made.status, StatusCode::OK);
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() {
    let mut test = Test::new().await;
    let elsewhere = test.cookie.clone();
    test.sign_in("anne").await;
    let change = |new: &'static str, repeat: &'static str| [("new", new), ("repeat", repeat)];
    assert!(test.post("/account/password", &change("cinq chevaux noirs", "cinq")).await.text.contains("not the same"));
    assert!(test.post("/account/password", &change("cinq", "cinq")).await.text.contains("too short"));
    let done = test.post("/account/password", &change("cinq chevaux noirs", "cinq chevaux noirs")).await;
    assert_eq!(done.location(), "/account?done=password");
    let visitor = Visitor { peer: std::net::IpAddr::from([192, 0, 2, 9]), device: "", now: NOW };
    let directory = test.house.store.directory();
    assert!(test.house.identity.sign_in_password(directory, "anne", "cinq chevaux noirs", visitor).await.is_ok());
    test.cookie = elsewhere;
    assert_eq!(test.get("/account").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn who_sits_there_later_is_asked_for_the_password() {
    let mut test = Test::new().await;
    test.house.clock = || NOW.plus_ms(session::FRESH_MS);
    test.router = crate::staff::router(test.house.clone());
    let page = test.get("/account").await.text;
    assert!(page.contains("to be sure it is you"), "{page}");
    for (path, fields) in [
        ("/account/apps", [("label", "x"), ("password", "falsch")]),
        ("/account/recovery", [("x", "x"), ("password", "falsch")]),
        ("/account/remove", [("id", "x"), ("password", "falsch")]),
    ] {
        let refused = test.post(path, &fields).await;
        assert!(
            refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.text.contains("not your present password"),
            "{path}: {}",
            refused.text
        );
    }
    assert_eq!(kinds(&test, CredentialKind::AppPassword).await, 0);
}

#[tokio::test]
async fn every_page_of_ours_speaks_three_languages() {
    let mut test = Test::new().await;
    let session = test.cookie.clone();
    for (tag, says) in [("fr", "Mon compte"), ("de", "Mein Konto"), ("en", "My account")] {
        test.cookie = format!("{session}; relais-lang={tag}");
        assert!(test.get("/account").await.text.contains(says));
    }
}

#[tokio::test]
async fn who_has_left_is_told_so_in_the_middle_of_a_session() {
    let test = Test::new().await;
    let gone = store::directory::Entry { can_sign_in: false, ..entry("anne", "Anne Müller", EntryKind::Person) };
    let directory = test.house.store.directory();
    directory.observe("csv", vec![Sighting::Present(gone)], None, NOW.plus_s(1)).await.unwrap();
    let page = test.get("/account").await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(page.text.contains("Your access has been closed."), "{}", page.text);
}
