//! Film, clean point, view, reception and queue as their users see them.

use mail::{Enhanced, Failed, Flags, FolderRole, Reply, SystemFlags};
use store::StoreError;
use store::region::{CleanPoint, Cursor, FlagChange, Outcome};

use crate::house::{House, START, flagged, folder, gone, message, raw, relay, take};

#[tokio::test]
async fn a_view_is_what_the_primary_was_at_the_clean_point() {
    let house = House::new().await;
    house
        .see(vec![
            folder("INBOX", 0),
            folder("Dossiers/Voirie", 0),
            message("INBOX", 1, "ancien", 1),
            message("INBOX", 2, "efface-par-attaquant", 2),
            message("INBOX", 3, "efface-avant", 3),
            message("Dossiers/Voirie", 1, "voirie", 4),
            flagged("INBOX", 1, &["\\Seen", "$Important"], 5),
            gone("INBOX", 3, 6),
        ])
        .await;
    house
        .see(vec![
            gone("INBOX", 2, 20),
            message("INBOX", 4, "virement", -100_000 + 100_020),
            flagged("INBOX", 1, &["\\Deleted"], 21),
            folder("Piege", 22),
        ])
        .await;
    house.clean_point(10).await;
    house.region().lay_out(house.mailbox).await.unwrap();
    house.unseal().await;
    assert_eq!(house.bodies("INBOX").await, ["ancien", "efface-par-attaquant"]);
    assert_eq!(house.bodies("Dossiers/Voirie").await, ["voirie"]);
    assert_eq!(house.bodies("Unverified").await, ["virement"]);
    let first = house.messages("INBOX").await[0].clone();
    assert_eq!(first.flags, Flags::from_names(["\\Seen", "$Important"]));
    assert_eq!(first.received_at, START.plus_s(1 - 1000));
    assert!(house.folders().await.iter().all(|folder| folder.name != "Piege"));
}

#[tokio::test]
async fn mail_is_accepted_while_everything_is_sealed_and_read_after() {
    let house = House::new().await;
    house.accept("avant la vue", 1).await;
    house.clean_point(2).await;
    house.region().lay_out(house.mailbox).await.unwrap();
    let content = house.accept("pendant", 3).await;
    assert!(matches!(house.region().raw(house.mailbox, content).await, Err(StoreError::Sealed(_))));
    house.unseal().await;
    assert_eq!(house.bodies("INBOX").await, ["avant la vue", "pendant"]);
    let summaries = house.region().summaries(house.mailbox, &[content]).await.unwrap();
    assert_eq!(summaries.len(), 1);
}

#[tokio::test]
async fn a_later_clean_point_lays_out_anew_and_keeps_what_staff_did() {
    let house = House::new().await;
    house.see(vec![folder("INBOX", 0), message("INBOX", 1, "un", 1), message("INBOX", 2, "deux", 2)]).await;
    house.see(vec![message("INBOX", 3, "trois", 20)]).await;
    house.clean_point(10).await;
    house.unseal().await;
    let own = house.accept("recu", 30).await;
    let inbox = house.named("INBOX").await;
    let (region, mailbox) = (house.region(), house.mailbox);
    let archive = region.create_folder(mailbox, "Rangé").await.unwrap();
    region.move_messages(mailbox, inbox.id, &[1], archive).await.unwrap();
    let seen = FlagChange::Add(Flags::from(SystemFlags::SEEN));
    region.set_flags(mailbox, inbox.id, &[2], seen, None).await.unwrap();
    assert_eq!(house.bodies("Unverified").await, ["trois"]);

    house.clean_point(25).await;
    let again = house.named("INBOX").await;
    assert!(again.uidvalidity > inbox.uidvalidity);
    assert_eq!(house.bodies("Rangé").await, ["un"]);
    let mut inbox = house.bodies("INBOX").await;
    inbox.sort();
    assert_eq!(inbox, ["deux", "recu", "trois"]);
    let kept = house.messages("INBOX").await.into_iter().filter(|message| message.flags.is_seen()).count();
    assert_eq!(kept, 1);
    assert_eq!(house.body(own).await, "recu");
}

