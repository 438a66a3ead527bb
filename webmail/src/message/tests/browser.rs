//! The payloads in Chromium: a real browser opens every one, on our pages, in their frames, and to be printed.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use mail::FolderRole;
use tokio::net::TcpListener;

use super::{cases, folder, skipped};
use crate::testing::Test;

#[tokio::test(flavor = "multi_thread")]
async fn no_payload_runs_or_asks() {
    let browser = "/usr/bin/chromium";
    if !Path::new(browser).exists() || !folder().join("node_modules/playwright-core").exists() {
        return skipped::skip("no_payload_runs_or_asks", "chromium or playwright-core is not installed");
    }
    let test = Test::new().await;
    let cases = cases();
    for (at, case) in (0..).zip(&cases) {
        test.receive(&case.raw, at).await;
    }
    let inbox = test.folder(FolderRole::Inbox).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let settings = (Arc::clone(&test.house.settings), crate::Limits::default());
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let serving = tokio::spawn(crate::serve(listener, None, test.router.clone(), settings, stopped));
    let plan: Vec<serde_json::Value> = (1..)
        .zip(&cases)
        .map(|(uid, case)| serde_json::json!({ "name": case.name, "words": case.words, "path": format!("/f/{inbox}/m/{uid}"), "raw": case.raw }))
        .collect();
    let plan =
        serde_json::json!({ "origin": format!("http://localhost:{port}"), "cookie": test.cookie, "cases": plan });
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), plan.to_string()).unwrap();
    let plan = file.path().to_owned();
    let drive =
        move || Command::new("node").arg(folder().join("payloads.mjs")).arg(plan).env("CHROMIUM", browser).output();
    let said = tokio::task::spawn_blocking(drive).await.unwrap().unwrap();
    let (out, err) = (String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
    println!("{out}");
    assert!(said.status.success(), "{out}\n{err}");
    stop.send(true).unwrap();
    serving.await.unwrap();
}
