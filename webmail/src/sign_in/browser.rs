//! In Chromium, by a clock of our own: a code on paper that was kept for too long.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use identity::activation;
use serde_json::json;
use store::EntryId;
use store::directory::Owner;

use crate::Lang;
use crate::testing::{NOW, Test, lacks_browser};

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_code_is_said_in_everybodys_language() {
    if lacks_browser("an_expired_code_is_said_in_everybodys_language") {
        return;
    }
    let test = Test::new().await;
    let (keys, owner) = (test.house.identity.keys(), Owner::Entry(EntryId::from("bruno")));
    let made_at = NOW.plus_ms(-activation::GOOD_FOR_MS - 1);
    let (code, credential) = activation::generate(keys, &owner, made_at);
    test.house.store.directory().add_credential(credential).await.unwrap();
    let said: Vec<_> =
        Lang::ALL.iter().map(|lang| json!({ "lang": lang.tag(), "says": lang.welcome_expired() })).collect();
    println!("{}", test.driven("expired.mjs", json!({ "name": "bruno", "code": code.reveal(), "said": said })).await);
}