#[tokio::test]
async fn who_writes_to_himself_has_it_twice() {
    let house = House::new().await;
    for s in [1, 3] {
        let content = house.region().new_content_id();
        let mut arrival = house.arrival(content, raw(&format!("a moi {s}")), s);
        let sent = store::region::Deliver { role: FolderRole::Sent, flags: SystemFlags::SEEN, ..arrival.deliver[0] };
        arrival.deliver.push(sent);
        house.region().accept(arrival).await.unwrap();
        house.clean_point(2).await;
        house.region().lay_out(house.mailbox).await.unwrap();
    }
    house.unseal().await;
    for name in ["INBOX", "Sent"] {
        assert_eq!(house.bodies(name).await, ["a moi 1", "a moi 3"], "{name}");
    }
    assert_eq!(house.region().changes(house.mailbox, false).await.unwrap().len(), 4);
}

#[tokio::test]
async fn standby_has_no_view() {
    let house = House::new().await;
    house.see(vec![folder("INBOX", 0)]).await;
    assert!(matches!(house.region().folders(house.mailbox).await, Err(StoreError::NoView(_))));
}

#[tokio::test]
async fn an_unknown_clean_point_trusts_nothing_of_the_primary() {
    let house = House::new().await;
    house.see(vec![folder("INBOX", 0), message("INBOX", 1, "un", 1), gone("INBOX", 1, 2)]).await;
    house.region().set_clean_point(None, CleanPoint::Unknown, START.plus_s(3)).await.unwrap();
    house.unseal().await;
    assert_eq!(house.bodies("Unverified").await, ["un"]);
    assert!(house.bodies("INBOX").await.is_empty());
}

#[tokio::test]
async fn telling_the_same_twice_changes_nothing() {
    let house = House::new().await;
    let seen = || vec![folder("INBOX", 0), message("INBOX", 1, "un", 1), flagged("INBOX", 1, &["\\Seen", "mot"], 2)];
    let cursor = Cursor { path: "INBOX".into(), uidnext: 2, highest_modseq: 5 };
    let region = house.region();
    assert_eq!(region.record(house.mailbox, seen(), Some(cursor)).await.unwrap().len(), 3);
    assert!(
        region
            .record(house.mailbox, vec![folder("INBOX", 3), message("INBOX", 1, "un", 3)], None)
            .await
            .unwrap()
            .is_empty()
    );
    let source = region.source_folder(house.mailbox, "INBOX").await.unwrap().unwrap();
    assert_eq!((source.uidvalidity, source.uidnext, source.highest_modseq), (7, 2, 5));
    let uids = region.source_uids(house.mailbox, "INBOX").await.unwrap();
    assert_eq!((uids.len(), uids[0].system), (1, SystemFlags::SEEN));
    assert_eq!(uids[0].keywords, region.keywords_tag(house.mailbox, &Flags::from_names(["mot"])));
}

#[tokio::test]
async fn clients_append_flag_copy_move_and_expunge() {
    let house = House::new().await;
    house.clean_point(0).await;
    house.unseal().await;
    let (region, mailbox) = (house.region(), house.mailbox);
    let (inbox, sent) = (house.role(FolderRole::Inbox).await, house.role(FolderRole::Sent).await);
    let mut bell = region.changed(mailbox);
    let flags = Flags::from_names(["\\Seen", "$MDNSent"]);
    let appended = region.append(mailbox, sent.id, raw("x"), flags.clone(), START, START).await.unwrap();
    assert_eq!(appended, (sent.uidvalidity, 1));
    assert!(bell.has_changed().unwrap());
    bell.mark_unchanged();
    assert_eq!(region.copy(mailbox, sent.id, &[1, 9], inbox.id).await.unwrap(), [(1, 1)]);
    let change = FlagChange::Remove(Flags::from_names(["$MDNSent"]));
    let changed = region.set_flags(mailbox, inbox.id, &[1], change.clone(), None).await.unwrap();
    assert_eq!(changed[0].1, Flags::from_names(["\\Seen"]));
    assert!(region.set_flags(mailbox, inbox.id, &[1], change, Some(changed[0].2 - 1)).await.unwrap().is_empty());
    assert_eq!(house.messages("Sent").await[0].flags, flags);
    assert_eq!(region.move_messages(mailbox, inbox.id, &[1], sent.id).await.unwrap(), [(1, 2)]);
    assert_eq!(region.expunge(mailbox, sent.id, &[1, 2, 3]).await.unwrap(), [1, 2]);
    assert_eq!(house.role(FolderRole::Sent).await.uidnext, 3);
    assert!(bell.has_changed().unwrap());
}

