//! A mailbox that goes to another region is whole there and gone here, whenever the power fails on the way.

use mail::{Flags, FolderRole, SystemFlags};
use store::region::{CleanPoint, Cursor, Deliver, Seen};
use store::seal::UnlockKey;
use store::{EntryId, MailboxId, RegionStore, Store, StoreError};

use super::house::{START, flagged, folder, gone, message, raw};
use super::pinning::{mailbox, opened, region, two_under};

struct Two {
    _folder: tempfile::TempDir,
    config: store::StoreConfig,
    of_paris: UnlockKey,
    of_bonn: UnlockKey,
    store: Store,
    ada: MailboxId,
    bert: MailboxId,
}

impl Two {
    async fn new(messages: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (of_paris, of_bonn) = (UnlockKey::generate(), UnlockKey::generate());
        let config = two_under(folder.path(), &of_paris, &of_bonn);
        let store = Store::open(config.clone()).await.unwrap();
        let paris = store.region(&region("paris")).unwrap();
        let ada = paris.provision(&mailbox("ada"), START).await.unwrap()[0];
        let bert = paris.provision(&mailbox("bert"), START).await.unwrap()[0];
        let two = Self { _folder: folder, config, of_paris, of_bonn, store, ada, bert };
        two.fill(messages).await;
        two
    }

    fn paris(&self) -> &RegionStore {
        self.store.region(&region("paris")).unwrap()
    }

    fn bonn(&self) -> &RegionStore {
        self.store.region(&region("bonn")).unwrap()
    }

    async fn fill(&self, messages: u32) {
        let mut seen = film();
        seen.extend((10..10 + messages).map(|uid| message("INBOX", uid, &format!("message {uid}"), i64::from(uid))));
        let cursor = Cursor { path: "INBOX".to_owned(), uidnext: 10 + messages, highest_modseq: 77 };
        self.paris().record(self.ada, seen, Some(cursor)).await.unwrap();
        self.paris().accept(self.to_both()).await.unwrap();
    }

    /// A letter to both, whose body both share.
    fn to_both(&self) -> store::region::Arrival {
        let to = |mailbox| Deliver { mailbox, role: FolderRole::Inbox, flags: SystemFlags::NONE };
        store::region::Arrival {
            content: self.paris().new_content_id(),
            raw: raw("shared"),
            reverse_path: mail::ReversePath::Null,
            envelope_id: None,
            body_8bit: false,
            smtputf8: false,
            deliver: vec![to(self.ada), to(self.bert)],
            relay: Vec::new(),
            at: START.plus_s(900),
        }
    }

    async fn go(&self) -> store::Result<store::region::Moved> {
        self.paris().unseal(&self.of_paris, None).await.unwrap();
        self.store.move_mailbox(&EntryId::from("ada"), &region("bonn"), START.plus_s(1000)).await
    }

    /// Subjects and bodies of a mailbox as staff would see them.
    async fn bodies(&self, at: &RegionStore, key: &UnlockKey, mailbox: MailboxId) -> Vec<String> {
        at.unseal(key, None).await.unwrap();
        at.set_clean_point(None, CleanPoint::At(START.plus_s(5000)), START.plus_s(5000)).await.unwrap();
        at.lay_out(mailbox).await.unwrap();
        let mut bodies = Vec::new();
        for folder in at.folders(mailbox).await.unwrap() {
            for placed in at.messages(mailbox, folder.id).await.unwrap() {
                let text = String::from_utf8(at.raw(mailbox, placed.content).await.unwrap()).unwrap();
                let flags: Vec<&str> = placed.flags.keywords.iter().map(String::as_str).collect();
                bodies.push(format!("{} {} {}", folder.name, text.len(), flags.join(",")) + &text);
            }
        }
        bodies.sort();
        bodies
    }
}

fn film() -> Vec<Seen> {
    let large = Seen::Message {
        path: "Projets/Élus".to_owned(),
        uidvalidity: 7,
        uid: 3,
        flags: Flags::none(),
        received_at: START,
        raw: [b"Subject: large\r\n\r\n".to_vec(), noise(200_000)].concat(),
        at: START.plus_s(4),
    };
    vec![
        folder("INBOX", 1),
        folder("Projets/Élus", 1),
        message("INBOX", 1, "first", 2),
        message("INBOX", 2, "second", 3),
        large,
        flagged("INBOX", 1, &["\\Seen", "$Important"], 5),
        gone("INBOX", 2, 6),
    ]
}

/// Text that does not shrink, so that it is a blob.
fn noise(length: usize) -> Vec<u8> {
    (0..length).map(|_| 33 + rand::random::<u8>() % 90).map(|octet| if octet == b'.' { b'x' } else { octet }).collect()
}

