//! The door through the router.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use axum::http::{StatusCode, header};
use failover::Phase;
use identity::{activation, password, recovery};
use store::EntryId;
use store::directory::Owner;

use crate::testing::{Answer, NOW, Test};

pub const PASSWORD: &str = "quatre chevaux";

/// Somebody at a browser that nobody has signed in at.
pub struct Visit {
    pub test: Test,
    cookies: Vec<(String, String)>,
}

pub fn owner(id: &str) -> Owner {
    Owner::Entry(EntryId::from(id))
}

/// The value of the field of this name on a page.
pub fn field(page: &str, name: &str) -> String {
    let from = page.find(&format!("name=\"{name}\" value=\"")).unwrap_or_else(|| panic!("no {name}: {page}"));
    let rest = &page[from..];
    let rest = &rest[rest.find("value=\"").unwrap() + 7..];
    rest[..rest.find('"').unwrap()].to_owned()
}

impl Visit {
    pub async fn new() -> Self {
        let mut test = Test::new().await;
        (test.cookie, test.token) = (String::new(), String::new());
        Self { test, cookies: Vec::new() }
    }

    pub async fn with_password(id: &str) -> Self {
        let visit = Self::new().await;
        let credential = password::credential(visit.test.house.identity.keys(), &owner(id), PASSWORD, NOW).unwrap();
        visit.test.house.store.directory().add_credential(credential).await.unwrap();
        visit
    }