#[tokio::test]
async fn folders_are_made_renamed_and_deleted() {
    let house = House::new().await;
    house.clean_point(0).await;
    house.unseal().await;
    let (region, mailbox) = (house.region(), house.mailbox);
    let made = region.create_folder(mailbox, "Projets").await.unwrap();
    region.create_folder(mailbox, "Projets/École").await.unwrap();
    assert!(matches!(region.create_folder(mailbox, "Projets").await, Err(StoreError::Exists(_))));
    assert!(matches!(region.create_folder(mailbox, "inbox").await, Err(StoreError::Exists(_))));
    region.rename_folder(mailbox, made, "Chantiers").await.unwrap();
    house.named("Chantiers/École").await;
    region.delete_folder(mailbox, made).await.unwrap();
    let inbox = house.role(FolderRole::Inbox).await;
    assert!(matches!(region.delete_folder(mailbox, inbox.id).await, Err(StoreError::Refused(_))));
    assert!(matches!(region.messages(mailbox, made).await.as_deref(), Ok([])));
}

#[tokio::test]
async fn a_waiting_message_is_tried_until_it_is_settled() {
    let house = House::new().await;
    let region = house.region();
    let content = region.new_content_id();
    let mut arrival = house.arrival(content, raw("dehors"), 1);
    arrival.deliver.clear();
    arrival.relay = vec![relay("a@partner.test"), relay("b@partner.test")];
    region.accept(arrival).await.unwrap();
    let due = take(region, START.plus_s(2)).await;
    assert_eq!(
        due.iter().map(|due| due.waiting.address.to_string()).collect::<Vec<_>>(),
        ["a@partner.test", "b@partner.test"]
    );
    assert!(take(region, START.plus_s(3)).await.is_empty(), "leased");
    assert_eq!(region.outgoing_raw(due[0].outgoing).await.unwrap(), raw("dehors"));
    let reply = Reply::plain(451, "later");
    region.settle(due[0].recipient, Outcome::Retry { at: START.plus_s(60), reply }).await.unwrap();
    region.settle(due[1].recipient, Outcome::Delivered { reply: Reply::plain(250, "ok") }).await.unwrap();
    assert!(take(region, START.plus_s(59)).await.is_empty());
    let queued = region.queue_list().await.unwrap();
    assert_eq!((queued.len(), queued[0].attempts, queued[0].last_reply.as_deref()), (1, 1, Some("451 later")));
    region.queue_hold(due[0].outgoing).await.unwrap();
    assert!(take(region, START.plus_s(60)).await.is_empty());
    region.queue_retry(due[0].outgoing).await.unwrap();
    let again = take(region, START.plus_s(60)).await;
    assert_eq!(again[0].waiting.failed, None);
    let failed = Failed { at: START.plus_s(60), reply: Reply::new(550, Enhanced(5, 1, 1), "no") };
    let untold = Outcome::Untold { at: START.plus_s(70), failed: failed.clone() };
    region.settle(again[0].recipient, untold).await.unwrap();
    let again = take(region, START.plus_s(70)).await;
    assert_eq!(again[0].waiting.failed, Some(failed), "only its notice is still to go");
    assert_eq!(region.queue_list().await.unwrap()[0].last_reply.as_deref(), Some("550 no"));
    region.settle(again[0].recipient, Outcome::Failed { reply: Reply::plain(550, "no") }).await.unwrap();
    region.settle(again[0].recipient, Outcome::Held).await.unwrap();
    assert!(region.outgoing_raw(due[0].outgoing).await.is_err());
}

#[tokio::test]
async fn the_window_rolls_unless_the_history_is_frozen() {
    let house = House::new().await;
    house.see(vec![folder("INBOX", 0), message("INBOX", 1, "vieux", 1), message("INBOX", 2, "neuf", 100)]).await;
    house.region().set_frozen(true).await.unwrap();
    assert!(matches!(
        house.region().expire(START.plus_s(50), START.plus_s(90 * 86_400)).await,
        Err(StoreError::Frozen) | Err(StoreError::Commit(_))
    ));
    house.region().set_frozen(false).await.unwrap();
    assert_eq!(house.region().expire(START.plus_s(50), START.plus_s(90 * 86_400)).await.unwrap().events, 1);
    house.clean_point(200).await;
    house.unseal().await;
    assert_eq!(house.bodies("INBOX").await, ["neuf"]);
}

#[tokio::test]
async fn provisioning_again_changes_nothing_but_the_address() {
    let house = House::new().await;
    let new =
        |address: &str| store::region::NewMailbox { owner: "accueil".into(), address: address.into(), shared: false };
    let ids = house.region().provision(&[new("a@corp.test"), new("b@corp.test")], START).await.unwrap();
    assert_eq!(ids, [house.mailbox, house.mailbox]);
    let rows = house.region().mailboxes().await.unwrap();
    assert_eq!((rows.len(), rows[0].address.as_str()), (1, "b@corp.test"));
    house.unseal().await;
}