#[tokio::test]
async fn a_moved_mailbox_is_whole_there_and_gone_here() {
    let two = Two::new(60).await;
    let uids = two.paris().source_uids(two.ada, "INBOX").await.unwrap();
    let moved = two.go().await.unwrap();
    assert_eq!((moved.events, moved.contents), (68, 64), "{moved:?}");
    let removed = &moved.removed[0];
    assert_eq!((removed.region.as_str(), removed.events, removed.contents, removed.removed), ("paris", 68, 64, 63));
    assert_eq!(removed.digest.len(), 64);
    assert_eq!(two.paris().mailbox_of(&EntryId::from("ada")).await.unwrap(), None);
    let ada = two.bonn().mailbox_of(&EntryId::from("ada")).await.unwrap().unwrap();
    let there = two.bonn().source_uids(ada, "INBOX").await.unwrap();
    let numbers = |uids: &[store::region::SourceUid]| uids.iter().map(|one| one.uid).collect::<Vec<_>>();
    assert_eq!(numbers(&there), numbers(&uids));
    let known = two.bonn().source_folder(ada, "INBOX").await.unwrap().unwrap();
    assert_eq!((known.uidnext, known.highest_modseq), (70, 77));
    let again = two.bonn().record(ada, vec![message("INBOX", 20, "message 20", 20)], None).await.unwrap();
    assert!(again.is_empty(), "what the connector knew it knows there");
    let bodies = two.bodies(two.bonn(), &two.of_bonn, ada).await;
    assert_eq!(bodies.len(), 63, "all but the one that was gone");
    for part in ["first", "message 69", "shared", "Subject: large", "$Important"] {
        assert!(bodies.iter().any(|body| body.contains(part)), "{part}");
    }
    let stays = two.bodies(two.paris(), &two.of_paris, two.bert).await;
    assert!(stays.len() == 1 && stays[0].contains("shared"), "{stays:?}");
    assert!(two.bonn().findings().is_empty() && two.paris().findings().is_empty());
    two.bonn().verify().await.unwrap();
    assert!(two.bonn().findings().is_empty(), "{:?}", two.bonn().findings());
}

#[tokio::test]
async fn a_sealed_mailbox_stays() {
    let two = Two::new(1).await;
    let refused = two.store.move_mailbox(&EntryId::from("ada"), &region("bonn"), START).await.unwrap_err();
    assert!(matches!(refused, StoreError::Sealed(_)), "{refused}");
    assert!(two.paris().half_moved().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_move_that_was_killed_takes_nothing_in_and_goes_on() {
    let two = Two::new(300).await;
    let ada = EntryId::from("ada");
    tokio::select! {
        moved = two.go() => panic!("it was to be killed: {moved:?}"),
        () = comes(two.bonn(), &ada) => {}
    }
    let refused = two.paris().accept(two.to_both()).await.unwrap_err();
    assert!(refused.to_string().contains("is being moved") && refused.is_transient(), "{refused}");
    let refused = two.paris().record(two.ada, vec![message("INBOX", 999, "late", 999)], None).await.unwrap_err();
    assert!(refused.to_string().contains("is being moved"), "{refused}");
    let half = two.paris().half_moved().await.unwrap();
    assert_eq!(half, [("ada@corp.test".to_owned(), "bonn".to_owned())]);
    assert!(two.bonn().mailboxes().await.unwrap().is_empty(), "nobody copies into what is not there yet");
    let Two { _folder, config, of_paris, of_bonn, store, ada: id, bert } = two;
    drop(store);
    let two = Two { _folder, store: opened(&config).await, config, of_paris, of_bonn, ada: id, bert };
    let moved = two.go().await.unwrap();
    assert_eq!((moved.events, moved.contents, moved.removed[0].contents), (308, 304, 304));
    let coming = two.bonn().mailbox_of(&ada).await.unwrap().unwrap();
    assert_eq!(two.bodies(two.bonn(), &two.of_bonn, coming).await.len(), 303);
    assert!(two.paris().half_moved().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_move_that_was_killed_can_be_given_up() {
    let two = Two::new(300).await;
    let ada = EntryId::from("ada");
    tokio::select! {
        moved = two.go() => panic!("it was to be killed: {moved:?}"),
        () = comes(two.bonn(), &ada) => {}
    }
    let stayed = two.store.move_mailbox(&ada, &region("paris"), START.plus_s(2000)).await.unwrap();
    assert_eq!(stayed.removed[0].region, "bonn");
    assert_eq!(two.bonn().mailbox_of(&ada).await.unwrap(), None);
    two.paris().accept(two.to_both()).await.unwrap();
    assert_eq!(two.bodies(two.paris(), &two.of_paris, two.ada).await.len(), 304);
}

/// Until something of the mailbox is in the region.
async fn comes(at: &RegionStore, owner: &EntryId) {
    while at.mailbox_of(owner).await.unwrap().is_none() {
        tokio::task::yield_now().await;
    }
}
