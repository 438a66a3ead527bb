//! Pages of a folder, and its counts, which nobody counts.

use mail::{Flags, FolderRole, SystemFlags};
use store::FolderId;
use store::region::{FlagChange, Neighbours, Only, PageAsk, PageFrom};

use crate::house::{House, START, folder, gone, message, raw};

fn ask(from: PageFrom, limit: u32, only: Only) -> PageAsk {
    PageAsk { from, limit, only }
}

impl House {
    /// Every folder's counts as stored and as counted.
    async fn check_counts(&self) {
        for folder in self.folders().await {
            let messages = self.region().messages(self.mailbox, folder.id).await.unwrap();
            let unseen = messages.iter().filter(|message| !message.flags.is_seen()).count();
            assert_eq!((folder.messages as usize, folder.unseen as usize), (messages.len(), unseen), "{}", folder.name);
        }
    }

    async fn uids(&self, folder: FolderId, ask: PageAsk) -> Vec<u32> {
        let page = self.region().page(self.mailbox, folder, ask).await.unwrap();
        page.messages.iter().map(|message| message.uid).collect()
    }
}

#[tokio::test]
async fn a_page_has_the_newest_first_and_knows_what_there_is() {
    let house = House::new().await;
    house.clean_point(0).await;
    house.unseal().await;
    let inbox = house.role(FolderRole::Inbox).await.id;
    for s in [5, 1, 9, 9, 3] {
        house.accept("x", s).await;
    }
    let (region, mailbox) = (house.region(), house.mailbox);
    let seen = FlagChange::Add(Flags::from(SystemFlags::SEEN));
    region.set_flags(mailbox, inbox, &[3, 5], seen, None).await.unwrap();
    let flagged = FlagChange::Add(Flags::from(SystemFlags::FLAGGED));
    region.set_flags(mailbox, inbox, &[2], flagged, None).await.unwrap();

    assert_eq!(house.uids(inbox, ask(PageFrom::Offset(0), 3, Only::All)).await, [4, 3, 1]);
    assert_eq!(house.uids(inbox, ask(PageFrom::Offset(3), 3, Only::All)).await, [5, 2]);
    assert_eq!(house.uids(inbox, ask(PageFrom::Offset(0), 9, Only::Unseen)).await, [4, 1, 2]);
    assert_eq!(house.uids(inbox, ask(PageFrom::Offset(0), 9, Only::Flagged)).await, [2]);
    let first = region.page(mailbox, inbox, ask(PageFrom::Offset(0), 2, Only::All)).await.unwrap();
    assert_eq!((first.total, first.unseen, first.matching), (5, 3, 5));
    let last = first.messages.last().unwrap();
    let older = PageFrom::OlderThan { received_at: last.received_at, uid: last.uid };
    assert_eq!(house.uids(inbox, ask(older, 2, Only::All)).await, [1, 5]);
    let newer = PageFrom::NewerThan { received_at: START.plus_s(3), uid: 5 };
    assert_eq!(house.uids(inbox, ask(newer, 2, Only::All)).await, [3, 1]);
    let beside = |uid, only| region.neighbours(mailbox, inbox, uid, only);
    assert_eq!(beside(4, Only::All).await.unwrap(), Neighbours { newer: None, older: Some(3) });
    assert_eq!(beside(1, Only::Unseen).await.unwrap(), Neighbours { newer: Some(4), older: Some(2) });
    assert_eq!(beside(99, Only::All).await.unwrap(), Neighbours::default());
    assert_eq!(region.message(mailbox, inbox, 3).await.unwrap().uid, 3);
    assert!(region.page(mailbox, FolderId(999), ask(PageFrom::Offset(0), 1, Only::All)).await.is_err());
}

#[tokio::test]
async fn counts_are_right_after_every_kind_of_change() {
    let house = House::new().await;
    let film = (1..=4).map(|uid| message("INBOX", uid, &format!("film {uid}"), 1));
    house.see(vec![folder("INBOX", 0)].into_iter().chain(film).collect()).await;
    house.clean_point(2).await;
    house.unseal().await;
    house.check_counts().await;
    let (region, mailbox) = (house.region(), house.mailbox);
    let (inbox, sent) = (house.role(FolderRole::Inbox).await, house.role(FolderRole::Sent).await);
    assert_eq!((inbox.messages, inbox.unseen), (4, 4));

    house.accept("neu", 3).await;
    region.append(mailbox, sent.id, raw("x"), Flags::from(SystemFlags::SEEN), START, START).await.unwrap();
    house.check_counts().await;
    for change in [FlagChange::Add, FlagChange::Remove, FlagChange::Replace] {
        let change = change(Flags::from(SystemFlags::SEEN));
        region.set_flags(mailbox, inbox.id, &[1, 2], change, None).await.unwrap();
        house.check_counts().await;
    }
    region.copy(mailbox, inbox.id, &[1, 3], sent.id).await.unwrap();
    house.check_counts().await;
    region.move_messages(mailbox, inbox.id, &[2, 4], sent.id).await.unwrap();
    house.check_counts().await;
    region.expunge(mailbox, inbox.id, &[1]).await.unwrap();
    house.check_counts().await;
    let own = region.create_folder(mailbox, "Projets").await.unwrap();
    region.move_messages(mailbox, inbox.id, &[3], own).await.unwrap();
    region.delete_folder(mailbox, own).await.unwrap();
    house.check_counts().await;
    house.see(vec![gone("INBOX", 4, 5)]).await;
    house.clean_point(6).await;
    house.check_counts().await;
    assert!(house.role(FolderRole::Sent).await.messages > 0);
}