    fn keep(&mut self, answer: &Answer) {
        for line in answer.headers.get_all(header::SET_COOKIE) {
            let pair = line.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.retain(|(known, _)| known != name);
            if !value.is_empty() {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        let all: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        self.test.cookie = all.join("; ");
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        let answer = self.test.get(path).await;
        self.keep(&answer);
        answer
    }

    /// Fills in the form of `page`, whose token is taken from there.
    pub async fn send(&mut self, page: &str, action: &str, fields: &[(&str, &str)]) -> Answer {
        let token = field(page, "token");
        let answer = self.test.post_as(action, fields, &token).await;
        self.keep(&answer);
        answer
    }

    pub async fn sign_in(&mut self, name: &str, password: &str, more: &[(&str, &str)]) -> Answer {
        let page = self.get("/sign-in").await.text;
        let fields = [&[("name", name), ("password", password)], more].concat();
        self.send(&page, "/sign-in", &fields).await
    }

    pub fn has_cookie(&self, name: &str) -> bool {
        self.cookies.iter().any(|(known, _)| known == name)
    }
}

fn set_cookies(answer: &Answer) -> String {
    let all = answer.headers.get_all(header::SET_COOKIE).iter().map(|line| line.to_str().unwrap());
    all.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn a_password_leads_to_where_one_wanted_to_go() {
    let mut visit = Visit::with_password("anne").await;
    let away = visit.get("/f/1?page=2").await;
    assert_eq!(away.location(), "/sign-in?next=/f/1%3Fpage%3D2");
    let page = visit.get(away.location()).await.text;
    let next = field(&page, "next");
    assert_eq!(next, "/f/1?page=2");
    let entered = visit.sign_in("anne@corp.test", PASSWORD, &[("next", &next)]).await;
    assert_eq!((entered.status, entered.location()), (StatusCode::SEE_OTHER, "/f/1?page=2"));
    let cookies = set_cookies(&entered);
    assert!(cookies.contains("HttpOnly") && cookies.contains("SameSite=Lax") && cookies.contains("relais-device="));
    assert_eq!(visit.get("/account").await.status, StatusCode::OK);
}

#[tokio::test]
async fn nobody_is_sent_to_another_site() {
    let mut visit = Visit::with_password("anne").await;
    for next in ["//evil.example", "https://evil.example/", "/\\evil.example", "/\t/evil.example"] {
        let entered = visit.sign_in("anne", PASSWORD, &[("next", next)]).await;
        assert_eq!(entered.location(), "/", "{next}");
    }
    let page = visit.get("/sign-in?next=//evil.example").await.text;
    assert_eq!(field(&page, "next"), "/");
}

#[tokio::test]
async fn strangers_never_learn_whether_a_name_exists() {
    let mut visit = Visit::with_password("anne").await;
    let mut said = Vec::new();
    for name in ["anne", "bruno", "nobody", "Zoé <script>", "\"'🙂\u{202e}"] {
        let refused = visit.sign_in(name, "falsch", &[]).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
        assert!(!refused.text.contains("Zoé <script>"));
        let from = refused.text.find("role=\"alert\"").unwrap();
        said.push(refused.text[from..from + 200].to_owned());
    }
    assert!(said.windows(2).all(|pair| pair[0] == pair[1]), "{said:?}");
}

#[tokio::test]
async fn too_many_tries_wait_and_say_how_long() {
    let mut visit = Visit::with_password("anne").await;
    for _ in 0..8 {
        visit.sign_in("anne", "falsch", &[]).await;
    }
    let later = visit.sign_in("anne", PASSWORD, &[]).await;
    assert_eq!(later.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(later.text.contains("Too many tries") && later.headers.contains_key(header::RETRY_AFTER), "{}", later.text);
    assert!(later.text.contains("value=\"anne\"") && !later.text.contains(PASSWORD));
}

#[tokio::test]
async fn a_form_without_the_doors_token_lets_nobody_in() {
    let mut visit = Visit::with_password("anne").await;
    let page = visit.get("/sign-in").await.text;
    let fields = [("name", "anne"), ("password", PASSWORD)];
    let stale = visit.test.post_as("/sign-in", &fields, "forged").await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    assert!(stale.text.contains("value=\"anne\"") && stale.text.contains("type your password again"));
    visit.test.cookie = String::new();
    let without = visit.test.post_as("/sign-in", &fields, &field(&page, "token")).await;
    assert_eq!(without.status, StatusCode::CONFLICT);
    assert!(!set_cookies(&without).contains("relais="));
}

#[tokio::test]
async fn at_a_shared_computer_nothing_stays_behind() {
    let mut visit = Visit::with_password("anne").await;
    let entered = visit.sign_in("anne", PASSWORD, &[("shared", "1")]).await;
    let cookies = set_cookies(&entered);
    let session = cookies.lines().find(|line| line.starts_with("relais=")).unwrap();
    assert!(!session.contains("Max-Age") && !session.contains("Expires"), "{session}");
    assert!(!visit.has_cookie("relais-device"));
    let page = visit.get("/account").await;
    assert!(page.text.contains("shared computer") && page.text.contains("data-idle=\"600\""), "{}", page.text);
    assert_eq!(page.headers[header::CACHE_CONTROL], "no-store");
    let left = visit.send(&page.text, "/sign-out", &[]).await;
    assert_eq!(left.location(), "/sign-in?why=out");
    assert!(left.headers["clear-site-data"].to_str().unwrap().contains("\"cache\""));
    assert_eq!(visit.get("/account").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn standing_by_enrolment_is_offered_and_why() {
    let mut visit = Visit::with_password("anne").await;
    *visit.test.stand.phase.lock().unwrap() = Phase::Standby;
    let page = visit.get("/sign-in").await.text;
    assert!(page.contains("Your usual mail system is working"), "{page}");
    let entered = visit.sign_in("anne", PASSWORD, &[("next", "/f/1")]).await;
    assert_eq!(entered.location(), "/account");
    let account = visit.get("/account").await;
    assert!(account.status == StatusCode::OK && account.text.contains("kept for the day"), "{}", account.text);
}

#[tokio::test]
async fn a_code_on_paper_becomes_a_password_once() {
    let mut visit = Visit::new().await;
    let house = visit.test.house.clone();
    let (code, credential) = activation::generate(house.identity.keys(), &owner("bruno"), NOW);
    house.store.directory().add_credential(credential).await.unwrap();
    let page = visit.get("/welcome").await.text;
    let typed = |code: &str, password: &str, repeat: &str| {
        [("name", "bruno"), ("code", code), ("password", password), ("repeat", repeat)]
            .map(|(name, value)| (name, value.to_owned()))
    };
    for (fields, says) in [
        (typed(code.reveal(), PASSWORD, "other"), "not the same"),
        (typed(code.reveal(), "short", "short"), "too short"),
        (typed("aaaa-bbbb-cccc", PASSWORD, PASSWORD), "code is wrong"),
    ] {
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let refused = visit.send(&page, "/welcome", &fields).await;
        assert!(refused.text.contains(says) && refused.text.contains("value=\"bruno\""), "{says}: {}", refused.text);
    }
    let good = typed(code.reveal(), PASSWORD, PASSWORD);
    let good: Vec<_> = good.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let entered = visit.send(&page, "/welcome", &good).await;
    assert_eq!(entered.location(), "/account/second");
    assert_eq!(visit.get("/account/second").await.status, StatusCode::OK);
    let page = visit.get("/welcome").await.text;
    let used = visit.send(&page, "/welcome", &good).await;
    assert!(used.status == StatusCode::CONFLICT && used.text.contains("used already"), "{}", used.text);
    assert_eq!(visit.sign_in("bruno", PASSWORD, &[]).await.location(), "/");
}

#[tokio::test]
async fn a_second_factor_is_asked_for_and_a_recovery_code_stands_in() {
    let mut visit = Visit::with_password("anne").await;
    let house = visit.test.house.clone();
    crate::account::tests::add_app(&house, "anne").await;
    let (keys, directory) = (house.identity.keys(), house.store.directory());
    let sheet = recovery::renew(keys, directory, &owner("anne"), NOW).await.unwrap();
    let half = visit.sign_in("anne", PASSWORD, &[("next", "/search?q=x")]).await;
    assert!(half.status == StatusCode::OK && half.text.contains("authenticator app"), "{}", half.text);
    assert!(!visit.has_cookie("relais"));
    let ticket = field(&half.text, "half");
    let wrong = visit.send(&half.text, "/sign-in/code", &[("half", &ticket), ("code", "aaaa-bbbb-cccc")]).await;
    assert!(wrong.status == StatusCode::UNAUTHORIZED && wrong.text.contains("This code is wrong"), "{}", wrong.text);
    let forged = visit.send(&half.text, "/sign-in/code", &[("half", "forged"), ("code", sheet[0].reveal())]).await;
    assert_eq!(forged.location(), "/sign-in");
    let entered = visit.send(&wrong.text, "/sign-in/code", &[("half", &ticket), ("code", sheet[0].reveal())]).await;
    assert_eq!(entered.location(), "/search?q=x");
    assert_eq!(visit.get("/account").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_passkey_is_asked_for_and_rubbish_is_refused() {
    let mut visit = Visit::new().await;
    let page = visit.get("/sign-in").await.text;
    assert!(page.contains("data-passkey=\"/sign-in/passkey/start\""));
    let asked = visit.send(&page, "/sign-in/passkey/start", &[]).await;
    assert_eq!(asked.headers[header::CONTENT_TYPE], "application/json");
    let asked: serde_json::Value = serde_json::from_str(&asked.text).unwrap();
    assert_eq!(asked["options"]["rpId"], "localhost");
    let ticket = asked["ticket"].as_str().unwrap();
    for answer in ["", "{}", "[1]"] {
        let refused = visit.send(&page, "/sign-in/passkey", &[("ticket", ticket), ("answer", answer)]).await;
        assert!(
            refused.status == StatusCode::UNAUTHORIZED && refused.text.contains("did not work"),
            "{}",
            refused.text
        );
    }
    let stale = visit.test.post_as("/sign-in/passkey/start", &[], "forged").await;
    assert!(stale.status.is_client_error());
}

#[tokio::test]
async fn the_language_is_chosen_and_kept() {
    let mut visit = Visit::new().await;
    let page = visit.get("/sign-in").await.text;
    let chosen = visit.send(&page, "/language", &[("lang", "de"), ("next", "/sign-in")]).await;
    assert_eq!(chosen.location(), "/sign-in");
    assert!(visit.get("/sign-in").await.text.contains("<html lang=\"de\">"));
    let other = visit.send(&page, "/language", &[("lang", "xx"), ("next", "//evil.example")]).await;
    assert_eq!(other.location(), "/");
}
