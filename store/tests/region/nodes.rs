//! Several nodes on one PostgreSQL; on SQLite there is one, and it has everything.

use std::collections::BTreeSet;
use std::time::Duration;

use mail::{FolderRole, Reply, SystemFlags};
use store::region::{Deliver, NewMailbox, Outcome};
use store::{Database, EntryId, Store, StoreError};

use crate::house::{House, START, raw, relay, take};

/// Letters of each of the senders.
const LETTERS: usize = 20;
/// Senders at each node.
const SENDERS: usize = 4;
/// A word from another node takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(10);

/// A second node on the same database, and the folder that it needs for itself. `None` on SQLite.
async fn beside(house: &House) -> Option<(Store, tempfile::TempDir)> {
    let folder = tempfile::tempdir().unwrap();
    let mut config = house.config.clone();
    config.data = folder.path().to_owned();
    config.node = "n2".to_owned();
    if matches!(config.regions[0].database, Database::Folder) {
        return None;
    }
    Some((Store::open(config).await.unwrap(), folder))
}

#[tokio::test]
async fn the_only_node_of_a_folder_has_every_lease() {
    let house = House::new().await;
    if beside(&house).await.is_none() {
        assert!(house.region().lease("sync 1").await.unwrap().is_some());
        assert!(house.region().lease("sync 1").await.unwrap().is_some());
        let again = Store::open(house.config.clone()).await;
        assert!(matches!(again, Err(StoreError::Locked(_))), "two processes on one folder");
    }
}

