//! The payloads in Chromium: a real browser opens every one, on our pages, in their frames, and to be printed.

use mail::FolderRole;
use serde_json::json;

use super::cases;
use crate::testing::{Test, lacks_browser};

#[tokio::test(flavor = "multi_thread")]
async fn no_payload_runs_or_asks() {
    if lacks_browser("no_payload_runs_or_asks") {
        return;
    }
    let test = Test::new().await;
    let cases = cases();
    for (at, case) in (0..).zip(&cases) {
        test.receive(&case.raw, at).await;
    }
    let inbox = test.folder(FolderRole::Inbox).await;
    let plan: Vec<serde_json::Value> = (1..)
        .zip(&cases)
        .map(|(uid, case)| json!({ "name": case.name, "words": case.words, "path": format!("/f/{inbox}/m/{uid}"), "raw": case.raw }))
        .collect();
    println!("{}", test.driven("payloads.mjs", json!({ "cookie": test.cookie, "cases": plan })).await);
}
