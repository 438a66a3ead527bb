//! The audit log names the first entry that was touched.

use super::*;

async fn logged() -> House {
    let house = House::new().await;
    for n in 1..=5 {
        house.directory.audit(NOW.plus_s(n), "dsi", "failover.start", "{}").await.unwrap();
    }
    house
}

async fn broken_at(change: &'static str) -> i64 {
    let house = logged().await;
    let mut db = house.intruder().await;
    assert!(execute(&mut db, change).await > 0, "{change}");
    // Going on does not mend it.
    house.directory.audit(NOW, "dsi", "failback.start", "{}").await.unwrap();
    match house.directory.audit_verify().await.unwrap() {
        Chain::Broken { seq, .. } => seq,
        Chain::Whole { .. } => panic!("{change} was not noticed"),
    }
}

#[tokio::test]
async fn an_untouched_log_is_whole() {
    let house = logged().await.reopened().await;
    let all = house.directory.audit_export().await.unwrap();
    assert_eq!(all.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    let head = all[4].seal.clone();
    assert_eq!(house.directory.audit_verify().await.unwrap(), Chain::Whole { count: 5, head });
    let empty = House::new().await.directory.audit_verify().await.unwrap();
    assert_eq!(empty, Chain::Whole { count: 0, head: String::new() });
}

#[tokio::test]
async fn the_first_altered_missing_or_moved_entry_is_named() {
    assert_eq!(broken_at("UPDATE audit SET actor = 'maire' WHERE seq = 3").await, 3);
    assert_eq!(broken_at("UPDATE audit SET detail = '{\"a\":1}' WHERE seq = 1").await, 1);
    assert_eq!(broken_at("DELETE FROM audit WHERE seq = 2").await, 2);
    assert_eq!(broken_at("UPDATE audit SET seq = seq + 100 WHERE seq >= 4").await, 4);
}

#[tokio::test]
async fn a_cut_tail_is_noticed() {
    assert_eq!(broken_at("DELETE FROM audit WHERE seq > 3").await, 4);
    let house = logged().await;
    let mut db = house.intruder().await;
    execute(&mut db, "DELETE FROM audit WHERE seq = 5").await;
    assert!(matches!(house.directory.audit_verify().await.unwrap(), Chain::Broken { seq: 5, .. }));
    execute(&mut db, "DELETE FROM audit").await;
    assert!(matches!(house.directory.audit_verify().await.unwrap(), Chain::Broken { seq: 1, .. }));
}

#[tokio::test]
async fn a_forged_head_is_noticed() {
    assert_eq!(broken_at("UPDATE audit_head SET seq = 4").await, 6);
    assert_eq!(broken_at("DELETE FROM audit_head").await, 6);
}