/// Hands letters over at one node.
async fn send(store: Store, house: &House, name: String, to: Vec<Deliver>) {
    for number in 0..LETTERS {
        let content = store.default_region().new_content_id();
        let mut arrival = house.arrival(content, raw(&format!("{name}-{number}")), 2);
        arrival.deliver.clone_from(&to);
        store.default_region().accept(arrival).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_that_fill_the_same_folders_lose_nothing_and_number_in_order() {
    let house = House::new().await;
    let Some((other, _folder)) = beside(&house).await else { return };
    let second = NewMailbox { owner: EntryId::from("maire"), address: "maire@corp.test".into(), shared: false };
    let second = house.region().provision(&[second], START).await.unwrap()[0];
    assert_eq!(house.region().unseal(&house.unlock, None).await.unwrap(), 2);
    house.clean_point(1).await;
    let inbox = house.role(FolderRole::Inbox).await.id;
    other.default_region().lay_out(second).await.unwrap();
    let deliver = |mailbox| Deliver { mailbox, role: FolderRole::Inbox, flags: SystemFlags::NONE };
    let (there, back) = (vec![deliver(house.mailbox), deliver(second)], vec![deliver(second), deliver(house.mailbox)]);
    let sending = async {
        let at = |store: &Store, name: &str, to: &Vec<Deliver>| {
            let all = (0..SENDERS).map(|sender| send(store.clone(), &house, format!("{name}{sender}"), to.clone()));
            futures_util::future::join_all(all.collect::<Vec<_>>())
        };
        tokio::join!(at(&house.store, "a", &there), at(&other, "b", &back));
    };
    // Whoever has seen UIDNEXT never sees anything appear below it (RFC 9051 §2.3.1.1).
    let reading = async {
        let mut seen = (0, BTreeSet::new());
        loop {
            let messages = other.default_region().messages(house.mailbox, inbox).await.unwrap();
            let uids: BTreeSet<u32> = messages.iter().map(|message| message.uid).collect();
            let late = uids.difference(&seen.1).find(|uid| **uid < seen.0);
            assert_eq!(late, None, "appeared below {}", seen.0);
            let next = uids.last().map_or(1, |last| last + 1);
            seen = (next, uids);
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        () = sending => {}
        () = reading => {}
    }
    let messages = house.region().messages(house.mailbox, inbox).await.unwrap();
    let uids: Vec<u32> = messages.iter().map(|message| message.uid).collect();
    let all = u32::try_from(2 * SENDERS * LETTERS).unwrap();
    assert_eq!(uids, (1..=all).collect::<Vec<_>>());
    let contents: BTreeSet<_> = messages.iter().map(|message| message.content).collect();
    assert_eq!(contents.len(), uids.len(), "each once");
    let modseqs: BTreeSet<u64> = messages.iter().map(|message| message.modseq).collect();
    assert_eq!(modseqs.len(), uids.len(), "each its own mod-sequence");
}

#[tokio::test]
async fn who_idles_at_one_node_hears_of_a_letter_at_the_other() {
    let house = House::new().await;
    let Some((other, _folder)) = beside(&house).await else { return };
    house.clean_point(1).await;
    house.region().lay_out(house.mailbox).await.unwrap();
    let mut bell = other.default_region().changed(house.mailbox);
    // The first ring may tell of the laying out, or of the beginning of listening.
    for body in ["one", "two", "three"] {
        bell.mark_unchanged();
        house.accept(body, 2).await;
        tokio::time::timeout(PATIENCE, bell.changed()).await.expect("no word came").unwrap();
    }
}

#[tokio::test]
async fn what_a_node_does_after_another_took_over_is_refused() {
    let house = House::new().await;
    let Some((other, _folder)) = beside(&house).await else { return };
    let (first, second) = (house.region(), other.default_region());
    let lease = first.lease("sync 1").await.unwrap().unwrap();
    assert!(lease.is_new);
    assert!(!first.lease("sync 1").await.unwrap().unwrap().is_new, "it is ours already");
    assert_eq!(second.lease("sync 1").await.unwrap(), None, "its holder lives");
    let working = first.under(lease);
    working.set_frozen(true).await.unwrap();
    house.store.leave().await.unwrap();
    assert!(second.lease("sync 1").await.unwrap().unwrap().is_new);
    let late = working.set_frozen(false).await.unwrap_err();
    assert!(matches!(&late, StoreError::Fenced(what) if what == "sync 1"), "{late:?}");
    assert!(late.is_transient());
    first.set_frozen(false).await.unwrap();
}

#[tokio::test]
async fn what_a_dead_node_was_sending_is_sent_by_another_and_settled_once() {
    let house = House::new().await;
    let Some((other, _folder)) = beside(&house).await else { return };
    let (first, second) = (house.region(), other.default_region());
    let content = first.new_content_id();
    let mut arrival = house.arrival(content, raw("hors"), 1);
    (arrival.deliver, arrival.relay) = (Vec::new(), vec![relay("ami@partner.test")]);
    first.accept(arrival).await.unwrap();
    let taken = take(first, START.plus_s(2)).await;
    assert_eq!(taken.len(), 1);
    assert!(take(second, START.plus_s(2)).await.is_empty(), "the first is at it");
    // As when it stops living: nobody waits for the end of the lease.
    house.store.leave().await.unwrap();
    let again = take(second, START.plus_s(2)).await;
    assert_eq!(again[0].recipient, taken[0].recipient);
    let reply = Reply::plain(250, "ok");
    first.settle(taken[0].recipient, Outcome::Held).await.unwrap();
    assert!(!second.queue_list().await.unwrap()[0].held, "who comes back late settles nothing");
    second.settle(again[0].recipient, Outcome::Delivered { reply }).await.unwrap();
    assert!(first.queue_list().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_lease_that_is_renewed_stays_and_one_that_is_not_is_taken_over() {
    let house = House::new().await;
    let Some((other, _folder)) = beside(&house).await else { return };
    let (first, second) = (house.region(), other.default_region());
    let mut arrival = house.arrival(first.new_content_id(), raw("long"), 1);
    (arrival.deliver, arrival.relay) = (Vec::new(), vec![relay("ami@partner.test")]);
    first.accept(arrival).await.unwrap();
    let seen = second.due(START.plus_s(2), None, 10).await.unwrap().due;
    let taken = vec![take(first, START.plus_s(2)).await[0].recipient];
    let both = seen.iter().map(|due| due.recipient).collect();
    assert!(second.take_due(both, START.plus_s(2)).await.unwrap().is_empty(), "a look is no lease");
    assert_eq!(first.renew_due(taken.clone(), START.plus_s(290)).await.unwrap(), taken);
    assert!(second.due(START.plus_s(310), None, 10).await.unwrap().due.is_empty());
    assert_eq!(take(second, START.plus_s(600)).await[0].recipient, taken[0]);
    assert!(first.renew_due(taken, START.plus_s(610)).await.unwrap().is_empty(), "it is the other's now");
}
