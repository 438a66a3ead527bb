//! Search through the router.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use axum::http::StatusCode;
use mail::FolderRole;

use crate::testing::Test;

fn letter(subject: &str, body: &str) -> String {
    format!(
        "From: Zoé <zoe@partner.test>\nTo: anne@corp.test\nSubject: {subject}\nContent-Type: text/plain; charset=utf-8\n\n{body}\n"
    )
}

async fn house() -> Test {
    let test = Test::new().await;
    test.receive(&letter("Conseil", "Réunion à la Préfecture <script>alert(1)</script> jeudi"), 1).await;
    test.receive(&letter("Budget", "Le conseil municipal vote"), 2).await;
    test
}

#[tokio::test]
async fn what_is_found_stands_out_and_is_escaped() {
    let test = house().await;
    let page = test.get("/search?q=prefecture").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("<mark>Préfecture</mark>"), "{}", page.text);
    assert!(!page.text.contains("<script>alert") && page.text.contains("1 message"), "{}", page.text);
    assert!(page.text.contains("value=\"prefecture\"") && page.text.contains(">Inbox</span>"), "{}", page.text);
    let inbox = test.folder(FolderRole::Inbox).await;
    assert!(page.text.contains(&format!("href=\"/f/{inbox}/m/1\"")), "{}", page.text);
}

#[tokio::test]
async fn newest_come_first_and_filters_hold() {
    let test = house().await;
    let page = test.get("/search?q=conseil").await.text;
    assert!(page.find(">Budget<").unwrap() < page.find("<mark>Conseil</mark>").unwrap(), "{page}");
    let phrase = test.get("/search?q=%22conseil%20municipal%22&from=zoe").await.text;
    assert!(phrase.contains("1 message") && phrase.contains("<mark>conseil</mark> <mark>municipal</mark>"), "{phrase}");
    let trash = test.folder(FolderRole::Trash).await;
    for none in [
        format!("/search?q=conseil&in={trash}"),
        "/search?q=conseil&attachment=1".into(),
        "/search?q=conseil&before=2020-01-01".into(),
        "/search?q=introuvable".into(),
    ] {
        let page = test.get(&none).await;
        assert!(page.status == StatusCode::OK && page.text.contains("Nothing was found."), "{none}: {}", page.text);
    }
}

#[tokio::test]
async fn nothing_asked_explains_itself_and_nonsense_is_no_error() {
    let test = house().await;
    for path in ["/search", "/search?q=", "/search?q=%22&in=x&page=-3&after=hier", "/search?in=&from="] {
        let page = test.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert!(page.text.contains("from:martin"), "{path}");
    }
}

#[tokio::test]
async fn many_results_come_in_pages() {
    let test = Test::new().await;
    for number in 0..60 {
        test.receive(&letter(&format!("Lettre {number}"), "commun"), number).await;
    }
    let first = test.get("/search?q=commun").await.text;
    assert!(first.contains("More than 50 messages") && first.contains("/search?q=commun&#38;page=2"), "{first}");
    let second = test.get("/search?q=commun&page=2").await.text;
    assert!(second.contains("Results 51 to 60") && second.contains("Lettre 0<"), "{second}");
    assert!(second.contains("/search?q=commun\""), "{second}");
}
