//! Every page in every language, and who may see it.

use axum::http::StatusCode;
use failover::{Phase, Progress, RunKind, Severity, Step};

use super::room::{Sitting, finding, run};
use crate::Lang;
use crate::console::desk::{Now, Steer};
use crate::testing::NOW;

const PAGES: [&str; 21] = [
    "/",
    "/start",
    "/drill",
    "/failover/planned",
    "/failover/emergency",
    "/run",
    "/run/fence",
    "/run/tell",
    "/run/records",
    "/run/abort",
    "/run/clean-point",
    "/runs",
    "/failback",
    "/failback?full=1",
    "/sync",
    "/queue",
    "/keys",
    "/audit",
    "/people",
    "/counter?q=ann",
    "/person/anne",
];

#[tokio::test]
async fn every_page_opens_in_three_languages_in_peace_and_during_a_run() {
    let mut sitting = Sitting::new().await;
    for phase in [Phase::Standby, Phase::Active] {
        if phase == Phase::Active {
            let mut run = run(RunKind::Failover, 1);
            run.set(Step::Fence, Progress::Person { what: "close it".to_owned() });
            run.set(Step::Unseal, Progress::Retrying { tries: 2, at: NOW, why: "<no key>".to_owned() });
            sitting.under_way(run, phase);
        }
        for lang in Lang::ALL {
            sitting.speak(lang.tag());
            for path in PAGES {
                let page = sitting.get(path).await;
                let moved_on = phase == Phase::Active && path.starts_with("/failover/");
                let wanted = if moved_on { StatusCode::SEE_OTHER } else { StatusCode::OK };
                assert_eq!(page.status, wanted, "{path} {lang:?}: {}", page.text);
                if !moved_on {
                    assert!(page.text.contains(&format!("<html lang=\"{}\">", lang.tag())), "{path} {lang:?}");
                    assert_eq!(page.text.matches("<h1>").count(), 1, "{path}");
                    assert!(!page.text.contains("<no key>") && !page.text.contains("<what was seen>"), "{path}");
                }
            }
        }
    }
}

#[tokio::test]
async fn the_first_page_says_what_stands_in_the_way_and_what_to_do() {
    let mut sitting = Sitting::new().await;
    *sitting.room.findings.lock().unwrap() =
        vec![finding("dns-ttl", Severity::Warning), finding("dns-write", Severity::Stop)];
    sitting.speak("fr");
    let page = sitting.get("/").await.text;
    let (stop, warning) = (page.find(Lang::Fr.found_title("dns-write")), page.find(Lang::Fr.found_title("dns-ttl")));
    assert!(stop.unwrap() < warning.unwrap(), "the worst comes first");
    assert!(page.contains(Lang::Fr.found_remedy("dns-write").unwrap()));
    assert!(page.contains("&#60;what was seen&#62;"), "what was seen is text, and named as English");
}

#[tokio::test]
async fn nobody_of_the_staff_and_no_stranger_gets_in() {
    let mut sitting = Sitting::new().await;
    sitting.sign_in("anne").await;
    assert_eq!(sitting.get("/").await.location(), "/sign-in?next=/");
    sitting.cookie = "relais-console=nonsense".to_owned();
    assert_eq!(sitting.get("/people").await.location(), "/sign-in?next=/people&why=ended");
    sitting.post("/run/abort", &[("run", "")]).await;
    assert!(sitting.orders().is_empty());
}

#[tokio::test]
async fn a_form_without_the_token_does_nothing() {
    let sitting = Sitting::new().await;
    let answer = sitting.post_as("/run/abort", &[("run", "x")], "forged").await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(sitting.orders().is_empty());
}

#[tokio::test]
async fn a_look_is_recorded_with_its_date_and_who_looked() {
    let sitting = Sitting::new().await;
    assert_eq!(sitting.post("/drill", &[]).await.location(), "/drill");
    let page = sitting.get("/drill").await.text;
    assert!(page.contains("<td>dsi</td>") && page.contains(Lang::En.console_verdict_word("ready")), "{page}");
    assert!(page.contains(Lang::En.drill_honest()));
}

#[tokio::test]
async fn the_queue_is_steered_by_number() {
    let sitting = Sitting::new().await;
    assert!(sitting.get("/queue").await.text.contains("451 &#60;later&#62;"));
    for (act, id) in [("retry", "5"), ("hold", "5"), ("all", "")] {
        assert_eq!(sitting.post("/queue", &[("act", act), ("id", id)]).await.location(), "/queue");
    }
    assert_eq!(*sitting.room.steered.lock().unwrap(), [Steer::Retry(5), Steer::Hold(5), Steer::RetryAll]);
    assert_eq!(sitting.post("/queue", &[("act", "retry"), ("id", "x")]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_audit_log_is_shown_checked_and_taken_away() {
    let sitting = Sitting::new().await;
    let page = sitting.post("/audit/verify", &[]).await.text;
    assert!(page.contains(&Lang::En.audit_whole(4, "abcd")) && page.contains("entry 3 is gone"), "{page}");
    let taken = sitting.get("/audit/export").await;
    assert!(taken.headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
    let entries: Vec<serde_json::Value> = taken.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(entries[0]["what"], "audit.verified");
    assert_eq!(entries[0]["actor"], "dsi");
}

#[tokio::test]
async fn the_run_page_says_that_a_restart_did_not_end_it() {
    let sitting = Sitting::new().await;
    sitting.under_way(run(RunKind::Failover, 1), Phase::Failover);
    let resumed = |now: &mut Now| now.resumed_at = Some(NOW);
    resumed(&mut sitting.room.now.lock().unwrap());
    let page = sitting.get("/run").await.text;
    assert!(page.contains("was restarted"), "{page}");
    assert!(page.contains("<noscript><meta http-equiv=\"refresh\" content=\"4\"></noscript>"), "{page}");
    let version = sitting.get("/run/live").await.text;
    assert!(page.contains(&format!("data-version=\"{version}\"")));
    sitting.room.now.lock().unwrap().accepted = 1;
    assert_ne!(sitting.get("/run/live").await.text, version);
}

#[tokio::test]
async fn shares_of_the_unlock_key_are_given_under_the_admin_s_name_and_never_shown() {
    let sitting = Sitting::new().await;
    let share = "relais-share-1:main:0123456789abcdef:cGVu:2:3:1:c2VjcmV0:0000";
    let given = sitting.post("/keys", &[("act", "give"), ("share", share)]).await;
    assert_eq!(given.status, StatusCode::SEE_OTHER);
    assert_eq!(*sitting.room.shares.lock().unwrap(), [("dsi".to_owned(), share.to_owned())]);
    let page = sitting.get("/keys").await;
    assert!(page.text.contains("1 of 2 shares") && !page.text.contains("c2VjcmV0"), "{}", page.text);

    let stale = sitting.post_as("/keys", &[("act", "give"), ("share", share)], "stale").await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    assert!(!stale.text.contains("c2VjcmV0"), "a page that keeps a form keeps no secret");
}