#[tokio::test]
async fn a_restart_keeps_everything_and_seals_it() {
    let house = House::new().await;
    let content = house.accept("durable", 1).await;
    let large = "mot ".repeat(100) + &(0..60_000).map(|n| format!("{:x}", n * 7919)).collect::<String>();
    let big = house.accept(&large, 2).await;
    let House { folder, config, unlock, store, mailbox } = house;
    let mut tries = 0;
    drop(store);
    let store = loop {
        match store::Store::open(config.clone()).await {
            Err(StoreError::Locked(_)) if tries < 10_000 => {
                tries += 1;
                tokio::task::yield_now().await;
            }
            other => break other.unwrap(),
        }
    };
    let house = House { folder, config, unlock, store, mailbox };
    assert_eq!(house.region().unsealed_count(), 0);
    house.unseal().await;
    assert_eq!(house.body(content).await, "durable");
    assert_eq!(house.body(big).await, large);
    if matches!(house.config.regions[0].blobs, store::BlobStore::Folder) {
        let blobs = house.config.data.join("blobs/fr-test");
        assert_eq!(std::fs::read_dir(blobs).unwrap().count(), 1);
    }
}

#[tokio::test]
async fn nothing_comes_in_once_the_region_is_closed() {
    let house = House::new().await;
    house.accept("in time", 1).await;
    house.region().set_closed(true).await.unwrap();
    let late = house.region().accept(house.arrival(house.region().new_content_id(), raw("late"), 2)).await;
    assert!(matches!(&late, Err(StoreError::NotTaking)), "{late:?}");
    assert!(late.unwrap_err().is_transient(), "the sender comes again");
    house.region().set_closed(false).await.unwrap();
    house.accept("again", 3).await;
    house.clean_point(4).await;
    house.unseal().await;
    assert_eq!(house.bodies("INBOX").await, ["in time", "again"]);
}

#[tokio::test]
async fn a_message_for_nobody_is_not_taken() {
    let house = House::new().await;
    let mut arrival = house.arrival(house.region().new_content_id(), raw("to nobody"), 1);
    arrival.deliver.clear();
    assert!(matches!(house.region().accept(arrival).await, Err(StoreError::Refused(_))));
}

#[tokio::test]
async fn what_was_received_here_and_never_went_back_does_not_expire() {
    let house = House::new().await;
    house.see(vec![folder("INBOX", 0), message("INBOX", 1, "vieux", 1)]).await;
    house.accept("nowhere else", 2).await;
    assert_eq!(house.region().expire(START.plus_s(90 * 86_400), START.plus_s(90 * 86_400)).await.unwrap().events, 1);
    house.clean_point(200).await;
    house.unseal().await;
    assert_eq!(house.bodies("INBOX").await, ["nowhere else"]);
}

#[tokio::test]
async fn only_what_is_still_marked_is_expunged() {
    let house = House::new().await;
    for (number, body) in (1..).zip(["one", "two"]) {
        house.accept(body, number).await;
    }
    house.clean_point(3).await;
    house.unseal().await;
    let inbox = house.named("INBOX").await.id;
    let marked = mail::Flags { system: mail::SystemFlags::DELETED, ..mail::Flags::default() };
    house.region().set_flags(house.mailbox, inbox, &[2], store::region::FlagChange::Add(marked), None).await.unwrap();
    let gone = house.region().expunge_marked(house.mailbox, inbox, &[1, 2]).await.unwrap();
    assert_eq!((gone, house.bodies("INBOX").await), (vec![2], vec!["one".to_owned()]));
}

#[tokio::test]
async fn a_folder_made_anew_is_another_one() {
    let house = House::new().await;
    house.clean_point(1).await;
    house.unseal().await;
    let mut known = std::collections::BTreeSet::new();
    for _ in 0..3 {
        let made = house.region().create_folder(house.mailbox, "Dossier").await.unwrap();
        let folder = house.named("Dossier").await;
        assert!(known.insert(folder.uidvalidity), "UIDVALIDITY {} came back", folder.uidvalidity);
        house.region().delete_folder(house.mailbox, made).await.unwrap();
    }
    let (first, second) = ("A", "B");
    let one = house.region().create_folder(house.mailbox, first).await.unwrap();
    house.region().delete_folder(house.mailbox, one).await.unwrap();
    let other = house.region().create_folder(house.mailbox, second).await.unwrap();
    assert_ne!(one, other, "a folder's number never names another one");
}
