//! Lists through the router.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use axum::http::StatusCode;
use mail::FolderRole;

use crate::testing::Test;

fn letter(number: u32) -> String {
    format!(
        "From: \"Zoé <script>\" <zoe@partner.test>\nTo: anne@corp.test\nSubject: Lettre {number} & <b>co</b>\n\nBonjour {number}\n"
    )
}

#[tokio::test]
async fn the_inbox_shows_newest_first_and_escapes() {
    let test = Test::new().await;
    for number in 0..60 {
        test.receive(&letter(number), i64::from(number)).await;
    }
    let home = test.get("/").await;
    let inbox = test.folder(FolderRole::Inbox).await;
    assert_eq!((home.status, home.location()), (StatusCode::SEE_OTHER, format!("/f/{inbox}").as_str()));
    let page = test.get(home.location()).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!page.text.contains("<script>\"") && !page.text.contains("<b>co"), "{}", page.text);
    let newest = page.text.find("Lettre 59").unwrap();
    assert!(newest < page.text.find("Lettre 58").unwrap());
    assert!(page.text.contains("1 to 50 of 60"), "{}", page.text);
    let older = test.get(&format!("/f/{inbox}?page=2")).await;
    assert!(older.text.contains("Lettre 0 ") && older.text.contains("51 to 60 of 60"), "{}", older.text);
    let policy = page.headers.get("content-security-policy").unwrap().to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
}

#[tokio::test]
async fn ticked_messages_are_marked_moved_and_deleted() {
    let test = Test::new().await;
    test.receive(&letter(1), 1).await;
    let inbox = test.folder(FolderRole::Inbox).await;
    let act = format!("/f/{inbox}/act");
    let read = test.post(&act, &[("act", "read"), ("uid", "1"), ("back", &format!("/f/{inbox}?unread=1"))]).await;
    assert_eq!(read.location(), format!("/f/{inbox}?unread=1&done=marked"));
    assert!(test.get(&format!("/f/{inbox}?unread=1")).await.text.contains("There is no message here."));
    let gone = test.post(&act, &[("act", "delete"), ("uid", "1"), ("back", "https://evil.example/")]).await;
    assert!(gone.location().starts_with(&format!("/f/{inbox}?done=")), "{}", gone.location());
    let after = test.get(gone.location()).await;
    assert!(after.text.contains("There is no message here.") && after.text.contains("Undo"), "{}", after.text);
    let trash = test.folder(FolderRole::Trash).await;
    let back =
        test.post(&format!("/f/{trash}/act"), &[("act", "move"), ("uid", "1"), ("to", &inbox.to_string())]).await;
    assert_eq!(back.status, StatusCode::SEE_OTHER);
    assert!(test.get(&format!("/f/{inbox}")).await.text.contains("Lettre 1"));
    let none = test.post(&act, &[("act", "read")]).await;
    assert!(none.location().ends_with("done=none"));
}

#[tokio::test]
async fn deleting_for_ever_is_asked_for() {
    let test = Test::new().await;
    test.receive(&letter(1), 1).await;
    let (inbox, trash) = (test.folder(FolderRole::Inbox).await, test.folder(FolderRole::Trash).await);
    test.post(&format!("/f/{inbox}/act"), &[("act", "delete"), ("uid", "1")]).await;
    let asks = test.post(&format!("/f/{trash}/act"), &[("act", "delete"), ("uid", "1")]).await;
    assert!(asks.status == StatusCode::OK && asks.text.contains("Delete this message for ever?"), "{}", asks.text);
    assert!(test.get(&format!("/f/{trash}")).await.text.contains("Lettre 1"));
    test.post(&format!("/f/{trash}/act"), &[("act", "expunge"), ("uid", "1")]).await;
    assert!(!test.get(&format!("/f/{trash}")).await.text.contains("Lettre 1"));
}

#[tokio::test]
async fn a_form_that_cannot_be_taken_keeps_what_was_typed() {
    let mut test = Test::new().await;
    let typed = [("name", "Dossier avec un très long nom 'à' garder <b>")];
    let stale = test.post_as("/folders", &typed, "wrong").await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    assert!(stale.text.contains("garder &#60;b&#62;") && stale.text.contains(&test.token), "{}", stale.text);
    let token = test.token.clone();
    test.cookie = String::new();
    let out = test.post_as("/folders", &typed, &token).await;
    assert_eq!(out.status, StatusCode::UNAUTHORIZED);
    assert!(out.text.contains("garder &#60;b&#62;") && out.text.contains("/sign-in"), "{}", out.text);
    let page = test.get("/f/1?page=2").await;
    assert_eq!(page.location(), "/sign-in?next=/f/1%3Fpage%3D2");
}

#[tokio::test]
async fn nobody_looks_into_another_ones_folder() {
    let test = Test::new().await;
    let page = test.get("/f/999999").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(page.text.contains("There is nothing at this address"), "{}", page.text);
    assert_eq!(test.get("/no/such/page").await.status, StatusCode::NOT_FOUND);
}
