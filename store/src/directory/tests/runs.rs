//! Runs, approvals and the phase survive a restart, and nobody else writes them.

use super::*;
use crate::StoreError;

fn run(id: &str, kind: RunKind, phase: Phase) -> RunRow {
    RunRow {
        id: id.to_owned(),
        kind,
        phase,
        scope: "all".to_owned(),
        clean_point: Some(NOW.plus_s(-60)),
        steps: "[]".to_owned(),
        says: "Taking over.".to_owned(),
        started_at: NOW,
        ended_at: None,
    }
}

#[tokio::test]
async fn the_phase_is_kept_with_the_run_that_set_it() {
    let house = House::new().await;
    assert_eq!(house.directory.phase().await.unwrap(), Phase::Standby);
    assert_eq!(house.directory.trusted().await.unwrap(), AsOf::Now);
    let mut row = run("r1", RunKind::Failover, Phase::Failover);
    house.directory.save_run(&row).await.unwrap();
    house.directory.save_run(&run("d1", RunKind::Drill, Phase::Active)).await.unwrap();
    let house = house.reopened().await;
    assert_eq!(house.directory.phase().await.unwrap(), Phase::Failover);
    assert_eq!(house.directory.current_run().await.unwrap(), Some(row.clone()));
    assert_eq!(house.directory.trusted().await.unwrap(), AsOf::Before(NOW.plus_s(-60)));

    (row.phase, row.ended_at, row.clean_point) = (Phase::Active, Some(NOW.plus_s(5)), None);
    house.directory.save_run(&row).await.unwrap();
    assert_eq!(house.directory.phase().await.unwrap(), Phase::Active);
    assert_eq!(house.directory.trusted().await.unwrap(), AsOf::Before(NOW));
    assert_eq!(house.directory.run("r1").await.unwrap(), Some(row));
    assert_eq!(house.directory.current_run().await.unwrap().unwrap().id, "d1");
    assert_eq!(house.directory.findings().await.unwrap(), []);
}

#[tokio::test]
async fn a_clean_point_before_the_first_look_means_that_look() {
    let house = House::new().await;
    house.observe(vec![person("anne", &[]), person("bruno", &[])], NOW).await;
    house.observe(vec![person("mallory", &[])], NOW.plus_s(10)).await;
    house.directory.save_run(&run("r1", RunKind::Failover, Phase::Failover)).await.unwrap();
    let trusted = house.directory.trusted().await.unwrap();
    assert!(house.directory.entry(&id("anne"), trusted).await.unwrap().is_some());
    assert!(house.directory.entry(&id("mallory"), trusted).await.unwrap().is_none());
    execute(&mut house.intruder().await, "UPDATE entry SET seen_from = seen_from + 60000 WHERE id = 'anne'").await;
    let trusted = house.directory.trusted().await.unwrap();
    assert!(house.directory.entry(&id("bruno"), trusted).await.unwrap().is_some(), "the others stay known");
    execute(&mut house.intruder().await, "UPDATE entry SET seen_from = seen_from + 60000").await;
    let trusted = house.directory.trusted().await.unwrap();
    assert!(house.directory.entries(trusted).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_phase_that_somebody_changed_is_not_believed() {
    for change in [
        "UPDATE run SET phase = 'standby'",
        "UPDATE run SET clean_point = 0",
        "UPDATE phase SET phase = 'standby'",
        "DELETE FROM phase",
        "DELETE FROM run",
    ] {
        let house = House::new().await;
        house.directory.save_run(&run("r1", RunKind::Failover, Phase::Active)).await.unwrap();
        let mut db = house.intruder().await;
        assert_eq!(execute(&mut db, change).await, 1);
        let trusted = house.directory.trusted().await;
        assert!(matches!(trusted, Err(StoreError::Tampered(_))), "{change}: {trusted:?}");
        assert_ne!(house.directory.findings().await.unwrap(), [], "{change}");
    }
}

#[tokio::test]
async fn an_approval_that_somebody_invented_does_not_count() {
    let house = House::new().await;
    let approval = Approval { run: "r1".to_owned(), approver: "dsi".to_owned(), at: NOW };
    house.directory.approve(approval.clone()).await.unwrap();
    house.directory.approve(Approval { at: NOW.plus_s(1), ..approval.clone() }).await.unwrap();
    assert_eq!(house.directory.approvals("r1").await.unwrap(), [approval]);
    let mut db = house.intruder().await;
    execute(&mut db, "INSERT INTO approval SELECT run, 'maire', approved_at, mac FROM approval").await;
    assert!(matches!(house.directory.approvals("r1").await, Err(StoreError::Tampered(_))));
}
